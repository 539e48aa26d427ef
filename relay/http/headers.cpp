#include "relay/http/headers.h"

#include <algorithm>

namespace tamizdat::http {
namespace {

constexpr std::string_view kColon = ": ";
constexpr std::string_view kEndOfLine = "\r\n";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lower, lower); }

bool breaks_a_line(char c) { return c == '\r' || c == '\n' || c == '\0'; }

}  // namespace

Headers::Field Headers::field(const Place& place) const {
  const std::string_view lines = lines_;
  return {lines.substr(place.at, place.name_size),
          lines.substr(place.at + place.name_size + kColon.size(), place.value_size)};
}

std::vector<Headers::Field> Headers::fields() const {
  std::vector<Field> out;
  for (const auto& place : places_) out.push_back(field(place));
  return out;
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const auto& place : places_)
    if (same_name(field(place).name, name)) return field(place).value;
  return std::nullopt;
}

std::string Headers::joined(std::string_view name) const {
  std::string out;
  for (const auto& place : places_) {
    if (!same_name(field(place).name, name)) continue;
    if (!out.empty()) out += ", ";
    out += field(place).value;
  }
  return out;
}

void Headers::add(std::string_view name, std::string_view value) {
  Place place;
  place.at = lines_.size();
  place.name_size = name.size();
  lines_ += name;
  lines_ += kColon;
  const auto begin = static_cast<std::ptrdiff_t>(lines_.size());
  lines_ += value;
  lines_.erase(std::remove_if(lines_.begin() + begin, lines_.end(), breaks_a_line), lines_.end());
  place.value_size = lines_.size() - static_cast<std::size_t>(begin);
  lines_ += kEndOfLine;
  places_.push_back(place);
}

void Headers::set(std::string_view name, std::string_view value) {
  for (auto place = places_.begin(); place != places_.end();) {
    if (!same_name(field(*place).name, name)) {
      ++place;
      continue;
    }
    const std::size_t size = place->name_size + kColon.size() + place->value_size + kEndOfLine.size();
    lines_.erase(place->at, size);
    place = places_.erase(place);
    for (auto later = place; later != places_.end(); ++later) later->at -= size;
  }
  add(name, value);
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(places_, [&](const Place& place) { return same_name(field(place).name, name); }));
}

}  // namespace tamizdat::http
