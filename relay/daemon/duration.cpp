#include "relay/daemon/duration.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace tamizdat::daemon {
namespace {

struct Unit {
  char name;
  std::int64_t seconds;
};
// Largest first, for printing.
constexpr std::array<Unit, 4> kUnits{{{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}}};
constexpr std::int64_t kCountMax = 1'000'000'000;  // thirty years of seconds; a product with any unit fits 64 bits

}  // namespace

Result<std::chrono::seconds> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  std::string_view unit_name = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit_name.starts_with(' ')) unit_name.remove_prefix(1);
  if (error == std::errc() && count >= 0 && count <= kCountMax && unit_name.size() == 1) {
    for (const Unit& unit : kUnits) {
      if (unit.name == unit_name.front()) return std::chrono::seconds(count * unit.seconds);
    }
  }
  return fail(kDurationInvalid, "'" + std::string(text) +
                                    "' is no time span: write a whole number and s, m, h or d, as in \"72h\"");
}

std::string print_duration(std::chrono::seconds duration) {
  const std::int64_t count = duration.count();
  for (const Unit& unit : kUnits) {
    if (count != 0 && count % unit.seconds == 0) return std::to_string(count / unit.seconds) + unit.name;
  }
  return "0s";
}

}  // namespace tamizdat::daemon
