#include "relay/submit/daily_count.h"

#include <utility>

#include "relay/env/workers.h"

namespace tamizdat::submit {
namespace {

using policy::Amount;

constexpr std::chrono::hours kDay{24};

Amount of_entries(const format::VerifiedBundle& bundle, std::uint64_t held) {
  Amount out;
  for (const auto& entry : bundle.entries())
    if (entry.header().index >= held) out += {1, entry.header().body_size};
  return out;
}

}  // namespace

DailyCount::Place::Place(Amount* under_way, Amount taken) : under_way_(under_way), taken_(taken) { *under_way_ += taken_; }
DailyCount::Place::Place(Place&& other) noexcept : under_way_(std::exchange(other.under_way_, nullptr)), taken_(other.taken_) {}
DailyCount::Place::~Place() {
  if (under_way_ != nullptr) *under_way_ -= taken_;
}

// Blocks. From the newest entry back to the first that is a day old. One of a clock that was ahead counts for nothing: it
// would shut the door until that time comes.
Result<std::deque<DailyCount::Second>> DailyCount::read(const LogId& id, std::uint64_t from, std::uint64_t to, Timestamp now) const {
  std::deque<Second> out;
  for (std::uint64_t index = to; index > from; --index) {
    const auto entry = store_.entry(id, index - 1);
    if (!entry) return tl::unexpected(entry.error());
    if (entry->received_at <= now - kDay) break;
    const auto header = format::parse_header(entry->header);
    if (!header || entry->received_at > now) continue;
    if (out.empty() || out.front().at != entry->received_at) out.push_front({entry->received_at, {}});
    out.front().amount += {1, header->body_size};
  }
  return out;
}

env::awaitable<Result<void>> DailyCount::count(LogId id, Timestamp now) {
  for (;;) {
    const auto state = store_.log(id);
    const std::uint64_t size = state ? state->size : 0;
    Log& log = logs_[id];
    if (size < log.counted) {
      log.counted = 0;
      log.seconds.clear();
    }
    if (size == log.counted) break;
    const std::uint64_t from = log.counted;
    auto look = [this, id, from, size, now] { return read(id, from, size, now); };
    auto found = co_await env::run_blocking(env_.workers, std::move(look));
    if (!found) co_return tl::unexpected(found.error());
    if (log.counted != from) continue;  // another submission has looked meanwhile
    for (const Second& second : *found) log.seconds.push_back(second);
    log.counted = size;
  }
  auto& seconds = logs_[id].seconds;
  while (!seconds.empty() && seconds.front().at <= now - kDay) seconds.pop_front();
  co_return Result<void>();
}

env::awaitable<DailyCount::Answer> DailyCount::admit(format::VerifiedCharter charter, const format::VerifiedBundle& bundle) {
  const format::Desk* const desk = charter.content().desk(bundle.head().desk());
  if (desk == nullptr || (desk->entries_per_day == 0 && desk->bytes_per_day == 0)) co_return Answer{};
  const LogId id = bundle.head().log();
  const Timestamp now = env_.clock.now();
  const auto counted = co_await count(id, now);
  if (!counted) co_return Answer{tl::unexpected(counted.error()), {}, {}};
  Log& log = logs_[id];
  const Amount more = of_entries(bundle, log.counted);
  Amount taken = log.under_way;
  for (const Second& second : log.seconds) taken += second.amount;
  Answer answer{policy::admit_amount(*desk, taken, more), {}, {}};
  if (answer.allowed) co_return Answer{{}, Place(&log.under_way, more), {}};
  for (const Second& second : log.seconds) {
    taken -= second.amount;
    answer.retry_after = second.at + kDay - now;
    if (policy::admit_amount(*desk, taken, more)) break;
  }
  co_return answer;
}

}  // namespace tamizdat::submit
