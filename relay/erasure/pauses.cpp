#include "relay/erasure/pauses.h"

#include <algorithm>

namespace tamizdat::erasure {
namespace {

constexpr std::size_t kPauseBytes = 16;
// A clock that jumps more often than that forgets the oldest jumps, which are of months ago.
constexpr std::size_t kJumpsMax = 256;

Bytes key_of(const ProjectId& project) { return Bytes("erasure pauses ") + Bytes(project.view()); }
Bytes key_of_jumps() { return Bytes("erasure clock jumps"); }

// Of [from, to), what at least one of them covers.
template <typename Pause>
seconds covered(std::vector<Pause> pauses, Timestamp from, Timestamp to) {
  std::ranges::sort(pauses, {}, &Pause::from);
  seconds out{0};
  for (const auto& pause : pauses) {
    const auto begin = std::max(pause.from, from);
    const auto end = std::min(pause.to == Timestamp() ? to : pause.to, to);
    if (begin >= end) continue;
    out += end - begin;
    from = end;
  }
  return out;
}

}  // namespace

std::vector<Pauses::Pause> Pauses::at(const Bytes& key) const {
  std::vector<Pause> out;
  const Bytes value = statements_.mark(key).value_or(Bytes());
  for (BytesView rest = value; rest.size() >= kPauseBytes; rest.remove_prefix(kPauseBytes))
    out.push_back({timestamp_from_unix(static_cast<std::int64_t>(read_u64_be(rest.substr(0, 8)))),
                   timestamp_from_unix(static_cast<std::int64_t>(read_u64_be(rest.substr(8, 8))))});
  return out;
}

env::awaitable<Result<void>> Pauses::put(Bytes key, std::vector<Pause> pauses) {
  Bytes value;
  for (const auto& pause : pauses) {
    append_u64_be(value, static_cast<std::uint64_t>(unix_seconds(pause.from)));
    append_u64_be(value, static_cast<std::uint64_t>(unix_seconds(pause.to)));
  }
  auto noted = co_await statements_.put_mark(std::move(key), std::move(value));
  co_return noted;
}

env::awaitable<Result<void>> Pauses::note(ProjectId project, bool is_paused, Timestamp now) {
  Bytes key = key_of(project);
  auto pauses = at(key);
  const bool was_paused = !pauses.empty() && pauses.back().to == Timestamp();
  if (is_paused == was_paused) co_return Result<void>();
  if (is_paused)
    pauses.push_back({now, Timestamp()});
  else
    pauses.back().to = std::max(now, pauses.back().from);
  auto noted = co_await put(std::move(key), std::move(pauses));
  co_return noted;
}

env::awaitable<Result<void>> Pauses::note_jump(Timestamp from, Timestamp to) {
  Bytes key = key_of_jumps();
  auto jumps = at(key);
  if (jumps.size() == kJumpsMax) jumps.erase(jumps.begin());
  jumps.push_back({from, to});
  auto noted = co_await put(std::move(key), std::move(jumps));
  co_return noted;
}

seconds Pauses::within(const ProjectId& project, Timestamp from, Timestamp to) const {
  auto pauses = at(key_of(project));
  for (const auto& jump : at(key_of_jumps())) pauses.push_back(jump);
  return covered(std::move(pauses), from, to);
}

seconds Pauses::jumped_within(Timestamp from, Timestamp to) const { return covered(at(key_of_jumps()), from, to); }

}  // namespace tamizdat::erasure
