// Decisions on what to ask of which link, with links and attachments made of numbers.
#pragma once

#include "relay/federation/pulls.h"

#include <gtest/gtest.h>

#include <vector>

#include "proto/format/attachment.h"
#include "proto/format/limits.h"

namespace tamizdat::federation {

class PullsTest : public testing::Test {
 protected:
  static RelayId relay(std::uint8_t fill) {
    Hash32 key;
    key.octets.fill(fill);
    return RelayId(key);
  }
  // Of so many blocks.
  static BlobId blob(std::uint64_t blocks, std::uint8_t fill = 1) {
    return {relay(fill).value, blocks * format::kBlockBytes};
  }
  static env::MonotonicTime at(env::milliseconds time) { return env::MonotonicTime(time); }

  // It has brought enough to be asked for as much as may be.
  void open_window(LinkNumber link) {
    const BlobId warm_up = blob(4 * sync::kBlobBlocksAskedMax, 200);
    pulls.want(warm_up, link);
    for (std::uint64_t brought = 0; brought < sync::kBlobBlocksAskedMax;) {
      const auto runs = ask(link);
      brought += blocks_of(runs);
      for (const auto& run : runs) bring_and_store(link, run);
    }
    pulls.forget(warm_up);
  }
  // What is asked of the link, all of it; what must be looked up is found missing, its leaf hashes held or not.
  std::vector<sync::BlobRun> ask(LinkNumber link, Pulls::Leaves leaves = Pulls::Leaves::kHeld) {
    std::vector<sync::BlobRun> out;
    do {
      while (const auto run = pulls.next(link, at(now))) out.push_back(*run);
    } while (look_up(leaves));
    return out;
  }
  bool look_up(Pulls::Leaves leaves = Pulls::Leaves::kHeld) {
    bool any = false;
    while (const auto found = pulls.next_to_look_up()) {
      const std::vector all{store::BlockRange{0, format::block_count(found->size)}};
      pulls.looked_up(*found, leaves, all);
      any = true;
    }
    return any;
  }
  Result<Pulls::Taken> bring(LinkNumber link, const BlobId& id, std::uint64_t index, sync::BlobPart part = sync::BlobPart::kContent) {
    const auto size = sync::part_block_size(id, part, index);
    return pulls.on_block(link, {{id, part, index, 1}, Bytes(size, 'x')}, at(now));
  }
  void bring_and_store(LinkNumber link, const sync::BlobRun& run) {
    for (std::uint64_t i = run.first; i < run.first + run.count; ++i) {
      const auto taken = bring(link, run.blob, i, run.part);
      ASSERT_TRUE(taken);
      if (taken->to_store) pulls.stored(link, taken->to_store->run);
    }
  }
  static std::uint64_t blocks_of(const std::vector<sync::BlobRun>& runs) {
    std::uint64_t count = 0;
    for (const auto& run : runs) count += run.count;
    return count;
  }

  Pulls pulls;
  env::milliseconds now{0};
};

}  // namespace tamizdat::federation
