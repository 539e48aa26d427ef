#include "client-lib/client/import_run.h"

#include <algorithm>

#include "client-lib/article/tags.h"
#include "client-lib/feeds/opml.h"
#include "client-lib/importer/pictures.h"
#include "client-lib/publish/openings.h"

namespace tamizdat::client {
namespace {

Result<importer::Settings> settings_of(const desk::Project& project, const ImportOptions& options) {
  importer::Settings settings;
  auto defaults = defaults_of(project);
  settings.language = defaults.language;
  settings.regions = defaults.regions;
  settings.licence = options.licence;
  settings.credit = options.credit;
  if (!options.language.empty()) {
    auto language = article::parse_language(options.language);
    if (!language) return pass(language);
    settings.language = *std::move(language);
  }
  if (!options.regions.empty()) settings.regions.clear();
  for (const auto& text : options.regions) {
    auto region = article::parse_region(text);
    if (!region) return pass(region);
    settings.regions.push_back(*std::move(region));
  }
  return settings;
}

bool is_of_the_desk(const Error& error) {
  return error.code == desk::kDeskFileFailed || error.code == desk::kDeskFileBusy || error.code == desk::kDeskFileUnknown;
}

}  // namespace

Outcome<ImportRun> ImportRun::start(Desk::Parts& parts, const ImportOptions& options, const format::SigningKey* key) {
  auto project = parts.store.project();
  if (!project) return problem(project);
  auto settings = settings_of(*project, options);
  if (!settings) return problem(settings, ProblemKind::kUsage);
  return ImportRun(parts, options, key, *std::move(project), *std::move(settings));
}

Result<importer::Source> ImportRun::read(const std::string& place) {
  const auto before = parts_.store.imports().source(place);
  if (!before) return tl::unexpected(before.error());
  parts_.progress("reading " + place, 0, 0);
  // What the caller named may lie anywhere, a feed that somebody's list names may not.
  const bool is_named_by_list = place != options_.source && !net::host_name(options_.source).empty();
  const auto reach = is_named_by_list ? net::reach_of(place, options_.source) : net::Reach::kAnywhere;
  return importer::read_source(place, *before, reach, *parts_.http, parts_.edges.clock.now());
}

Result<Sources> ImportRun::sources() {
  auto source = read(options_.source);
  if (!source) return pass(source);
  Sources out;
  if (!source->refusal && !source->unchanged) {
    auto list = feeds::parse_opml(source->feed, {source->content_type, source->url});
    if (!list) return fail(list.error().code, options_.source + ": " + list.error().text);
    if (*list) {
      out.is_list = true;
      for (auto& feed : (*list)->feeds) out.feeds.push_back(std::move(feed.url));
      report_.notes.insert(report_.notes.end(), (*list)->notes.begin(), (*list)->notes.end());
      out.pace = source->pace;
      return out;
    }
  }
  out.feeds.push_back(options_.source);
  out.read = *std::move(source);
  return out;
}

Outcome<FeedPoll> ImportRun::import_feed(const std::string& feed, std::optional<importer::Source> source, bool of_list) {
  ++report_.feeds;
  if (!source) {
    auto now_read = read(feed);
    if (!now_read && is_of_the_desk(now_read.error())) return problem(now_read);
    if (!now_read) return fail_feed(feed, now_read.error(), {});
    source = *std::move(now_read);
  }
  if (source->refusal) return fail_feed(feed, *source->refusal, source->pace);
  auto planned = importer::plan_feed(
      *source, settings_, {parts_.store, *parts_.http, parts_.progress, parts_.edges.clock.now()});
  if (!planned && is_of_the_desk(planned.error())) return problem(planned);
  if (!planned) return fail_feed(feed, planned.error(), source->pace);
  if (key_ != nullptr && options_.pictures) {
    const auto done = importer::attach_pictures(
        planned->plan, source->place, {parts_.store, *parts_.http, parts_.edges.reencode, parts_.progress, parts_.edges.clock});
    if (!done && is_of_the_desk(done.error())) return problem(done);
    if (!done) return fail_feed(feed, done.error(), source->pace);
  }
  if (auto done = take(planned->plan, of_list ? feed : std::string()); !done) return problem(done);
  if (auto done = remember(*source, *planned); !done) return problem(done);
  all_unchanged_ = all_unchanged_ && source->unchanged && planned->plan.drafts.empty();
  FeedPoll poll{false, source->unchanged, source->pace};
  poll.pace.ttl = planned->plan.ttl;
  poll.pace.skip_hours = planned->plan.skip_hours;
  return poll;
}

Outcome<ImportReport> ImportRun::finish(Desk& desk) {
  report_.source_unchanged = all_unchanged_ && report_.failed.empty() && report_.feeds > 0;
  if (key_ == nullptr || published_) return std::move(report_);
  const auto due = publish::count_due(parts_.store, parts_.edges.clock.now());
  if (!due) return problem(due);
  auto sent = *due > 0 ? release_due(parts_, project_, *key_, {}, options_.send) : desk.send(options_.send);
  if (!sent) return tl::unexpected(sent.error());
  report_.published = *std::move(sent);
  return std::move(report_);
}

FeedPoll ImportRun::fail_feed(const std::string& feed, const Error& error, const importer::Pace& pace) {
  report_.failed.push_back({feed, problem_of(error)});
  return {true, false, pace};
}

// Signs and sends, unless it is a preview, and counts.
Result<void> ImportRun::take(const importer::Plan& plan, const std::string& feed_of_list) {
  const std::string prefix = feed_of_list.empty() ? std::string() : feed_of_list + ": ";
  for (const auto& item : plan.skipped) report_.skipped.push_back({prefix + item.item, item.reason});
  for (const auto& note : plan.notes) report_.notes.push_back(prefix + note);
  std::uint64_t articles = plan.articles, entries = plan.drafts.size();
  if (key_ != nullptr && !plan.drafts.empty()) {
    auto published = publish::publish_drafts(parts_.for_publishing(), project_, *key_, plan.drafts,
                                                   options_.send.relays, parts_.without_relay(options_.send));
    if (!published) return tl::unexpected(published.error());
    auto report = publish_report(parts_, project_, published->entries, published->relays);
    if (!report) return pass(report);
    auto& all = report_.published.entries;
    report->entries.insert(report->entries.begin(), all.begin(), all.end());
    report_.published = *std::move(report);
    published_ = true;
    // It is less than what was planned if another import came first; keys of embargoes are no items.
    const auto count = [&](format::EntryKind kind) {
      return static_cast<std::uint64_t>(std::ranges::count(published->entries, kind, &publish::SignedEntry::kind));
    };
    articles = count(format::EntryKind::kArticle);
    entries = articles + count(format::EntryKind::kCorrection);
  }
  report_.articles += articles;
  report_.corrections += entries - articles;
  report_.unchanged += plan.unchanged + plan.drafts.size() - entries;
  return {};
}

Result<void> ImportRun::remember(const importer::Source& source, const importer::FeedPlan& planned) {
  if (key_ == nullptr) return {};
  auto& imports = parts_.store.imports();
  if (auto done = imports.remember_unread_page(source.place, planned.unread_page); !done) return done;
  for (const auto& renamed : planned.plan.renamed)
    if (auto done = imports.remember(renamed.name, renamed.item); !done) return done;
  if (source.unchanged) return {};
  // What was skipped may be taken after a change of the flags only: then the whole source must be read again.
  return imports.remember_source(source.place, planned.plan.skipped.empty() ? source.state : desk::SourceState{});
}

}  // namespace tamizdat::client
