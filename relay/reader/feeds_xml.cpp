// The feeds in XML: Atom (RFC 4287) with its archive pages (RFC 5005), RSS 2.0, and the list of all projects' feeds as
// OPML 2.0.
#include <algorithm>

#include "proto/format/hash.h"
#include "proto/html/text.h"
#include "relay/reader/archive.h"
#include "relay/reader/attached_markup.h"
#include "relay/reader/feed_item.h"
#include "relay/reader/topics.h"

namespace tamizdat::reader {
namespace {

constexpr std::string_view kXml = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";

std::string attribute(std::string_view name, std::string_view value) {
  if (value.empty()) return {};
  return " " + std::string(name) + "=\"" + html::escape(value) + "\"";
}

std::string element(std::string_view name, std::string_view text) {
  std::string out = "<";
  out.append(name).append(">").append(html::escape(text)).append("</").append(name.substr(0, name.find(' ')));
  return out + ">\n";
}

// Nothing where it leads nowhere.
std::string link(std::string_view element, std::string_view rel, std::string_view type, const std::string& href) {
  if (href.empty()) return {};
  return "<" + std::string(element) + attribute("rel", rel) + attribute("type", type) + attribute("href", href) + "/>\n";
}

std::string size_attributes(const AttachedSize& size) {
  return attribute("width", std::to_string(size.width)) + attribute("height", std::to_string(size.height));
}

// Media RSS 1.5.1 (rssboard.org/media-rss): a picture with its words.
std::string media_content(const Attached& picture, const std::string& base) {
  const auto& full = picture.sizes.back();
  const auto& small = picture.sizes.front();
  std::string out = "<media:content" + attribute("url", base + attachment_path(full.blob)) +
                    attribute("fileSize", std::to_string(full.blob.size)) + attribute("type", full.type) +
                    attribute("medium", "image") + size_attributes(full) + ">\n";
  if (!picture.caption.empty()) out += element("media:description type=\"plain\"", picture.caption);
  out += "<media:thumbnail" + attribute("url", base + attachment_path(small.blob)) + size_attributes(small) + "/>\n";
  if (!picture.credit.empty()) out += element("media:credit", picture.credit);
  return out + "</media:content>\n";
}

// RFC 4287 section 4.2.7.2.
std::string enclosure_link(const Attached& file, const std::string& base) {
  return "<link rel=\"enclosure\"" + attribute("type", file.type) +
         attribute("href", base + attachment_path(file.blob)) + attribute("length", std::to_string(file.blob.size)) +
         attribute("title", file.name) + "/>\n";
}

// RSS 2.0 has one an item: sound or film before other files, and these before a picture, which the text shows too.
std::string rss_enclosure(const std::vector<Attached>& attached, const std::string& base) {
  for (const auto kind : {AttachedKind::kSound, AttachedKind::kFilm, AttachedKind::kFile, AttachedKind::kPicture}) {
    const auto file = std::ranges::find(attached, kind, &Attached::kind);
    if (file != attached.end())
      return "<enclosure" + attribute("url", base + attachment_path(file->blob)) +
             attribute("length", std::to_string(file->blob.size)) + attribute("type", file->type) + "/>\n";
  }
  return {};
}

}  // namespace

std::string Feeds::atom(const Document& feed) const {
  auto out = atom_head(feed.channel, feed.updated(), feed.base, feed.self(FeedKind::kAtom));
  out += link("link", "next", media_type(FeedKind::kAtom), feed.older(FeedKind::kAtom));
  if (feed.channel.project && feed.channel.language.empty() && feed.before == kNewest && !catalog_.building()) {
    const auto newest = ArchivePage::newest(store_, catalog_, *feed.channel.project);
    if (newest) out += link("link", "prev-archive", media_type(FeedKind::kAtom), feed.base + newest->path());
  }
  for (const auto& item : feed.items) out += atom_entry(item, feed.base);
  return out + "</feed>\n";
}

std::string Feeds::atom_head(const Channel& channel, Timestamp updated, const std::string& base,
                             const std::string& self) const {
  std::string out(kXml);
  out += "<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:fh=\"http://purl.org/syndication/history/1.0\" "
         "xmlns:media=\"http://search.yahoo.com/mrss/\"" +
         attribute("xml:lang", language_of(kFeedTongue)) + ">\n";
  out += element("id", urn_of(format::domain_hash("feed", {page_path(channel)})));
  out += element("title", title(channel));
  out += element("updated", to_rfc3339(updated));
  out += link("link", "self", media_type(FeedKind::kAtom), self);
  return out + link("link", "alternate", "text/html", base + page_path(channel));
}

std::string Feeds::archive(const ArchivePage& page, const std::string& host) const {
  const auto base = host.empty() ? std::string() : "https://" + host;
  const Channel channel{page.project(), {}, {}, {}};
  Timestamp updated;
  std::string entries;
  for (const auto& item : archived_items(page, base)) {
    updated = std::max(updated, item.story.updated);
    entries += atom_entry(item, base);
  }
  auto out = atom_head(channel, updated, base, base + page.path());
  out += "<fh:archive/>\n";
  const auto type = media_type(FeedKind::kAtom);
  out += link("link", "current", type, base + feed_path(channel, FeedKind::kAtom));
  if (const auto previous = page.previous()) out += link("link", "prev-archive", type, base + previous->path());
  if (const auto next = page.next()) out += link("link", "next-archive", type, base + next->path());
  return out + entries + "</feed>\n";
}

std::string Feeds::atom_entry(const Item& item, const std::string& base) const {
  const auto& article = item.article;
  std::string out = article.language.empty() ? "<entry>\n" : "<entry" + attribute("xml:lang", article.language) + ">\n";
  out += element("id", is_uri(item.guid) ? item.guid : item.own_id());
  out += element("title", item.title());
  out += element("published", to_rfc3339(item.story.time));
  out += element("updated", to_rfc3339(item.story.updated));
  out += link("link", "alternate", "text/html", base + item.page());
  // RFC 5829 section 3.4.
  if (const auto first = item.first_version(); !first.empty())
    out += link("link", "predecessor-version", "text/html", base + first);
  out += link("link", "via", {}, article.original_url);
  out += link("link", "related", "application/vnd.tamizdat.archive", base + "/v1/entries/" + article.id.text());
  out += "<author>\n" + element("name", author(article)) + "</author>\n";
  for (const auto& region : article.regions)
    out += "<category" + attribute("term", region) + attribute("label", names_.region(region, kFeedTongue)) + "/>\n";
  for (const auto& topic : article.topics)
    out += "<category" + attribute("term", topic) + attribute("scheme", kTopicScheme) +
           attribute("label", topic_name(topic, kFeedTongue)) + "/>\n";
  for (const auto& keyword : article.keywords) out += "<category" + attribute("term", keyword) + "/>\n";
  if (const auto terms = rights(article); !terms.empty()) out += element("rights", terms);
  if (!article.lede.empty()) out += element("summary", article.lede);
  if (!item.html.empty()) out += element("content type=\"html\"", item.html);
  for (const auto& file : article.attached)
    out += file.kind == AttachedKind::kPicture ? media_content(file, base) : enclosure_link(file, base);
  return out + "</entry>\n";
}

std::string Feeds::rss(const Document& feed) const {
  std::string out(kXml);
  out +=
      "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" "
      "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:atom=\"http://www.w3.org/2005/Atom\" "
      "xmlns:media=\"http://search.yahoo.com/mrss/\">\n<channel>\n";
  out += element("title", title(feed.channel));
  out += element("link", feed.base + page_path(feed.channel));
  out += element("description", word("w_tagline", kFeedTongue));
  if (!feed.channel.language.empty()) out += element("language", feed.channel.language);
  if (!feed.items.empty()) out += element("lastBuildDate", to_rfc5322(feed.updated()));
  out += link("atom:link", "self", media_type(FeedKind::kRss), feed.self(FeedKind::kRss));
  out += link("atom:link", "next", media_type(FeedKind::kRss), feed.older(FeedKind::kRss));
  for (const auto& item : feed.items) out += rss_item(item, feed.base);
  return out + "</channel>\n</rss>\n";
}

std::string Feeds::rss_item(const Item& item, const std::string& base) const {
  const auto& article = item.article;
  std::string out = "<item>\n";
  out += element("title", item.title());
  out += element("link", base + item.page());
  // A permanent link only where it leads to the article: other guids may look like addresses and lead nowhere.
  const bool is_link = !item.guid.empty() && item.guid == article.original_url;
  out += element(is_link ? "guid isPermaLink=\"true\"" : "guid isPermaLink=\"false\"",
                 item.guid.empty() ? item.own_id() : item.guid);
  out += element("pubDate", to_rfc5322(item.story.time));
  out += element("atom:updated", to_rfc3339(item.story.updated));
  out += element("dc:creator", author(article));
  if (!article.language.empty()) out += element("dc:language", article.language);
  if (const auto terms = rights(article); !terms.empty()) out += element("dc:rights", terms);
  for (const auto& tag : tags_of(article)) out += element("category", tag);
  if (!article.lede.empty()) out += element("description", html::escape(article.lede));
  out += element("content:encoded", item.html);
  out += rss_enclosure(article.attached, base);
  for (const auto& file : article.attached)
    if (file.kind == AttachedKind::kPicture) out += media_content(file, base);
  return out + "</item>\n";
}

std::string Feeds::opml(const std::string& host) const {
  const auto base = host.empty() ? std::string() : "https://" + host;
  std::string out(kXml);
  out += "<opml version=\"2.0\">\n<head>\n" + element("title", title({})) + "</head>\n<body>\n";
  for (const auto& project : catalog_.projects()) {
    const Channel channel{project.id, {}, {}, {}};
    const auto name = title(channel);
    out += "<outline type=\"rss\"" + attribute("text", name) + attribute("title", name) +
           attribute("xmlUrl", base + feed_path(channel, FeedKind::kAtom)) +
           attribute("htmlUrl", base + page_path(channel)) + "/>\n";
  }
  return out + "</body>\n</opml>\n";
}

}  // namespace tamizdat::reader
