#include "client-lib/feeds/text_repair.h"

#include <algorithm>

#include "proto/html/elements.h"
#include "proto/html/sanitise.h"
#include "proto/html/text.h"

namespace tamizdat::feeds {
namespace {

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// Whether `text` holds something like "&quot;" or "&#8230;".
bool has_reference(std::string_view text) {
  for (std::size_t at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
    std::size_t end = at + 1;
    if (end < text.size() && text[end] == '#') ++end;
    const std::size_t name_at = end;
    while (end < text.size() && is_alphanumeric(text[end])) ++end;
    if (end > name_at && end < text.size() && text[end] == ';') return true;
  }
  return false;
}

// Whether `text` holds a start tag, or an end tag, of an element that articles are written with.
bool has_known_tag(std::string_view text) {
  for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    std::size_t name_at = at + 1;
    if (name_at < text.size() && text[name_at] == '/') ++name_at;
    std::size_t end = name_at;
    while (end < text.size() && is_alphanumeric(text[end])) ++end;
    if (end == text.size() || (text[end] != '>' && text[end] != ' ' && text[end] != '/')) continue;
    if (html::allowed_tag(text.substr(name_at, end - name_at))) return true;
  }
  return false;
}

std::string with_tags_as_words(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') out += "&lt;";
    else out += c;
  }
  return out;
}

// References decoded, tags left as they are.
std::string decoded_references(std::string_view text) {
  return html::to_text(with_tags_as_words(text)).value_or(std::string());
}

// Whether a line goes on with a small letter (a to z, а to я): then it was wrapped, not begun.
bool goes_on(std::string_view line) {
  if (line.empty()) return false;
  if (line[0] >= 'a' && line[0] <= 'z') return true;
  if (line.size() < 2) return false;
  const auto second = static_cast<unsigned char>(line[1]);
  return (line[0] == '\xD0' && second >= 0xB0) || (line[0] == '\xD1' && second <= 0x9F);
}

// `html` if it is one line, else a paragraph for each line that begins one.
std::string in_paragraphs(std::string_view html) {
  if (html.find('\n') == std::string_view::npos) return std::string(html);
  std::string out;
  bool is_open = false;
  while (!html.empty()) {
    const std::string_view whole = html.substr(0, html.find('\n'));
    html.remove_prefix(std::min(whole.size() + 1, html.size()));
    const std::string line = html::collapse_space(whole);
    if (line.empty() || !goes_on(line)) {
      out += is_open ? "</p>" : "";
      is_open = false;
    }
    if (line.empty()) continue;
    out.append(is_open ? " " : "<p>").append(line);
    is_open = true;
  }
  return is_open ? out + "</p>" : out;
}

}  // namespace

std::string plain_label(std::string_view label) {
  const std::string once = html::to_text(label).value_or(std::string());
  return html::collapse_space(has_reference(once) ? decoded_references(once) : once);
}

std::string plain_text_label(std::string_view label) {
  return html::collapse_space(has_reference(label) ? decoded_references(label) : html::clean_text(label));
}

std::string as_html(std::string text) {
  if (text.find('<') != std::string::npos) return text;
  if (text.find("&lt;") != std::string::npos) {
    std::string decoded = decoded_references(text);
    if (has_known_tag(decoded)) return decoded;
  }
  return in_paragraphs(text);
}

std::string plain_as_html(std::string_view text) { return in_paragraphs(with_tags_as_words(text)); }

}  // namespace tamizdat::feeds
