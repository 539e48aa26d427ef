#include "relay/erasure/pauses.h"

#include <algorithm>

namespace tamizdat::erasure {
namespace {

constexpr std::size_t kPauseBytes = 16;

Bytes key_of(const ProjectId& project) { return Bytes("erasure pauses ") + Bytes(project.view()); }

}  // namespace

std::vector<Pauses::Pause> Pauses::of(const ProjectId& project) const {
  std::vector<Pause> out;
  const Bytes value = statements_.mark(key_of(project)).value_or(Bytes());
  for (BytesView rest = value; rest.size() >= kPauseBytes; rest.remove_prefix(kPauseBytes))
    out.push_back({timestamp_from_unix(static_cast<std::int64_t>(read_u64_be(rest.substr(0, 8)))),
                   timestamp_from_unix(static_cast<std::int64_t>(read_u64_be(rest.substr(8, 8))))});
  return out;
}

env::awaitable<Result<void>> Pauses::note(ProjectId project, bool is_paused, Timestamp now) {
  auto pauses = of(project);
  const bool was_paused = !pauses.empty() && pauses.back().to == Timestamp();
  if (is_paused == was_paused) co_return Result<void>();
  if (is_paused)
    pauses.push_back({now, Timestamp()});
  else
    pauses.back().to = std::max(now, pauses.back().from);
  Bytes value;
  for (const auto& pause : pauses) {
    append_u64_be(value, static_cast<std::uint64_t>(unix_seconds(pause.from)));
    append_u64_be(value, static_cast<std::uint64_t>(unix_seconds(pause.to)));
  }
  auto noted = co_await statements_.put_mark(key_of(project), std::move(value));
  co_return noted;
}

seconds Pauses::within(const ProjectId& project, Timestamp from, Timestamp to) const {
  seconds out{0};
  for (const auto& pause : of(project)) {
    const auto begin = std::max(pause.from, from);
    const auto end = std::min(pause.to == Timestamp() ? to : pause.to, to);
    if (begin < end) out += end - begin;
  }
  return out;
}

}  // namespace tamizdat::erasure
