// Slots and a pool for tests: a disk in memory, a clock that stands.
#pragma once

#include "relay/sealed/pool.h"
#include "tests/support/counting_random.h"
#include "tests/support/loop_workers.h"
#include "tests/support/memory_stream.h"
#include "tests/support/project_builder.h"
#include "tests/support/recorded_log.h"
#include "tests/support/recorded_metrics.h"
#include "tests/support/store_fault_disk.h"
#include "tests/support/test_loop.h"

namespace tamizdat::sealed {

inline constexpr std::int64_t kDay = 86400;
inline constexpr std::uint64_t kSmall = 16 * 1024;

// Octets that relays take for a slot: they see the size and the end only.
inline Bytes slot_of(std::uint64_t number, Timestamp now, std::int64_t days = 14) {
  Bytes out;
  append_u64_be(out, static_cast<std::uint64_t>((unix_seconds(now) / kDay + days) * kDay));
  const Hash32 filling = tests::octets_from("slot", number);
  while (out.size() < kSmall) out += filling.view();
  out.resize(kSmall);
  return out;
}

struct PoolFixture {
  explicit PoolFixture(PoolLimits limits = {}) : pool(env, files, limits) {
    TMZ_CHECK(disk.make_folder("data") && disk.sync_folder(".", store::SyncSite::kStoreFolder));
    TMZ_CHECK(loop.run(pool.open()));
  }
  Result<bool> put(Bytes slot, Origin origin = ProjectId(tests::octets_from("project", 1))) {
    return loop.run(pool.put(std::move(slot), origin));
  }
  Timestamp now() { return loop.clock().now(); }

  tests::TestLoop loop;
  tests::LoopWorkers workers{loop.executor()};
  tests::CountingRandom random;
  tests::MemoryNetwork network;
  tests::RecordedLog log;
  tests::RecordedMetrics metrics;
  env::Environment env{loop.executor(), loop.clock(), random, network, workers, log, metrics};
  tests::FaultDisk disk;
  SlotFiles files{disk, "data/sealed"};
  Pool pool;
};

}  // namespace tamizdat::sealed
