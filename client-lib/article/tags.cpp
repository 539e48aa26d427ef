#include "client-lib/article/tags.h"

#include <unicode/uloc.h>

#include <algorithm>
#include <array>
#include <optional>

#include "proto/format/limits.h"

namespace tamizdat::article {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) { return is_letter(c) || is_digit(c); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

bool all(std::string_view text, bool (*is)(char)) { return std::ranges::all_of(text, is); }

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  while (true) {
    const auto end = text.find(separator);
    out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

tl::unexpected<Error> not_a_language(std::string_view text, std::string_view why) {
  return fail(kLanguageInvalid, "\"" + std::string(text) + "\" is not a language tag: " + std::string(why) +
                                    " (write ru, en, tt or be-tarask)");
}

// The primary language in its shortest code, which BCP 47 wants; empty if ISO 639 has none such.
std::string known_language(std::string_view code) {
  const std::string name = lowered(code);
  std::array<char, 12> shortest{};
  UErrorCode status = U_ZERO_ERROR;
  uloc_getLanguage(name.c_str(), shortest.data(), static_cast<int>(shortest.size()), &status);
  if (U_FAILURE(status) || *uloc_getISO3Language(name.c_str()) == '\0') return {};
  return shortest.data();
}

// Where the parts of a tag may stand; the order is that of RFC 5646.
enum class Place { kLanguage, kExtended, kScript, kRegion, kVariant, kExtension };

struct Part {
  Place place;
  std::string text;
};

// What `part` can be after `last`; nothing if it fits nowhere.
std::optional<Part> classify(std::string_view part, Place last) {
  const auto size = part.size();
  if (size == 3 && all(part, is_letter) && last == Place::kLanguage) return Part{Place::kExtended, lowered(part)};
  if (size == 4 && all(part, is_letter) && last < Place::kScript) {
    std::string script = lowered(part);
    script.front() = upper(script.front());
    return Part{Place::kScript, script};
  }
  if (((size == 2 && all(part, is_letter)) || (size == 3 && all(part, is_digit))) && last < Place::kRegion) {
    std::string region(part);
    std::ranges::transform(region, region.begin(), upper);
    return Part{Place::kRegion, region};
  }
  const bool is_variant = (size >= 5 && size <= 8) || (size == 4 && is_digit(part.front()));
  if (is_variant && all(part, is_alphanumeric) && last < Place::kExtension) return Part{Place::kVariant, lowered(part)};
  return std::nullopt;
}

}  // namespace

Result<std::string> parse_language(std::string_view text) {
  if (text.empty() || text.size() > format::kTagBytesMax) return not_a_language(text, "it is empty or too long");
  const auto parts = split(text, '-');
  const auto& primary = parts.front();
  if (primary.size() < 2 || primary.size() > 3 || !all(primary, is_letter))
    return not_a_language(text, "it must begin with a language code of two or three letters");
  std::string out = known_language(primary);
  if (out.empty()) return not_a_language(text, "ISO 639 has no language \"" + std::string(primary) + "\"");
  Place last = Place::kLanguage;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    // A singleton opens an extension or private use, which runs to the end of the tag.
    if (parts[i].size() == 1 && all(parts[i], is_alphanumeric) && i + 1 < parts.size()) {
      for (; i < parts.size(); ++i) {
        if (parts[i].empty() || parts[i].size() > 8 || !all(parts[i], is_alphanumeric))
          return not_a_language(text, "\"" + std::string(parts[i]) + "\" cannot stand in it");
        out += '-' + lowered(parts[i]);
      }
      return out;
    }
    const auto part = classify(parts[i], last);
    if (!part) return not_a_language(text, "\"" + std::string(parts[i]) + "\" cannot stand there");
    last = part->place;
    out += '-' + part->text;
  }
  return out;
}

Result<std::string> parse_region(std::string_view text) {
  const auto dash = text.find('-');
  const auto country = text.substr(0, dash);
  const auto rest = dash == std::string_view::npos ? std::string_view{} : text.substr(dash + 1);
  const auto is_code = [](char c) { return (c >= 'A' && c <= 'Z') || is_digit(c); };
  if (country.size() == 2 && all(country, is_letter) && all(country, is_code) && !rest.empty() && rest.size() <= 3 &&
      all(rest, is_code))
    return std::string(text);
  return fail(kRegionInvalid, "\"" + std::string(text) +
                                  "\" is not a region code of ISO 3166-2: write the country, a dash and the region in "
                                  "capitals, such as RU-SVE or GE-TB");
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::vector<std::string> split_list(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  std::vector<std::string> out;
  for (const auto part : split(text, ','))
    if (!trimmed(part).empty()) out.emplace_back(trimmed(part));
  return out;
}

}  // namespace tamizdat::article
