#include "relay/sealed/pool.h"

#include "proto/format/hash.h"

namespace tamizdat::sealed {
namespace {

constexpr env::MetricName kTakenMetric{"tamizdat_sealed_slots_total", "Slots taken into the sealed pool."};
constexpr env::MetricName kEndedMetric{"tamizdat_sealed_ended_total", "Slots of the sealed pool that came to their end."};

}  // namespace

Pool::Pool(env::Environment& env, SlotFiles& files, PoolLimits limits)
    : env_(env), files_(files), limits_(limits), shares_(limits.octets_max, limits.project_octets_per_day) {}

env::awaitable<Result<void>> Pool::open() {
  auto look = [this] { return files_.open(); };
  const auto found = co_await env::run_blocking(env_.workers, std::move(look));
  if (!found) co_return tl::unexpected(found.error());
  for (const auto& file : *found)
    if (slots_.try_emplace(file.id, Held{file.octets, file.ends, file.source, std::nullopt}).second)
      shares_.take(file.source, std::nullopt, file.octets);
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
  std::vector<std::pair<Hash32, Source>> ended;
  for (const auto& [id, held] : slots_)
    if (held.ends <= env_.clock.now()) ended.emplace_back(id, held.source);
  for (const auto& slot : ended) {
    auto remove = [this, &slot] { return files_.remove(slot.first, slot.second); };
    const auto removed = co_await env::run_blocking(env_.workers, std::move(remove));
    if (!removed) env_.log.warning("a sealed slot that ended cannot be removed", {{"error", removed.error()}});
    drop(slot.first);
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

Result<void> Pool::check_room(const Origin& origin, std::uint64_t octets) const {
  if (slots_.size() + writing_.size() >= limits_.slots_max)
    return fail(kPoolFull, "the sealed pool of this relay holds as many slots as it lists: try another relay, or later");
  return shares_.check(origin, octets, env_.clock.now());
}

env::awaitable<Result<bool>> Pool::put(Bytes slot, Origin origin) {
  const auto ends = check(slot);
  if (!ends) co_return tl::unexpected(ends.error());
  const Hash32 id = format::slot_id(slot);
  while (writing_.contains(id)) co_await written_.wait();
  if (slots_.contains(id)) co_return false;
  if (auto room = check_room(origin, slot.size()); !room) co_return pass(room);
  Held held{slot.size(), *ends, source_of(origin), std::nullopt};
  if (const auto* const project = std::get_if<ProjectId>(&origin)) held.project = *project;
  auto written = co_await write(id, std::move(slot), std::move(held));
  co_return written;
}

env::awaitable<Result<bool>> Pool::write(const Hash32& id, Bytes slot, Held held) {
  const auto now = env_.clock.now();
  writing_.insert(id);
  shares_.take(held.source, held.project, held.octets);
  if (held.project) shares_.take_of_day(*held.project, held.octets, now);
  auto write_file = [this, id, &held, &slot] { return files_.write(id, held.source, slot); };
  const auto written = co_await env::run_blocking(env_.workers, std::move(write_file));
  writing_.erase(id);
  written_.notify_all();
  if (!written) {
    shares_.give_back(held.source, held.project, held.octets);
    if (held.project) shares_.give_back_of_day(*held.project, held.octets, now);
    co_return tl::unexpected(written.error());
  }
  slots_.emplace(id, std::move(held));
  claims_.erase(id);
  env_.metrics.counter(kTakenMetric).add();
  changes_.emit(id);
  co_return true;
}

env::awaitable<Result<Bytes>> Pool::read(Hash32 id) {
  const auto found = slots_.find(id);
  if (found == slots_.end()) co_return fail(kSlotUnknown, "this relay does not hold the slot, or no longer");
  const Source source = found->second.source;
  auto look = [this, id, source] { return files_.read(id, source); };
  auto slot = co_await env::run_blocking(env_.workers, std::move(look));
  if (!slot && slot.error().code == format::kSlotDamaged) {
    env_.log.error("a sealed slot is damaged and was dropped", {{"error", slot.error()}});
    auto remove = [this, id, source] { return files_.remove(id, source); };
    [[maybe_unused]] const auto removed = co_await env::run_blocking(env_.workers, std::move(remove));
    drop(id);
  }
  co_return slot;
}

bool Pool::claim(const Hash32& id) {
  const auto now = env_.clock.monotonic();
  const auto [claimed, is_new] = claims_.emplace(id, now);
  if (!is_new && now - claimed->second < kAskAgain) return false;
  claimed->second = now;
  return true;
}

void Pool::drop(const Hash32& id) {
  const auto found = slots_.find(id);
  if (found == slots_.end()) return;
  shares_.give_back(found->second.source, found->second.project, found->second.octets);
  slots_.erase(found);
}

std::map<Timestamp, std::vector<Hash32>> Pool::by_end() const {
  std::map<Timestamp, std::vector<Hash32>> out;
  for (const auto& [id, held] : slots_) out[held.ends].push_back(id);
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
