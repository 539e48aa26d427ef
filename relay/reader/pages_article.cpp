// The part of Pages that shows one thing: an article, one of its versions, what this site is, what it has not got.
#include <algorithm>

#include "proto/format/limits.h"
#include "proto/html/sanitise.h"
#include "proto/html/split.h"
#include "proto/html/text.h"
#include "relay/reader/attached_markup.h"
#include "relay/reader/frame.h"
#include "relay/reader/gone.h"
#include "relay/reader/plain_line.h"
#include "relay/reader/topics.h"
#include "relay/reader/words.h"

namespace tamizdat::reader {
namespace {

// More of them: the first and the last ones are shown.
constexpr std::size_t kVersionsShown = 20;
constexpr std::size_t kDescriptionBytesMax = 300;
constexpr std::size_t kPartMarkupBytes = 1000;
// The same for both tongues, so that a link to a page leads to the same words. However long the facts about an article
// are, the least of its text stands beside them.
constexpr std::size_t kPartBytes = 30'000;
constexpr std::size_t kPartBytesMin = 8'000;

// A feed's description is often the text's own beginning, perhaps cut off: then it is not shown twice.
bool repeats_text(std::string_view lede, const Article& article) {
  for (const std::string_view tail : {"[…]", "[...]", "…", "..."})
    if (lede.ends_with(tail)) lede.remove_suffix(tail.size());
  while (lede.ends_with(' ')) lede.remove_suffix(1);
  const auto beginning = html::to_text(html::cut_utf8(article.html, 4 * lede.size() + 4000));
  return beginning && html::collapse_space(*beginning).starts_with(lede);
}

std::string terms_of(const Article& article, Tongue tongue) {
  if (article.reprint_terms.empty()) return {};
  if (article.reprint_terms == "ask") return word("w_reprint_ask", tongue);
  return word("w_reprint_under", tongue) + " " + article.reprint_terms;
}

// What GET /v1/entries gives out: of a text that is not here, its record at least.
bool has_signed_entry(const Article& article) {
  return !article.retraction && article.gone != Gone::kWithheld && article.gone != Gone::kUnreadable;
}

std::string headline_of(const Article& article, Tongue tongue) {
  if (article.gone) return gone_title(article, tongue);
  return article.title.empty() ? word("w_untitled", tongue) : article.title;
}

Data topic_links(const Article& article, Tongue tongue) {
  Data list{Data::type::list};
  for (const auto& topic : article.topics) {
    Data item;
    item.set("tag", topic);
    item.set("name", topic_name(topic, tongue));
    list.push_back(item);
  }
  for (const auto& keyword : article.keywords) {
    Data item;
    item.set("name", keyword);
    list.push_back(item);
  }
  return list;
}

// ogp.me, "article". The page that a messenger fetched is the canonical one, so its address is left out where the host
// cannot be named.
Data open_graph(const Article& article, const Story& story, const std::string& project, const std::string& description,
                const std::string& base, const std::string& path) {
  Data list{Data::type::list};
  const auto add = [&](const char* property, const std::string& content) {
    if (content.empty()) return;
    Data item;
    item.set("property", std::string(property));
    item.set("content", content);
    list.push_back(item);
  };
  add("og:type", "article");
  add("og:title", article.title);
  add("og:description", description);
  if (!base.empty()) add("og:url", base + path);
  const auto picture = std::ranges::find(article.attached, AttachedKind::kPicture, &Attached::kind);
  if (picture != article.attached.end() && !base.empty()) {
    const auto& size = picture->size_for(kFeedPictureWidth);
    add("og:image", base + attachment_path(size.blob));
    add("og:image:type", size.type);
    add("og:image:width", std::to_string(size.width));
    add("og:image:height", std::to_string(size.height));
    add("og:image:alt", picture->alt);
  }
  add("og:site_name", project);
  add("og:locale", article.language_tag);
  add("article:published_time", to_rfc3339(story.time));
  if (story.corrections > 0) add("article:modified_time", to_rfc3339(story.updated));
  return list;
}

}  // namespace

EntryId Pages::id_of(const Position& position) const {
  const auto entry = store_.entry(position.log, position.index);
  return entry ? entry->id : EntryId();
}

Data Pages::article_data(const Article& article, Timestamp time, Tongue tongue) const {
  Data data;
  data.set("project", project_title(article.project));
  data.set("project_id", article.project.text());
  data.set("shown", article.id.text());
  data.set("lang", article.gone ? std::string(language_of(tongue)) : article.language);
  data.set("headline", headline_of(article, tongue));
  data.set("time", to_rfc3339(time));
  data.set("day", day_text(time, tongue));
  data.set("clock", clock_text(time));
  data.set("news", !article.gone);
  data.set("signed_entry", has_signed_entry(article));
  if (article.gone) data.set("gone", gone_text(article, tongue));
  if (!article.lede.empty() && !repeats_text(article.lede, article)) data.set("lede", article.lede);
  put(data, "byline", article.byline);
  data.set("has_regions", !article.regions.empty());
  data.set("regions", region_links(article.regions, kTagsShownMax, tongue));
  data.set("has_topics", !article.topics.empty() || !article.keywords.empty());
  data.set("topics", topic_links(article, tongue));
  if (!article.language_tag.empty()) {
    Data language;
    language.set("tag", article.language_tag);
    language.set("name", names_.language(article.language_tag, tongue));
    data.set("language", language);
  }
  if (!article.reprint_terms.empty() || !article.reprint_credit.empty()) {
    Data reprint;
    put(reprint, "terms", terms_of(article, tongue));
    put(reprint, "credit", article.reprint_credit);
    data.set("reprint", reprint);
  }
  put(data, "source", article.original_url);
  return data;
}

// The whole text where it fits, else part `number` of it.
std::string Pages::article_page(Frame frame, Data data, const Article& article, std::size_t number, Tongue tongue) {
  const auto page_with = [&](const std::string& text) {
    data.set("text", text);
    return document(frame, templates_.render("article", data, tongue), tongue);
  };
  const auto text = article.gone ? std::string() : page_text(article, tongue);
  auto whole = page_with(text);
  if (whole.size() <= kPageBytesMax) return whole;
  const auto bytes_beside = std::min(whole.size() - text.size() + kPartMarkupBytes, kPageBytesMax - kPartBytesMin);
  const auto parts = html::split(text, std::min(kPartBytes, kPageBytesMax - bytes_beside));
  number = std::clamp<std::size_t>(number, 1, parts.size());
  const auto query_of = [](std::size_t part) { return "?page=" + std::to_string(part); };
  if (number > 1 && !frame.path.empty()) frame.path += query_of(number);
  Data part;
  part.set("number", std::to_string(number));
  part.set("count", std::to_string(parts.size()));
  if (number > 1) part.set("previous", query_of(number - 1));
  if (number < parts.size()) part.set("next", query_of(number + 1));
  data.set("part", part);
  data.set("continued", number > 1);
  return page_with(parts[number - 1]);
}

void Pages::put_withheld(Data& data, const Article& article, const std::string& path, Tongue tongue) const {
  if (article.gone != Gone::kWithheld || statements_ == nullptr || !settings_.relay) return;
  const auto text = withheld_text(*statements_, store_, *settings_.relay, settings_.others, article, path);
  if (!text) return;
  Data withheld;
  withheld.set("relay", settings_.label + (settings_.country.empty() ? "" : ", " + names_.region(settings_.country, tongue)));
  put(withheld, "operator", settings_.operator_name);
  withheld.set("country", names_.region(text->notice.country, tongue));
  withheld.set("since", to_rfc3339(text->notice.time));
  withheld.set("since_day", day_text(text->notice.time, tongue));
  withheld.set("reason", plain_line(text->notice.reason, format::kWithholdingReasonBytesMax));
  Data places{Data::type::list};
  for (const auto& place : text->places) {
    Data item;
    item.set("name", place.name);
    put(item, "href", place.address);
    if (!place.country.empty()) item.set("in", names_.region(place.country, tongue));
    places.push_back(item);
  }
  withheld.set("known", !text->places.empty());
  withheld.set("places", places);
  data.set("withheld", withheld);
}

std::string Pages::story(const Story& story, std::size_t number, const std::string& base, Tongue tongue) {
  const auto article = read_article(store_, story.shown);
  auto data = article_data(article, story.time, tongue);
  const auto original = id_of(story.original).text();
  data.set("entry", original);
  put_withheld(data, article, "/a/" + original, tongue);
  data.set("corrected", story.corrections > 0);
  if (story.corrections > 0) {
    data.set("updated", to_rfc3339(story.updated));
    data.set("updated_day", day_text(story.updated, tongue));
    data.set("updated_clock", clock_text(story.updated));
    data.set("history", history(story, story.shown, tongue));
  }
  Frame frame{headline_of(article, tongue), lede_of(article, kDescriptionBytesMax),
              "/a/" + original, {story.project, {}, {}}};
  if (!article.gone)
    frame.properties = open_graph(article, story, project_title(story.project), frame.description, base, frame.path);
  return article_page(std::move(frame), std::move(data), article, number, tongue);
}

std::string Pages::version(const Position& position, const std::optional<Story>& story, std::size_t number,
                           Tongue tongue) {
  const auto article = read_article(store_, position);
  const auto time = article.published_at.value_or(article.header_time);
  auto data = article_data(article, std::min(time, article.received_at), tongue);
  data.set("entry", (story ? id_of(story->original) : article.id).text());
  put_withheld(data, article, "/v/" + article.id.text(), tongue);
  data.set("corrected", false);
  if (story) {
    if (!story->is_retracted) data.set("current", id_of(story->original).text());
    if (story->corrections > 0) data.set("history", history(*story, position, tongue));
  }
  Frame frame{headline_of(article, tongue), {}, {}, {article.project, {}, {}}};
  return article_page(std::move(frame), std::move(data), article, number, tongue);
}

Data Pages::history(const Story& story, const Position& shown, Tongue tongue) const {
  auto positions = catalog_.versions(story.original);
  if (positions.size() > kVersionsShown) positions.erase(positions.begin() + 1, positions.end() - (kVersionsShown - 1));
  Data versions{Data::type::list};
  for (const auto& position : positions) {
    const auto article = read_article(store_, position);
    const bool original = position.log == story.original.log && position.index == story.original.index;
    Data item;
    item.set("id", article.id.text());
    item.set("name", word(original ? "w_version_original" : "w_version_correction", tongue));
    item.set("here", position.log == shown.log && position.index == shown.index);
    item.set("version_time", to_rfc3339(article.received_at));
    item.set("version_day", day_text(article.received_at, tongue));
    versions.push_back(item);
  }
  Data out;
  out.set("versions", versions);
  return out;
}

std::string Pages::about(Tongue tongue) {
  Data data;
  data.set("relay", word("w_relay", tongue) + " " + settings_.label);
  if (!settings_.country.empty()) data.set("country", names_.region(settings_.country, tongue));
  put(data, "operator", settings_.operator_name);
  const auto content = templates_.render(tongue == Tongue::kRussian ? "about_ru" : "about_en", data, tongue);
  return document({word("w_about", tongue), word("w_tagline", tongue), "/about", {}}, content, tongue);
}

std::string Pages::not_found(std::string_view reason, const std::optional<Elsewhere>& elsewhere, Tongue tongue) {
  Data data;
  data.set("reason", word(reason, tongue));
  if (elsewhere) {
    data.set("elsewhere", elsewhere->href);
    data.set("elsewhere_name", elsewhere->name);
  }
  data.set("sections", sections({}, tongue));
  return document({word("w_404_title", tongue), {}, {}, {}}, templates_.render("not_found", data, tongue), tongue);
}

}  // namespace tamizdat::reader
