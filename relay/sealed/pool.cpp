#include "relay/sealed/pool.h"

#include "proto/format/hash.h"
#include "proto/format/limits.h"

namespace tamizdat::sealed {
namespace {

constexpr env::MetricName kTakenMetric{"tamizdat_sealed_slots_total", "Slots taken into the sealed pool."};
constexpr env::MetricName kEndedMetric{"tamizdat_sealed_ended_total", "Slots of the sealed pool that came to their end."};

std::int64_t day_of(Timestamp time) { return unix_seconds(time) / 86400; }

}  // namespace

Pool::Pool(env::Environment& env, SlotFiles& files, PoolLimits limits) : env_(env), files_(files), limits_(limits) {
  env.random.fill(epoch_.octets);
}

env::awaitable<Result<void>> Pool::open() {
  auto look = [this] { return files_.open(); };
  const auto found = co_await env::run_blocking(env_.workers, std::move(look));
  if (!found) co_return tl::unexpected(found.error());
  for (const auto& file : *found) add(file.id, {0, file.octets, file.ends, std::nullopt});
  co_return Result<void>();
}

env::awaitable<void> Pool::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    co_await drop_ended();
    changes_.emit(std::nullopt);
    const auto wake = co_await env_.clock.sleep_for(kTick, stop);
    if (wake == env::Wake::kStopped) co_return;
  }
}

env::awaitable<void> Pool::drop_ended() {
  std::vector<Hash32> ended;
  for (const auto& [id, held] : slots_)
    if (held.ends <= env_.clock.now()) ended.push_back(id);
  for (const auto& id : ended) {
    auto remove = [this, id] { return files_.remove(id); };
    const auto removed = co_await env::run_blocking(env_.workers, std::move(remove));
    if (!removed) env_.log.warning("a sealed slot that ended cannot be removed", {{"error", removed.error()}});
    drop(id);
    env_.metrics.counter(kEndedMetric).add();
  }
}

Result<Timestamp> Pool::check(BytesView slot) const {
  const auto ends = format::parse_slot(slot);
  if (!ends) return ends;
  const auto now = env_.clock.now();
  if (*ends <= now) return fail(kSlotEnded, "the slot has ended: seal the letter again");
  if (*ends > now + seconds(86400 * format::kSlotDaysMax))
    return fail(kSlotTooLong, "a slot ends at most " + std::to_string(format::kSlotDaysMax) + " days ahead");
  return ends;
}

Result<void> Pool::check_room(std::uint64_t octets, const std::optional<RelayId>& peer) const {
  if (octets_ + writing_octets_ + octets > limits_.octets_max)
    return fail(kPoolFull, "the sealed pool of this relay is full: try another relay, or later");
  if (!peer) return {};
  const auto share = octets_of_peer_.find(*peer);
  if ((share == octets_of_peer_.end() ? 0 : share->second) + octets > limits_.octets_max / 2)
    return fail(kPeerShareFull, "the slots of one peer fill half of the sealed pool");
  return {};
}

env::awaitable<Result<bool>> Pool::put(Bytes slot, std::optional<RelayId> peer) {
  const auto ends = check(slot);
  if (!ends) co_return tl::unexpected(ends.error());
  const Hash32 id = format::slot_id(slot);
  if (slots_.contains(id) || writing_.contains(id)) co_return false;
  const std::uint64_t octets = slot.size();
  if (auto room = check_room(octets, peer); !room) co_return pass(room);
  writing_.insert(id);
  writing_octets_ += octets;
  auto write = [this, id, &slot] { return files_.write(id, slot); };
  const auto written = co_await env::run_blocking(env_.workers, std::move(write));
  writing_.erase(id);
  writing_octets_ -= octets;
  if (!written) co_return tl::unexpected(written.error());
  add(id, {0, octets, *ends, peer});
  env_.metrics.counter(kTakenMetric).add();
  changes_.emit(id);
  co_return true;
}

env::awaitable<Result<Bytes>> Pool::read(Hash32 id) {
  if (!slots_.contains(id)) co_return fail(kSlotUnknown, "this relay does not hold the slot, or no longer");
  auto look = [this, id] { return files_.read(id); };
  auto slot = co_await env::run_blocking(env_.workers, std::move(look));
  if (!slot && slot.error().code == format::kSlotDamaged) {
    env_.log.error("a sealed slot is damaged and was dropped", {{"error", slot.error()}});
    auto remove = [this, id] { return files_.remove(id); };
    [[maybe_unused]] const auto removed = co_await env::run_blocking(env_.workers, std::move(remove));
    drop(id);
  }
  co_return slot;
}

Result<void> Pool::take_share(const DeskId& desk, std::uint64_t octets) {
  const auto today = day_of(env_.clock.now());
  if (today != today_) shares_.clear();
  today_ = today;
  auto& share = shares_[desk];
  if (share + octets > limits_.desk_octets_per_day)
    return fail(kDeskQuota, "this desk has sealed as much today as this relay takes from one: try another relay, or tomorrow");
  share += octets;
  return {};
}

bool Pool::claim(const Hash32& id) {
  const auto now = env_.clock.monotonic();
  const auto [claimed, is_new] = claims_.emplace(id, now);
  if (!is_new && now - claimed->second < kAskAgain) return false;
  claimed->second = now;
  return true;
}

void Pool::add(const Hash32& id, Held held) {
  held.number = next_number_++;
  by_number_.emplace(held.number, id);
  octets_ += held.octets;
  if (held.peer) octets_of_peer_[*held.peer] += held.octets;
  slots_.emplace(id, held);
  claims_.erase(id);
}

void Pool::drop(const Hash32& id) {
  const auto found = slots_.find(id);
  if (found == slots_.end()) return;
  const Held& held = found->second;
  by_number_.erase(held.number);
  octets_ -= held.octets;
  if (held.peer) octets_of_peer_[*held.peer] -= held.octets;
  slots_.erase(found);
}

std::vector<Pool::Listed> Pool::after(std::uint64_t number, std::size_t count) const {
  std::vector<Listed> out;
  for (auto next = by_number_.upper_bound(number); next != by_number_.end() && out.size() < count; ++next)
    out.push_back({next->first, next->second, slots_.at(next->second).octets});
  return out;
}

std::vector<Hash32> Pool::ids() const {
  std::vector<Hash32> out;
  for (const auto& [id, held] : slots_) out.push_back(id);
  return out;
}

Hash32 Pool::digest() const {
  format::Sha256 hash;
  hash.add(format::domain_prefix("sealed-pool"));
  for (const auto& [id, held] : slots_) hash.add(id.view());
  return hash.finish();
}

}  // namespace tamizdat::sealed
