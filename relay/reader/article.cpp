#include "relay/reader/article.h"

#include <algorithm>

#include "proto/format/limits.h"
#include "proto/html/sanitise.h"
#include "proto/html/text.h"
#include "proto/html/url.h"
#include "relay/reader/plain_line.h"
#include "relay/reader/topics.h"

namespace tamizdat::reader {
namespace {

// A headline is below 200 characters, four octets each; a lede is a paragraph or two.
constexpr std::size_t kTitleBytesMax = 800;
constexpr std::size_t kLedeBytesMax = 4000;
constexpr std::size_t kLineBytesMax = 500;
// Of an original's address, escaped; a page shows it twice.
constexpr std::size_t kUrlBytesMax = 4096;
// guids are URLs or short numbers; longer ones would fill feeds.
constexpr std::size_t kGuidBytesMax = 2048;

std::string web_url(std::string_view text) {
  auto url = html::safe_url(text, {});
  if (!url || !(url->starts_with("https://") || url->starts_with("http://"))) return {};
  if (html::cut_escaped(*url, kUrlBytesMax).size() < url->size()) return {};
  return *std::move(url);
}

Gone gone_of(format::Absence absence) {
  switch (absence) {
    case format::Absence::kErased: return Gone::kErased;
    case format::Absence::kWithheld: return Gone::kWithheld;
    case format::Absence::kEmbargoed: return Gone::kEmbargoed;
    case format::Absence::kNotHeld: return Gone::kNotHeld;
  }
  return Gone::kNotHeld;  // a reason that later versions know
}

void take_body(format::Body body, Article& article) {
  article.title = plain_line(body.title, kTitleBytesMax);
  article.lede = plain_line(body.lede, kLedeBytesMax);
  article.byline = plain_line(body.byline, kLineBytesMax);
  article.language = lang_attribute(body.language);
  article.language_tag = language_tag(body.language).value_or("");
  article.regions = tags_of(body.regions, region_tag, kTagsShownMax);
  article.topics = tags_of(body.topics, topic_tag, kTagsShownMax);
  for (const auto& text : body.topics)
    if (auto words = plain_line(text, kLineBytesMax); !topic_tag(text) && !words.empty() && article.keywords.size() < kTagsShownMax)
      article.keywords.push_back(std::move(words));
  article.original_url = web_url(body.original_url);
  article.reprint_terms = plain_line(body.reprint.terms, kLineBytesMax);
  article.reprint_credit = plain_line(body.reprint.credit, kLineBytesMax);
  article.guid = guid_of(body);
  article.published_at = body.published_at;
  article.attached = attached_to(body);
  article.html = std::move(body.html);
}

}  // namespace

Article read_article(const store::Store& store, const Position& position) {
  Article article;
  article.position = position;
  const auto entry = store.entry(position.log, position.index);
  const auto header =
      entry ? format::parse_header(entry->header) : Result<format::EntryHeader>(fail(entry.error().code, {}));
  if (!header) {
    article.gone = Gone::kUnreadable;
    return article;
  }
  article.id = entry->id;
  article.project = header->project;
  article.kind = header->kind;
  article.corrects = header->target;
  article.received_at = entry->received_at;
  article.header_time = header->time;
  article.retraction = store::retraction_of(store, article.project, article.id);
  if (article.retraction) {
    article.gone = Gone::kRetracted;
  } else if (!entry->body) {
    article.gone = gone_of(entry->absence.value_or(format::Absence::kNotHeld));
    if (article.gone == Gone::kEmbargoed) article.embargo_ends_at = header->not_before;
  } else if (auto body = format::parse_body(*entry->body)) {
    take_body(*std::move(body), article);
  } else {
    article.gone = Gone::kMalformed;
  }
  return article;
}

std::string guid_of(const format::Body& body) { return plain_line(body.guid, kGuidBytesMax); }

std::string text_of(const Article& article) {
  auto text = html::sanitise(article.html, {article.original_url});
  // Not UTF-8, or markup beyond every bound: the words that are left are better than nothing.
  if (!text)
    return "<p>" + html::escape(html::cut_utf8(html::clean_text(article.html), format::kBodyBytesMax)) + "</p>";
  return *std::move(text);
}

}  // namespace tamizdat::reader
