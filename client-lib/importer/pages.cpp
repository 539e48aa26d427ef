#include <iterator>
#include <unordered_set>

#include "client-lib/importer/import.h"

namespace tamizdat::importer {
namespace {

constexpr int kNotFound = 404, kGone = 410;

// What one run takes of a feed; the next run goes on where this one ends, so that a whole archive comes over in the end.
constexpr std::size_t kPagesMax = 500;
constexpr std::size_t kPagesBytesMax = std::size_t{128} << 20;
constexpr std::size_t kDraftsMax = 10'000;

enum class Follow : std::uint8_t {
  kWhileNew,  // up to the first page that brings nothing: what lies behind it was read before
  kToTheEnd,  // nobody has been there yet
};

class FeedPages {
 public:
  FeedPages(const Source& first, const Settings& settings, const PageTools& tools)
      : first_(first), settings_(settings), tools_(tools) {}

  Result<FeedPlan> run() {
    auto unread = tools_.store.imports().unread_page(first_.place);
    if (!unread) return tl::unexpected(unread.error());
    if (!first_.unchanged) {
      auto plan = plan_import(first_, settings_, tools_.store);
      if (!plan) return pass(plan);
      visited_.insert(first_.url);
      bytes_ = first_.feed.size();
      const std::string next = plan->drafts.empty() ? std::string() : plan->next_page;
      out_.plan = *std::move(plan);
      for (const auto& draft : out_.plan.drafts) names_.insert(draft.imported->guid);
      if (first_.url.empty() && !next.empty())
        note("the file says that the feed goes on at " + next + ", which was not read: import that address as well");
      else
        follow(next, Follow::kWhileNew);
    }
    if (out_.unread_page.empty() && !unread->empty()) {
      const std::size_t before = out_.plan.drafts.size();
      follow(*unread, Follow::kToTheEnd);
      // Pages without end that bring nothing are not read for ever.
      const bool reached_limit = !unreadable_ && !out_.unread_page.empty();
      if (reached_limit && out_.plan.drafts.size() == before) out_.unread_page.clear();
    }
    return std::move(out_);
  }

 private:
  void follow(std::string url, Follow how) {
    while (!url.empty() && may_be_read(url)) {
      tools_.progress("reading page " + std::to_string(visited_.size()) + " of " + first_.place, 0, 0);
      const auto page = read(url);
      if (!page) return;
      auto plan = plan_import(*page, settings_, tools_.store);
      if (!plan) return leave_unread(url, plan.error().text);
      const bool is_new = take(*plan);
      url = is_new || how == Follow::kToTheEnd ? plan->next_page : std::string();
    }
  }

  bool may_be_read(const std::string& url) {
    if (first_.url.starts_with("https://") && !url.starts_with("https://")) {
      note("the next page " + url + " is not https as the feed is, and was not read");
      return false;
    }
    const bool is_full = visited_.size() >= kPagesMax || bytes_ >= kPagesBytesMax || out_.plan.drafts.size() >= kDraftsMax;
    if (is_full && !visited_.contains(url)) {
      out_.unread_page = url;
      note("the feed goes on at " + url + ": the next import takes it from there");
      return false;
    }
    if (visited_.insert(url).second) return true;
    note("the pages of the feed go in a circle at " + url + ": each was read once");
    return false;
  }

  // Nothing if there is no such page, or none now.
  std::optional<Source> read(const std::string& url) {
    auto page = read_source(url, std::nullopt, net::reach_of(url, first_.place), tools_.http, tools_.now);
    if (page && (page->status == kNotFound || page->status == kGone)) {
      note("the feed names the page " + url + ", which is not there (status " + std::to_string(page->status) + ")");
      return std::nullopt;
    }
    if (!page || page->refusal) {
      leave_unread(url, page ? page->refusal->text : page.error().text);
      return std::nullopt;
    }
    bytes_ += page->feed.size();
    page->place = first_.place;
    return *std::move(page);
  }

  void leave_unread(const std::string& url, const std::string& why) {
    unreadable_ = true;
    out_.unread_page = url;
    note("the page " + url + " could not be read, the next import tries it again: " + why);
  }

  // Pages overlap while a feed grows: what a newer page has is not taken from an older one. True if anything was new; what
  // a page without news has to say was said of the page that it repeats.
  bool take(Plan& page) {
    Plan& all = out_.plan;
    std::vector<publish::Draft> older;
    std::vector<PicturesOfItem> pictures;
    for (std::size_t i = 0; i < page.drafts.size(); ++i) {
      auto& draft = page.drafts[i];
      if (!names_.insert(draft.imported->guid).second) continue;
      ++(draft.corrects ? all.corrections : all.articles);
      older.push_back(std::move(draft));
      pictures.push_back(std::move(page.pictures[i]));
    }
    all.unchanged += page.unchanged;
    all.renamed.insert(all.renamed.end(), page.renamed.begin(), page.renamed.end());
    if (older.empty()) return false;
    all.skipped.insert(all.skipped.end(), page.skipped.begin(), page.skipped.end());
    all.notes.insert(all.notes.end(), page.notes.begin(), page.notes.end());
    older.insert(older.end(), std::make_move_iterator(all.drafts.begin()), std::make_move_iterator(all.drafts.end()));
    all.drafts = std::move(older);
    pictures.insert(pictures.end(), std::make_move_iterator(all.pictures.begin()), std::make_move_iterator(all.pictures.end()));
    all.pictures = std::move(pictures);
    return true;
  }

  void note(std::string text) { out_.plan.notes.push_back(std::move(text)); }

  const Source& first_;
  const Settings& settings_;
  const PageTools& tools_;
  FeedPlan out_;
  std::unordered_set<std::string> visited_;  // URLs
  std::unordered_set<std::string> names_;    // of the drafts, in the guid map
  std::size_t bytes_ = 0;
  bool unreadable_ = false;
};

}  // namespace

Result<FeedPlan> plan_feed(const Source& first, const Settings& settings, const PageTools& tools) {
  return FeedPages(first, settings, tools).run();
}

}  // namespace tamizdat::importer
