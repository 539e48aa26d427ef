#include "relay/daemon/quantities.h"

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <span>

namespace tamizdat::daemon {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
// Largest first, for printing.
constexpr std::array<Unit, 4> kSizeUnits{{{"GiB", 1ULL << 30U}, {"MiB", 1ULL << 20U}, {"KiB", 1ULL << 10U}, {"B", 1}}};
constexpr std::array<Unit, 4> kTimeUnits{{{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}}};
// No quantity of a relay comes near it, and sums of two still fit a signed 64-bit number.
constexpr std::uint64_t kQuantityMax = std::numeric_limits<std::int64_t>::max() / 2;

std::optional<std::uint64_t> parse_quantity(std::string_view text, std::span<const Unit> units) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  std::string_view unit_name = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit_name.starts_with(' ')) unit_name.remove_prefix(1);
  for (const Unit& unit : units) {
    if (unit.name == unit_name && number <= kQuantityMax / unit.factor) return number * unit.factor;
  }
  return std::nullopt;
}

const Unit& largest_unit_dividing(std::uint64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) return unit;
  }
  return units.back();
}

}  // namespace

Result<std::uint64_t> parse_byte_size(std::string_view text) {
  const auto bytes = parse_quantity(text, kSizeUnits);
  if (!bytes) {
    return fail(kQuantityInvalid,
                "'" + std::string(text) + "' is no size: write a whole number and B, KiB, MiB or GiB, as in \"1 MiB\"");
  }
  return *bytes;
}

std::string print_byte_size(std::uint64_t bytes) {
  const Unit& unit = largest_unit_dividing(bytes, kSizeUnits);
  return std::to_string(bytes / unit.factor) + " " + std::string(unit.name);
}

Result<std::chrono::seconds> parse_duration(std::string_view text) {
  const auto count = parse_quantity(text, kTimeUnits);
  if (!count) {
    return fail(kQuantityInvalid, "'" + std::string(text) +
                                      "' is no time span: write a whole number and s, m, h or d, as in \"72h\"");
  }
  return std::chrono::seconds(*count);
}

std::string print_duration(std::chrono::seconds duration) {
  const auto count = static_cast<std::uint64_t>(duration.count());
  const Unit& unit = largest_unit_dividing(count, kTimeUnits);
  return std::to_string(count / unit.factor) + std::string(unit.name);
}

}  // namespace tamizdat::daemon
