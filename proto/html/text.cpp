#include "proto/html/text.h"

#include <algorithm>

#include <cstdint>

#include "proto/base/bytes.h"

namespace tamizdat::html {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// The length of the well-formed character at the front of `text`, 0 if there is none.
std::size_t character_bytes(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  return is_utf8(text.substr(0, length)) ? length : 0;
}

std::uint32_t code_point(std::string_view character) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(character[i])); };
  switch (character.size()) {
    case 1: return at(0);
    case 2: return ((at(0) & 0x1FU) << 6) | (at(1) & 0x3FU);
    case 3: return ((at(0) & 0x0FU) << 12) | ((at(1) & 0x3FU) << 6) | (at(2) & 0x3FU);
    default: return ((at(0) & 0x07U) << 18) | ((at(1) & 0x3FU) << 12) | ((at(2) & 0x3FU) << 6) | (at(3) & 0x3FU);
  }
}

bool is_hidden(std::uint32_t c) {
  if (c < 0x20) return c != '\t' && c != '\n';
  if (c < 0x7F) return false;
  if (c < 0xA0) return true;
  return c == 0x180E || c == 0x200B || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x2064) ||
         (c >= 0x2066 && c <= 0x206F) || (c >= 0xFDD0 && c <= 0xFDEF) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) ||
         (c & 0xFFFEU) == 0xFFFEU;
}

}  // namespace

std::string clean_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = character_bytes(text);
    if (length == 0) {
      out += kReplacement;
      text.remove_prefix(1);
      continue;
    }
    const std::string_view character = text.substr(0, length);
    const std::uint32_t c = code_point(character);
    if (c == 0x2028 || c == 0x2029) out += ' ';
    else if (!is_hidden(c)) out += character;
    text.remove_prefix(length);
  }
  return out;
}

namespace {

// Empty for a character that stands for itself.
std::string_view reference_for(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return {};
  }
}

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  for (const char c : text) {
    const auto reference = reference_for(c);
    if (reference.empty()) out += c;
    else out += reference;
  }
  return out;
}

std::string_view cut_utf8(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

std::string_view cut_escaped(std::string_view text, std::size_t bytes_max) {
  std::size_t end = 0;
  for (std::size_t bytes = 0; end < text.size(); ++end) {
    bytes += std::max<std::size_t>(1, reference_for(text[end]).size());
    if (bytes > bytes_max) break;
  }
  return cut_utf8(text, end);
}

std::string collapse_space(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool pending = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool no_break = text.substr(i).starts_with("\xC2\xA0");
    if (no_break || text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r')) {
      pending = !out.empty();
      if (no_break) ++i;
      continue;
    }
    if (pending) out += ' ';
    pending = false;
    out += text[i];
  }
  return out;
}

}  // namespace tamizdat::html
