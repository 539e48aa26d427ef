#include "relay/reader/feeds.h"

#include <algorithm>

#include "proto/format/hash.h"
#include "proto/html/text.h"
#include "relay/reader/words.h"

namespace tamizdat::reader {
namespace {

// What feed readers show at once; one that comes every hour misses nothing of a busy newsroom.
constexpr std::size_t kItemsMax = 40;
// Texts together: a feed is fetched whole, often over a poor line.
constexpr std::size_t kTextBytesMax = 1 << 20;
// Feeds do not depend on Accept-Language: programs fetch them, and caches in between keep one form. Most readers read
// Russian.
constexpr Tongue kFeedTongue = Tongue::kRussian;

std::string element(std::string_view name, std::string_view text) {
  std::string out = "<";
  out.append(name).append(">").append(html::escape(text)).append("</").append(name.substr(0, name.find(' ')));
  return out + ">\n";
}

std::string attribute(std::string_view name, std::string_view value) {
  if (value.empty()) return {};
  return " " + std::string(name) + "=\"" + html::escape(value) + "\"";
}

}  // namespace

struct Feeds::Item {
  Story story;
  Article article;  // what is shown
  EntryId entry;    // the original's
  std::string guid;  // the original's, empty where it had none
  std::string html;

  std::string page() const { return "/a/" + entry.text(); }
  std::string own_id() const { return urn_of(entry.value); }
};

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

Feeds::Feeds(const store::Store& store, const Catalog& catalog, const Names& names, const Pages& pages)
    : store_(store), catalog_(catalog), names_(names), pages_(pages) {}

std::string Feeds::feed(const Channel& channel, FeedKind kind, const std::string& host) const {
  const auto found = items(channel);
  // Without a host that can be named, links are relative to the feed itself.
  const auto base = host.empty() ? std::string() : "https://" + host;
  return kind == FeedKind::kAtom ? atom(channel, base, found) : rss(channel, base, found);
}

std::vector<Feeds::Item> Feeds::items(const Channel& channel) const {
  std::vector<Item> out;
  std::size_t bytes = 0;
  for (const auto& story : catalog_.newest(channel, kNewest, kItemsMax).stories) {
    Item item{story, read_article(store_, story.shown), {}, {}, {}};
    if (item.article.gone) continue;
    item.html = text_of(item.article);
    bytes += item.html.size();
    if (bytes > kTextBytesMax && !out.empty()) break;
    const auto original = story.corrections == 0 ? item.article : read_article(store_, story.original);
    item.entry = original.id;
    item.guid = original.guid;
    // One guid, one article: no project takes over the article of another one.
    const auto owner = catalog_.guid_owner(item.guid);
    if (owner && *owner != story.original) item.guid.clear();
    out.push_back(std::move(item));
  }
  return out;
}

std::string Feeds::title(const Channel& channel) const {
  const auto name = pages_.name_of(channel, kFeedTongue);
  const auto brand = word("w_brand", kFeedTongue);
  return name.empty() ? brand + ": " + word("w_feed_all", kFeedTongue) : channel.project ? name : brand + ": " + name;
}

std::string Feeds::rights(const Article& article) const {
  std::string out = article.reprint_terms == "ask" ? word("w_reprint_ask", kFeedTongue) : article.reprint_terms;
  if (!article.reprint_credit.empty()) {
    if (!out.empty()) out += ", ";
    out += word("w_credit", kFeedTongue) + " " + article.reprint_credit;
  }
  return out;
}

std::string Feeds::atom(const Channel& channel, const std::string& base, const std::vector<Item>& items) const {
  auto updated = catalog_.state(channel).newest;
  for (const auto& item : items) updated = std::max(updated, item.story.updated);
  std::string out = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n";
  out += element("id", urn_of(format::domain_hash("feed", {page_path(channel)})));
  out += element("title", title(channel));
  out += element("updated", to_rfc3339(updated));
  out += "<link rel=\"self\" type=\"application/atom+xml\"" +
         attribute("href", base + feed_path(channel, FeedKind::kAtom)) + "/>\n";
  out += "<link rel=\"alternate\" type=\"text/html\"" + attribute("href", base + page_path(channel)) + "/>\n";
  for (const auto& item : items) out += atom_entry(item, base);
  return out + "</feed>\n";
}

std::string Feeds::atom_entry(const Item& item, const std::string& base) const {
  const auto& article = item.article;
  std::string out = article.language.empty() ? "<entry>\n" : "<entry" + attribute("xml:lang", article.language) + ">\n";
  out += element("id", is_uri(item.guid) ? item.guid : item.own_id());
  out += element("title", article.title.empty() ? word("w_untitled", kFeedTongue) : article.title);
  out += element("published", to_rfc3339(item.story.time));
  out += element("updated", to_rfc3339(item.story.updated));
  out += "<link rel=\"alternate\" type=\"text/html\"" + attribute("href", base + item.page()) + "/>\n";
  if (!article.original_url.empty()) out += "<link rel=\"via\"" + attribute("href", article.original_url) + "/>\n";
  out += "<link rel=\"related\" type=\"application/vnd.tamizdat.archive\"" +
         attribute("href", base + "/v1/entries/" + article.id.text()) + "/>\n";
  const auto project = pages_.project_title(article.project);
  out += "<author>\n" + element("name", article.byline.empty() ? project : article.byline + ", " + project) +
         "</author>\n";
  for (const auto& region : article.regions)
    out += "<category" + attribute("term", region) + attribute("label", names_.region(region, kFeedTongue)) + "/>\n";
  if (const auto terms = rights(article); !terms.empty()) out += element("rights", terms);
  if (!article.lede.empty()) out += element("summary", article.lede);
  out += element("content type=\"html\"", item.html);
  return out + "</entry>\n";
}

std::string Feeds::rss(const Channel& channel, const std::string& base, const std::vector<Item>& items) const {
  std::string out =
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\" "
      "xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" "
      "xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n";
  out += element("title", title(channel));
  out += element("link", base + page_path(channel));
  out += element("description", word("w_tagline", kFeedTongue));
  if (!channel.language.empty()) out += element("language", channel.language);
  auto updated = catalog_.state(channel).newest;
  for (const auto& item : items) updated = std::max(updated, item.story.updated);
  if (!items.empty()) out += element("lastBuildDate", to_rfc5322(updated));
  out += "<atom:link rel=\"self\" type=\"application/rss+xml\"" +
         attribute("href", base + feed_path(channel, FeedKind::kRss)) + "/>\n";
  for (const auto& item : items) out += rss_item(item, base);
  return out + "</channel>\n</rss>\n";
}

std::string Feeds::rss_item(const Item& item, const std::string& base) const {
  const auto& article = item.article;
  std::string out = "<item>\n";
  out += element("title", article.title.empty() ? word("w_untitled", kFeedTongue) : article.title);
  out += element("link", base + item.page());
  // A permanent link only where it leads to the article: other guids may look like addresses and lead nowhere.
  const bool is_link = !item.guid.empty() && item.guid == article.original_url;
  out += element(is_link ? "guid isPermaLink=\"true\"" : "guid isPermaLink=\"false\"",
                 item.guid.empty() ? item.own_id() : item.guid);
  out += element("pubDate", to_rfc5322(item.story.time));
  out += element("atom:updated", to_rfc3339(item.story.updated));
  const auto project = pages_.project_title(article.project);
  out += element("dc:creator", article.byline.empty() ? project : article.byline + ", " + project);
  if (!article.language.empty()) out += element("dc:language", article.language);
  if (const auto terms = rights(article); !terms.empty()) out += element("dc:rights", terms);
  for (const auto& region : article.regions) out += element("category", names_.region(region, kFeedTongue));
  if (!article.lede.empty()) out += element("description", html::escape(article.lede));
  out += element("content:encoded", item.html);
  return out + "</item>\n";
}

}  // namespace tamizdat::reader
