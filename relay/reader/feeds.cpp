#include "relay/reader/feeds.h"

#include <algorithm>

#include "relay/reader/attached_markup.h"
#include "relay/reader/feed_item.h"
#include "relay/reader/topics.h"

namespace tamizdat::reader {
namespace {

// What feed readers show at once; one that comes every hour misses nothing of a busy newsroom.
constexpr std::size_t kItemsMax = 40;
// Texts together: a feed is fetched whole, often over a poor line.
constexpr std::size_t kTextBytesMax = 1 << 20;

std::string path_of(const Channel& channel, FeedKind kind, StoryKey before) {
  const auto path = feed_path(channel, kind);
  return before == kNewest ? path : path + "?before=" + key_text(before);
}

// As the page of the article words it.
std::string correction_note(const std::string& page, const std::string& first_version, Timestamp updated) {
  const auto linked = [](const std::string& href, std::string_view name) {
    return "<a href=\"" + href + "\">" + word(name, kFeedTongue) + "</a>";
  };
  return "<p lang=\"" + std::string(language_of(kFeedTongue)) + "\">" + word("w_corrected_on", kFeedTongue) + " " +
         day_text(updated, kFeedTongue) + ". " + linked(first_version, "w_version_original") + ", " +
         linked(page + "#history", "w_history") + "</p>\n";
}

}  // namespace

bool is_uri(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto in_scheme = [&](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; };
  const auto forbidden = [](char c) {
    return (c >= 0 && c <= ' ') || c == '\x7f' || std::string_view("<>\"{}|\\^`").find(c) != std::string_view::npos;
  };
  return is_letter(text[0]) &&
         std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), in_scheme) &&
         std::none_of(text.begin() + static_cast<std::ptrdiff_t>(colon), text.end(), forbidden);
}

std::string urn_of(const Hash32& hash) {
  auto octets = hash.octets;
  octets[6] = static_cast<std::uint8_t>((octets[6] & 0x0f) | 0x80);
  octets[8] = static_cast<std::uint8_t>((octets[8] & 0x3f) | 0x80);
  const auto hex = to_hex(view(octets).substr(0, 16));
  return "urn:uuid:" + hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) +
         "-" + hex.substr(20);
}

std::string Feeds::Document::self(FeedKind kind) const { return base + path_of(channel, kind, before); }

std::string Feeds::Document::older(FeedKind kind) const {
  return more ? base + path_of(channel, kind, items.back().story.key) : std::string();
}

Timestamp Feeds::Document::updated() const {
  Timestamp out;
  for (const auto& item : items) out = std::max(out, item.story.updated);
  return out;
}

Feeds::Feeds(const store::Store& store, const Catalog& catalog, const Names& names, const Pages& pages)
    : store_(store), catalog_(catalog), names_(names), pages_(pages) {}

std::string Feeds::feed(const Channel& channel, FeedKind kind, StoryKey before, const std::string& host) const {
  const auto found = document(channel, before, host.empty() ? std::string() : "https://" + host);
  switch (kind) {
    case FeedKind::kAtom: return atom(found);
    case FeedKind::kRss: return rss(found);
    case FeedKind::kJson: return json(found);
  }
  return {};
}

Feeds::Document Feeds::document(const Channel& channel, StoryKey before, std::string base) const {
  Document out{channel, std::move(base), before, {}, false};
  std::size_t bytes = 0;
  auto next = before;
  // Where much is gone, a page of the list may hold nothing that has a text: then the feed goes on with the next one.
  do {
    const auto page = catalog_.newest(channel, next, kItemsMax);
    out.more = page.more;
    for (const auto& story : page.stories) {
      next = story.key;
      auto item = item_of(story, out.base);
      if (!item) continue;
      bytes += item->html.size();
      if (out.items.size() == kItemsMax || (bytes > kTextBytesMax && !out.items.empty())) {
        out.more = true;
        return out;
      }
      out.items.push_back(*std::move(item));
    }
  } while (out.items.empty() && out.more);
  return out;
}

std::optional<Feeds::Item> Feeds::item_of(const Story& story, const std::string& base) const {
  Item item{story, read_article(store_, story.shown), {}, {}, {}};
  if (item.article.gone) return std::nullopt;
  item.html = feed_text(item.article, base, kFeedTongue);
  const auto original = story.shown == story.original ? item.article : read_article(store_, story.original);
  item.entry = original.id;
  if (const auto first = item.first_version(); !first.empty())
    item.html += correction_note(base + item.page(), base + first, story.updated);
  // Where the first version was retracted, its corrections name the item it was imported from.
  item.guid = original.gone ? item.article.guid : original.guid;
  // One guid, one article: no project takes over the article of another one.
  const auto owner = catalog_.guid_owner(item.guid);
  if (owner && *owner != story.original) item.guid.clear();
  return item;
}

// Each entry as it was signed.
std::vector<Feeds::Item> Feeds::archived_items(const ArchivePage& page, const std::string& base) const {
  std::vector<Item> out;
  std::size_t bytes = 0;
  for (const auto& position : page.entries()) {
    auto story = catalog_.story_of(position);
    if (!story) continue;  // of a kind that is not shown
    story->shown = position;
    story->updated = catalog_.updated_at(position);
    auto item = item_of(*story, base);
    if (!item) continue;
    // However long its texts are, a page stays below a bound: the last ones are then to be read where the links lead.
    bytes += item->html.size();
    if (bytes > kTextBytesMax) item->html.clear();
    out.push_back(*std::move(item));
  }
  return out;
}

std::string Feeds::title(const Channel& channel) const {
  const auto name = pages_.name_of(channel, kFeedTongue);
  const auto brand = word("w_brand", kFeedTongue);
  return name.empty() ? brand + ": " + word("w_feed_all", kFeedTongue) : channel.project ? name : brand + ": " + name;
}

std::string Feeds::author(const Article& article) const {
  const auto project = pages_.project_title(article.project);
  return article.byline.empty() ? project : article.byline + ", " + project;
}

std::string Feeds::rights(const Article& article) const {
  std::string out = article.reprint_terms == "ask" ? word("w_reprint_ask", kFeedTongue) : article.reprint_terms;
  if (!article.reprint_credit.empty()) {
    if (!out.empty()) out += ", ";
    out += word("w_credit", kFeedTongue) + " " + article.reprint_credit;
  }
  return out;
}

std::vector<std::string> Feeds::tags_of(const Article& article) const {
  std::vector<std::string> out;
  for (const auto& region : article.regions) out.push_back(names_.region(region, kFeedTongue));
  for (const auto& topic : article.topics) out.push_back(topic_name(topic, kFeedTongue));
  out.insert(out.end(), article.keywords.begin(), article.keywords.end());
  return out;
}

}  // namespace tamizdat::reader
