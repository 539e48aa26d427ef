#include "relay/reader/tags.h"

#include <algorithm>
#include <limits>

namespace tamizdat::reader {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) { return is_letter(c) || is_digit(c); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool all(std::string_view text, bool (*test)(char)) { return std::all_of(text.begin(), text.end(), test); }

// RFC 5646 section 2.1.1: "subtags are at most eight characters"; a tag of 35 covers every registered one.
constexpr std::size_t kSubtagBytesMax = 8;
constexpr std::size_t kLanguageBytesMax = 35;

}  // namespace

std::optional<std::string> region_tag(std::string_view text) {
  const auto hyphen = text.find('-');
  const auto country = text.substr(0, hyphen);
  if (country.size() != 2 || !all(country, is_letter)) return std::nullopt;
  if (hyphen != std::string_view::npos) {
    const auto subdivision = text.substr(hyphen + 1);
    if (subdivision.empty() || subdivision.size() > 3 || !all(subdivision, is_alphanumeric)) return std::nullopt;
  }
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), upper);
  return out;
}

std::optional<std::string> language_tag(std::string_view text) {
  const auto primary = text.substr(0, text.find('-'));
  if (primary.size() < 2 || primary.size() > kSubtagBytesMax || !all(primary, is_letter)) return std::nullopt;
  std::string out(primary);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::string lang_attribute(std::string_view text) {
  if (text.size() > kLanguageBytesMax || !language_tag(text)) return {};
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find('-', at), text.size());
    const auto subtag = text.substr(at, end - at);
    if (subtag.empty() || subtag.size() > kSubtagBytesMax || !all(subtag, is_alphanumeric)) return {};
    at = end + 1;
  }
  return std::string(text);
}

std::vector<std::string> tags_of(const std::vector<std::string>& texts,
                                 std::optional<std::string> (*tag)(std::string_view), std::size_t count_max) {
  std::vector<std::string> out;
  for (const auto& text : texts)
    if (auto found = tag(text); found && out.size() < count_max && std::find(out.begin(), out.end(), *found) == out.end())
      out.push_back(*std::move(found));
  return out;
}

std::uint16_t TagTable::number(std::string_view tag) {
  if (const auto found = numbers_.find(tag); found != numbers_.end()) return found->second;
  if (texts_.size() > std::numeric_limits<std::uint16_t>::max()) return 0;
  const auto added = numbers_.emplace(tag, static_cast<std::uint16_t>(texts_.size())).first;
  texts_.push_back(&added->first);
  return added->second;
}

std::uint16_t TagTable::find(std::string_view tag) const {
  const auto found = numbers_.find(tag);
  return found == numbers_.end() ? std::uint16_t{0} : found->second;
}

std::uint32_t TagTable::set_number(std::vector<std::uint16_t> tags) {
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  if (!tags.empty() && tags.front() == 0) tags.erase(tags.begin());
  const auto [place, added] = set_numbers_.emplace(std::move(tags), static_cast<std::uint32_t>(sets_.size()));
  if (added) sets_.push_back(&place->first);
  return place->second;
}

}  // namespace tamizdat::reader
