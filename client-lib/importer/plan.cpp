#include <algorithm>

#include "client-lib/article/compose.h"
#include "client-lib/article/tags.h"
#include "client-lib/importer/import.h"
#include "proto/format/hash.h"
#include "proto/format/limits.h"
#include "proto/html/text.h"

namespace tamizdat::importer {
namespace {

// What "the same text" means: moved dates, links and tags are no reason for a correction.
Hash32 text_hash(const format::Body& body) {
  const BytesView end("\0", 1);  // no cleaned text has it
  return format::domain_hash("imported-text", {body.title, end, body.lede, end, body.html});
}

std::string host_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  url.remove_prefix(scheme + 3);
  return std::string(url.substr(0, url.find_first_of("/?#")));
}

// The name of an item in the guid map. A guid that is an address is unique by itself; one such as "1752" is unique
// within its site only.
std::string map_key(const feeds::FeedItem& item, const feeds::Feed& feed, const Source& source) {
  if (item.guid.find("://") != std::string::npos || item.guid.starts_with("tag:") || item.guid.starts_with("urn:"))
    return item.guid;
  std::string site = host_of(item.link);
  if (site.empty()) site = host_of(feed.link);
  if (site.empty()) site = source.place;
  return site + " " + item.guid;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const auto& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out;
}

std::vector<std::string> topics_of(const std::vector<std::string>& categories) {
  std::vector<std::string> out;
  for (const auto& category : categories) {
    const std::string topic = html::collapse_space(category);
    const bool fits = !topic.empty() && topic.size() <= format::kTagBytesMax && out.size() < format::kTagsMax;
    if (fits && std::ranges::find(out, topic) == out.end()) out.push_back(topic);
  }
  return out;
}

format::Body body_of(const feeds::FeedItem& item, const Settings& settings) {
  format::Body body;
  body.title = html::cut_utf8(item.title, article::kLineBytesMax);
  body.lede = html::cut_utf8(item.lede, article::kLedeBytesMax);
  body.html = item.html;
  body.byline = html::cut_utf8(joined(item.authors), article::kLineBytesMax);
  body.language = article::parse_language(item.language).value_or(settings.language);
  body.regions = settings.regions;
  body.topics = topics_of(item.categories);
  body.original_url = item.link;
  body.published_at = item.published ? item.published : item.updated;
  body.modified_at = item.updated;
  body.reprint = {settings.licence, settings.credit};
  body.guid = item.guid;
  return body;
}

// Why an item cannot become an entry; empty if it can.
std::string reason_against(const format::Body& body) {
  if (body.html.empty() && body.lede.empty()) return "it has a title and no text";
  if (body.language.empty()) return "its language is unknown: give --language";
  if (body.original_url.size() > format::kUrlBytesMax) return "its address is too long";
  if (auto fits = publish::check_size(body); !fits) return fits.error().text;
  return {};
}

// Feeds put the newest first; a log grows in the order of publication.
std::vector<const feeds::FeedItem*> oldest_first(const feeds::Feed& feed) {
  std::vector<const feeds::FeedItem*> out;
  for (const auto& item : feed.items) out.push_back(&item);
  std::ranges::reverse(out);
  if (std::ranges::all_of(out, [](const auto* item) { return item->published.has_value(); }))
    std::ranges::stable_sort(out, {}, [](const auto* item) { return *item->published; });
  return out;
}

}  // namespace

Result<Plan> plan_import(const Source& source, const Settings& settings, desk::Imports& imports) {
  const auto feed = feeds::parse_feed(source.feed, {source.content_type, source.url});
  if (!feed) return fail(feed.error().code, source.place + ": " + feed.error().text);
  Plan plan;
  plan.notes = feed->notes;
  for (const auto& item : feed->skipped)
    plan.skipped.push_back({item.title.empty() ? "item " + std::to_string(item.position) : item.title, item.reason});
  for (const auto* item : oldest_first(*feed)) {
    format::Body body = body_of(*item, settings);
    if (std::string reason = reason_against(body); !reason.empty()) {
      plan.skipped.push_back({item->title, std::move(reason)});
      continue;
    }
    for (const auto& note : item->notes) plan.notes.push_back(item->title + ": " + note);
    const publish::ImportMark mark{map_key(*item, *feed, source), text_hash(body)};
    const auto known = imports.find(mark.guid);
    if (!known) return tl::unexpected(known.error());
    if (*known && (*known)->text_hash == mark.text_hash) {
      ++plan.unchanged;
      continue;
    }
    ++(*known ? plan.corrections : plan.articles);
    const auto corrects = *known ? std::optional((*known)->original) : std::nullopt;
    plan.drafts.push_back({std::move(body), corrects, mark});
  }
  return plan;
}

}  // namespace tamizdat::importer
