#include "relay/reader/tongue.h"

#include <algorithm>
#include <array>
#include <string>

namespace tamizdat::reader {
namespace {

// Ranges looked at: browsers send up to ten.
constexpr std::size_t kRangesMax = 32;

// Where Russian is read more widely than English, should neither be named.
constexpr std::array<std::string_view, 22> kReadRussian{"ru", "be", "uk",  "kk",  "ky",  "tg", "uz", "tt",
                                                        "ba", "cv", "ce",  "os",  "av",  "kv", "mn", "az",
                                                        "hy", "ka", "sah", "udm", "mhr", "tyv"};

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// In thousandths; 1000 without a weight, 0 for a malformed one.
int weight_of(std::string_view parameters) {
  const auto at = parameters.find("q=");
  if (at == std::string_view::npos) return 1000;
  const auto value = parameters.substr(at + 2);
  if (value.empty() || (value[0] != '0' && value[0] != '1')) return 0;
  int weight = value[0] == '1' ? 1000 : 0, unit = 100;
  if (weight == 1000 || value.size() < 2 || value[1] != '.') return weight;
  for (std::size_t i = 2; i < value.size() && i < 5 && value[i] >= '0' && value[i] <= '9'; ++i, unit /= 10)
    weight += (value[i] - '0') * unit;
  return weight;
}

struct Wish {
  std::string primary;  // lower case
  int weight = 0;
};

Wish wish_of(std::string_view range) {
  const auto semicolon = std::min(range.find(';'), range.size());
  const auto tag = trim(range.substr(0, semicolon));
  Wish wish{std::string(tag.substr(0, tag.find('-'))), weight_of(range.substr(semicolon))};
  for (auto& c : wish.primary)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return wish;
}

}  // namespace

Tongue tongue_for(std::string_view accept_language) {
  Wish best, fallback;
  for (std::size_t at = 0, n = 0; at < accept_language.size() && n < kRangesMax; ++n) {
    const auto end = std::min(accept_language.find(',', at), accept_language.size());
    const auto wish = wish_of(accept_language.substr(at, end - at));
    at = end + 1;
    if ((wish.primary == "ru" || wish.primary == "en") && wish.weight > best.weight) best = wish;
    if (wish.weight > fallback.weight) fallback = wish;
  }
  if (best.weight > 0) return best.primary == "ru" ? Tongue::kRussian : Tongue::kEnglish;
  if (fallback.weight == 0 || fallback.primary == "*") return Tongue::kRussian;
  const bool reads_russian =
      std::find(kReadRussian.begin(), kReadRussian.end(), fallback.primary) != kReadRussian.end();
  return reads_russian ? Tongue::kRussian : Tongue::kEnglish;
}

std::string_view language_of(Tongue tongue) { return tongue == Tongue::kRussian ? "ru" : "en"; }

}  // namespace tamizdat::reader
