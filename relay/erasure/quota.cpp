#include "relay/erasure/quota.h"

#include <algorithm>

namespace tamizdat::erasure {
namespace {

constexpr seconds kDay{86'400};
constexpr std::size_t kPlaceBytes = 8 + 32;

Bytes key_of(const ProjectId& project) { return Bytes("erasures at once ") + Bytes(project.view()); }

}  // namespace

Timestamp Quota::free_at(const Place& place, Timestamp now) const {
  return place.taken_at + kDay + pauses_.jumped_within(place.taken_at, now);
}

// Those that are not free again.
std::vector<Quota::Place> Quota::taken(const ProjectId& project, Timestamp now) const {
  std::vector<Place> out;
  const Bytes value = statements_.mark(key_of(project)).value_or(Bytes());
  for (BytesView rest = value; rest.size() >= kPlaceBytes; rest.remove_prefix(kPlaceBytes)) {
    const Place place{timestamp_from_unix(static_cast<std::int64_t>(read_u64_be(rest.substr(0, 8)))),
                      EntryId(*Hash32::from(rest.substr(8, 32)))};
    if (free_at(place, now) > now) out.push_back(place);
  }
  return out;
}

env::awaitable<Result<std::optional<Timestamp>>> Quota::take(ProjectId project, EntryId entry, Timestamp now) {
  auto places = taken(project, now);
  std::optional<Timestamp> wait;
  if (std::ranges::find(places, entry, &Place::entry) != places.end()) co_return wait;
  if (places.size() >= kImmediateErasuresADay) {
    wait = free_at(places.front(), now);
    for (const auto& place : places) wait = std::min(*wait, free_at(place, now));
    co_return wait;
  }
  places.push_back({now, entry});
  Bytes value;
  for (const auto& place : places) {
    append_u64_be(value, static_cast<std::uint64_t>(unix_seconds(place.taken_at)));
    value += place.entry.view();
  }
  const auto noted = co_await statements_.put_mark(key_of(project), std::move(value));
  if (!noted) co_return tl::unexpected(noted.error());
  co_return wait;
}

}  // namespace tamizdat::erasure
