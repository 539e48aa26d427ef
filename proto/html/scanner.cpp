#include "proto/html/scanner.h"

#include <algorithm>

#include "proto/html/limits.h"

namespace tamizdat::html {
namespace {

constexpr std::string_view kSpace = " \t\n\f\r";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_alpha(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

std::string lower_name(std::string_view name) {
  if (name.size() > kNameBytesMax) return {};
  std::string out(name);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

}  // namespace

bool Scanner::next(Token& token) {
  token.attributes.clear();
  while (!rest_.empty()) {
    if (rest_.front() != '<') {
      token.kind = Token::Kind::kText;
      token.text = take_until("<");
      return true;
    }
    if (read_markup(token)) return true;
  }
  return false;
}

// `rest_` begins with '<'. False if what was read is no token.
bool Scanner::read_markup(Token& token) {
  const char second = rest_.size() > 1 ? rest_[1] : '\0';
  const char third = rest_.size() > 2 ? rest_[2] : '\0';
  if (is_alpha(second) || (second == '/' && is_alpha(third))) return read_tag(token);
  if (second == '!' && rest_.substr(2).starts_with("--")) {
    skip_comment();
    return false;
  }
  if (second == '!' || second == '?' || (second == '/' && rest_.size() > 2)) {
    skip_past('>');
    return false;
  }
  token.kind = Token::Kind::kText;
  token.text = rest_.substr(0, 1);
  rest_.remove_prefix(1);
  return true;
}

bool Scanner::read_tag(Token& token) {
  const bool end_tag = rest_[1] == '/';
  token.kind = end_tag ? Token::Kind::kEndTag : Token::Kind::kStartTag;
  rest_.remove_prefix(end_tag ? 2 : 1);
  token.name = lower_name(take_until(" \t\n\f\r/>"));
  while (read_attribute(token)) continue;
  if (rest_.empty()) return false;
  rest_.remove_prefix(1);  // '>'
  return true;
}

// False in front of '>' or at the end.
bool Scanner::read_attribute(Token& token) {
  while (!rest_.empty() && (rest_.front() == '/' || kSpace.find(rest_.front()) != std::string_view::npos))
    rest_.remove_prefix(1);
  if (rest_.empty() || rest_.front() == '>') return false;
  const std::size_t sign = rest_.front() == '=' ? 1 : 0;  // a leading '=' is part of the name
  const std::size_t name_end = std::min(rest_.find_first_of(" \t\n\f\r/>=", sign), rest_.size());
  RawAttribute attribute{lower_name(rest_.substr(0, name_end)), {}};
  rest_.remove_prefix(name_end);
  skip_space();
  if (rest_.starts_with('=')) {
    rest_.remove_prefix(1);
    skip_space();
    if (rest_.starts_with('"') || rest_.starts_with('\'')) {
      const std::string_view quote = rest_.substr(0, 1);
      rest_.remove_prefix(1);
      attribute.value = take_until(quote);
      if (!rest_.empty()) rest_.remove_prefix(1);
    } else {
      attribute.value = take_until(" \t\n\f\r>");
    }
  }
  if (token.attributes.size() < kAttributesMax) token.attributes.push_back(std::move(attribute));
  return true;
}

void Scanner::skip_raw_text(std::string_view name) {
  while (!rest_.empty()) {
    take_until("<");
    if (rest_.size() < 2 || rest_[1] != '/') {
      if (!rest_.empty()) rest_.remove_prefix(1);
      continue;
    }
    rest_.remove_prefix(2);
    if (lower_name(rest_.substr(0, name.size())) != name) continue;
    rest_.remove_prefix(name.size());
    if (rest_.empty() || rest_.front() == '/' || rest_.front() == '>' ||
        kSpace.find(rest_.front()) != std::string_view::npos)
      return skip_past('>');
  }
}

std::string_view Scanner::take_until(std::string_view stops) {
  const std::string_view taken = rest_.substr(0, rest_.find_first_of(stops));
  rest_.remove_prefix(taken.size());
  return taken;
}

void Scanner::skip_space() {
  while (!rest_.empty() && kSpace.find(rest_.front()) != std::string_view::npos) rest_.remove_prefix(1);
}

// From "<!--" past "-->" or "--!>"; "<!-->" and "<!--->" are whole comments.
void Scanner::skip_comment() {
  const std::string_view all = rest_;
  for (std::size_t at = all.find("--"); at != std::string_view::npos; at = all.find("--", at + 1)) {
    const std::string_view after = all.substr(at + 2);
    const std::size_t end = after.starts_with('>') ? 1 : at > 2 && after.starts_with("!>") ? 2 : 0;
    if (end == 0) continue;
    rest_.remove_prefix(at + 2 + end);
    return;
  }
  rest_ = {};
}

void Scanner::skip_past(char c) {
  const std::size_t at = rest_.find(c);
  rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at + 1);
}

}  // namespace tamizdat::html
