#include "client-lib/article/compose.h"

#include <algorithm>
#include <array>

#include "client-lib/article/markdown.h"
#include "client-lib/article/tags.h"
#include "proto/base/bytes.h"
#include "proto/base/edit_distance.h"
#include "proto/format/limits.h"
#include "proto/html/sanitise.h"
#include "proto/html/text.h"
#include "proto/html/url.h"

namespace tamizdat::article {
namespace {

Result<std::string> parse_words(std::string_view text, std::size_t bytes_max) {
  std::string out = html::collapse_space(html::clean_text(text));
  if (out.empty()) return fail(kFieldInvalid, "it is empty");
  if (out.size() > bytes_max) return fail(kFieldInvalid, "it is longer than " + std::to_string(bytes_max) + " octets");
  return out;
}

Result<std::vector<std::string>> parse_tags(std::string_view text, Result<std::string> (*parse)(std::string_view)) {
  std::vector<std::string> out;
  for (const auto& part : split_list(text)) {
    auto tag = parse(part);
    if (!tag) return pass(tag);
    if (std::ranges::find(out, *tag) == out.end()) out.push_back(*std::move(tag));
  }
  if (out.empty()) return fail(kFieldInvalid, "it is empty");
  if (out.size() > format::kTagsMax)
    return fail(kFieldInvalid, "more than " + std::to_string(format::kTagsMax) + " of them");
  return out;
}

Result<std::string> parse_topic(std::string_view text) { return parse_words(text, format::kTagBytesMax); }

Result<std::string> parse_licence(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '+';
  };
  if (text.empty() || text.size() > format::kTagBytesMax || !std::ranges::all_of(text, fits))
    return fail(kFieldInvalid, "write an SPDX licence id such as CC-BY-4.0, or ask");
  return std::string(text);
}

Result<Timestamp> parse_date(std::string_view text) {
  if (const auto time = parse_rfc3339(text)) return *time;
  if (const auto day = parse_rfc3339(std::string(text) + "T00:00:00Z")) return *day;
  return fail(kFieldInvalid, "\"" + std::string(text) + "\" is not a date: write 2026-11-24 or 2026-11-24T07:23:50+03:00");
}

Result<std::string> parse_url(std::string_view text) {
  const auto url = html::safe_url(text, "");
  if (!url || !url->starts_with("http")) return fail(kFieldInvalid, "\"" + std::string(text) + "\" is not a web address");
  return *url;
}

// Puts a parsed value where it belongs.
template <typename T, typename Target>
Result<void> assign(Result<T> value, Target& target) {
  if (!value) return pass(value);
  target = *std::move(value);
  return {};
}

using SetField = Result<void> (*)(std::string_view value, Article& article);
struct Key {
  std::string_view name;
  SetField set;
};

constexpr std::array<Key, 12> kKeys{{
    {"title", [](std::string_view v, Article& a) { return assign(parse_words(v, kLineBytesMax), a.body.title); }},
    {"lede", [](std::string_view v, Article& a) { return assign(parse_words(v, kLedeBytesMax), a.body.lede); }},
    {"language", [](std::string_view v, Article& a) { return assign(parse_language(v), a.body.language); }},
    {"regions", [](std::string_view v, Article& a) { return assign(parse_tags(v, parse_region), a.body.regions); }},
    {"topics", [](std::string_view v, Article& a) { return assign(parse_tags(v, parse_topic), a.body.topics); }},
    {"licence", [](std::string_view v, Article& a) { return assign(parse_licence(v), a.body.reprint.terms); }},
    {"credit", [](std::string_view v, Article& a) { return assign(parse_words(v, kLineBytesMax), a.body.reprint.credit); }},
    {"photo-credit", [](std::string_view v, Article& a) { return assign(parse_words(v, kLineBytesMax), a.photo_credit); }},
    {"byline", [](std::string_view v, Article& a) { return assign(parse_words(v, kLineBytesMax), a.body.byline); }},
    {"published", [](std::string_view v, Article& a) { return assign(parse_date(v), a.body.published_at); }},
    {"url", [](std::string_view v, Article& a) { return assign(parse_url(v), a.body.original_url); }},
    {"corrects", [](std::string_view v, Article& a) { return assign(EntryId::parse(v), a.corrects); }},
}};

tl::unexpected<Error> unknown_key(const Field& field) {
  constexpr std::size_t kKeyBytesMax = 64;  // a longer one is no typing error
  const auto nearest = std::ranges::min_element(kKeys, {}, [&](const Key& key) {
    return field.key.size() > kKeyBytesMax ? kKeyBytesMax : edit_distance(field.key, key.name);
  });
  std::string hint;
  if (field.key.size() <= kKeyBytesMax && edit_distance(field.key, nearest->name) <= 2)
    hint = "; did you mean \"" + std::string(nearest->name) + "\"?";
  else
    for (const auto& key : kKeys) hint += (hint.empty() ? "; the keys are " : ", ") + std::string(key.name);
  return fail(kFieldUnknown, field.where + ": there is no such key" + hint);
}

Result<void> set_fields(std::span<const Field> fields, Article& article) {
  for (const auto& field : fields) {
    const auto key = std::ranges::find(kKeys, field.key, &Key::name);
    if (key == kKeys.end()) return unknown_key(field);
    if (auto done = key->set(field.value, article); !done)
      return fail(done.error().code, field.where + ": " + done.error().text);
  }
  return {};
}

Result<void> set_text(std::string_view text, Markup markup, const AttachmentOf& attachment_of, Article& article) {
  std::string html(text);
  std::string heading;
  if (markup == Markup::kMarkdown) {
    auto rendered = render_markdown(text);
    html = std::move(rendered.html);
    heading = html::collapse_space(html::clean_text(rendered.title));
  }
  if (article.body.title.empty() && !heading.empty()) {
    if (auto done = assign(parse_words(heading, kLineBytesMax), article.body.title); !done)
      return fail(done.error().code, "the heading that is the title: " + done.error().text);
  } else if (!heading.empty() && heading != article.body.title) {
    html.insert(0, "<h2>" + html::escape(heading) + "</h2>\n");  // it was no title, so it stays in the text
  }
  auto clean = html::sanitise(html, {article.body.original_url, attachment_of});
  if (!clean) return pass(clean);
  article.body.html = *std::move(clean);
  if (article.body.html.empty()) return fail(kTextInvalid, "the article has no text below its front matter");
  return {};
}

}  // namespace

