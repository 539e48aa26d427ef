// Region and language tags as desks write them, and as readers browse them: one normal form each, so that "ru",
// "RU" and "ru-RU" are one list. Pure functions and a table that gives each tag, and each set of tags, a small number.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tamizdat::reader {

// "RU-SVE" or "RU": ISO 3166-2 or the country alone, in capitals. Nothing if the text has another form.
std::optional<std::string> region_tag(std::string_view text);
// The primary subtag of a BCP 47 tag in lower case: "sr" of "sr-Latn-RS". Nothing if it has another form.
std::optional<std::string> language_tag(std::string_view text);
// A whole BCP 47 tag for a `lang` attribute (form only, RFC 5646 section 2.1); empty if it has another form, which in
// HTML says "unknown".
std::string lang_attribute(std::string_view text);

// The normal forms of those of `texts` that have one, each once, the first `count_max`.
std::vector<std::string> tags_of(const std::vector<std::string>& texts,
                                 std::optional<std::string> (*tag)(std::string_view), std::size_t count_max);

// Numbers from 1; 0 stands for no tag and for the empty set. What does not fit any more becomes 0: a desk that invents
// 65,000 tags loses its lists and costs others nothing.
class TagTable {
 public:
  std::uint16_t number(std::string_view tag);
  // 0 if the tag has no number.
  std::uint16_t find(std::string_view tag) const;
  const std::string& text(std::uint16_t number) const { return *texts_[number]; }

  std::uint32_t set_number(std::vector<std::uint16_t> tags);
  const std::vector<std::uint16_t>& set(std::uint32_t number) const { return *sets_[number]; }

 private:
  std::map<std::string, std::uint16_t, std::less<>> numbers_{{"", 0}};
  std::vector<const std::string*> texts_{&numbers_.begin()->first};
  std::map<std::vector<std::uint16_t>, std::uint32_t> set_numbers_{{{}, 0}};
  std::vector<const std::vector<std::uint16_t>*> sets_{&set_numbers_.begin()->first};
};

}  // namespace tamizdat::reader
