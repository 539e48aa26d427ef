#include <algorithm>

#include "client-lib/article/compose.h"
#include "client-lib/article/tags.h"
#include "client-lib/importer/identity.h"
#include "client-lib/importer/import.h"
#include "proto/format/hash.h"
#include "proto/format/limits.h"
#include "proto/html/sanitise.h"
#include "proto/html/text.h"

namespace tamizdat::importer {
namespace {

// What "the same text" means: moved dates, tags and enclosures are no reason for a correction.
Hash32 text_hash(const format::Body& body, const feeds::FeedItem& item) {
  const BytesView end("\0", 1);  // no cleaned text has it
  return format::domain_hash("imported-text", {body.title, end, body.lede, end, item.html});
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
  body.html = with_links(item.html, item.enclosures);
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
// `desk`: as the charter lists it, null where it does not.
std::string reason_against(const format::Body& body, const format::Desk* desk) {
  if (body.html.empty() && body.lede.empty()) return "it has a title and no text";
  if (body.language.empty()) return "its language is unknown: give --language";
  if (body.original_url.size() > format::kUrlBytesMax) return "its address is too long";
  if (auto fits = publish::check_size(body); !fits) return fits.error().text;
  if (desk != nullptr)
    if (auto allowed = publish::check_scope(*desk, body); !allowed) return allowed.error().text;
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

std::string with_links(const std::string& text, const std::vector<std::string>& enclosures) {
  std::string more;
  for (const auto& enclosure : enclosures) {
    const std::string url = html::escape(enclosure);
    if (text.find(url) == std::string::npos) more += "<p><img src=\"" + url + "\"></p>";
  }
  // The sanitiser makes a link of each, with the file's name as its words.
  const auto links = html::sanitise(more);
  if (!links || links->empty()) return text;
  return text.empty() ? *links : text + "\n" + *links;
}

Result<Plan> plan_import(const Source& source, const Settings& settings, desk::DeskStore& store) {
  const auto feed = feeds::parse_feed(source.feed, {source.content_type, source.url});
  if (!feed) return fail(feed.error().code, source.place + ": " + feed.error().text);
  Plan plan;
  plan.notes = feed->notes;
  plan.next_page = feed->next_page;
  plan.ttl = feed->ttl;
  plan.skip_hours = feed->skip_hours;
  std::uint64_t shared_guids = 0;
  std::string shared_guid;
  for (const auto& item : feed->skipped)
    plan.skipped.push_back({item.title.empty() ? "item " + std::to_string(item.position) : item.title, item.reason});
  const auto project = store.project();
  const format::Desk* const desk = project ? project->charter.content().desk(project->desk) : nullptr;
  for (const auto* item : oldest_first(*feed)) {
    format::Body body = body_of(*item, settings);
    if (std::string reason = reason_against(body, desk); !reason.empty()) {
      plan.skipped.push_back({item->title, std::move(reason)});
      continue;
    }
    for (const auto& note : item->notes) plan.notes.push_back(item->title + ": " + note);
    const auto identity = identify(*item, source.place, store);
    if (!identity) return tl::unexpected(identity.error());
    const publish::ImportMark mark{identity->name, text_hash(body, *item)};
    if (identity->guid_is_shared && ++shared_guids == 1) shared_guid = item->guid;
    if (identity->known && identity->known->text_hash == mark.text_hash) {
      ++plan.unchanged;
      if (identity->known_by_another_name) plan.renamed.push_back({mark.guid, *identity->known});
      continue;
    }
    ++(identity->known ? plan.corrections : plan.articles);
    const auto corrects = identity->known ? std::optional(identity->known->original) : std::nullopt;
    plan.drafts.push_back({std::move(body), corrects, mark});
    plan.pictures.push_back({item->raw_html, item->base_url, item->pictures, item->enclosures});
  }
  if (shared_guids > 0)
    plan.notes.push_back(std::to_string(shared_guids) + (shared_guids == 1 ? " item has a guid" : " items have guids") +
                         " that another feed of this project has too, such as \"" + shared_guid +
                         "\": taken for other articles, since title and link are others");
  return plan;
}

}  // namespace tamizdat::importer