std::optional<Markup> markup_of(std::string_view file_name) {
  for (const std::string_view ending : {".md", ".markdown"})
    if (file_name.ends_with(ending)) return Markup::kMarkdown;
  for (const std::string_view ending : {".html", ".htm"})
    if (file_name.ends_with(ending)) return Markup::kHtml;
  return std::nullopt;
}

Result<Article> compose(std::string_view file, Markup markup, std::span<const Field> flags, const Defaults& defaults,
                        const AttachmentOf& attachment_of) {
  if (file.size() > kArticleFileBytesMax) return fail(kTextInvalid, "the file is larger than 2 MiB");
  if (!is_utf8(file)) return fail(kTextInvalid, "the file is not UTF-8: save it as UTF-8 in your editor");
  const auto parts = split_front_matter(file);
  if (!parts) return tl::unexpected(parts.error());
  Article article;
  article.body.language = defaults.language;
  article.body.regions = defaults.regions;
  article.body.reprint.terms = "ask";
  if (auto done = set_fields(parts->fields, article); !done) return pass(done);
  if (auto done = set_fields(flags, article); !done) return fail(kFlagInvalid, done.error().text);
  if (auto done = set_text(parts->text, markup, attachment_of, article); !done) return pass(done);
  if (article.body.title.empty())
    return fail(kFieldMissing, "the article has no title: add title: to its front matter, or give --title");
  if (article.body.language.empty())
    return fail(kFieldMissing, "the article has no language: add language: to its front matter, or give --language");
  return article;
}

}  // namespace tamizdat::article
