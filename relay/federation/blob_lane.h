// The last lane of a link: the blocks of attachments that the peer asked for, in its order, and the attachments that it
// asked for in vain. Blocks are read from the disk when the line has nothing else to carry. No I/O.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <set>

#include "proto/sync/link_message.h"

namespace tamizdat::federation {

class BlobLane {
 public:
  // Attachments that a peer is told of when they have become whole; of others it learns when it asks again.
  static constexpr std::size_t kAwaitedMax = 4096;

  // False if the peer asks for more than it may.
  bool ask(const sync::BlobRun& run) {
    if (run.count > sync::kBlobBlocksAskedMax - blocks_) return false;
    blocks_ += run.count;
    asked_.push_back(run);
    return true;
  }
  // What to answer next.
  std::optional<sync::BlobRun> next() const {
    return asked_.empty() ? std::nullopt : std::optional(asked_.front());
  }
  // The first `count` blocks of it are answered.
  void answered(std::uint64_t count) {
    blocks_ -= count;
    asked_.front().first += count;
    asked_.front().count -= count;
    if (asked_.front().count == 0) asked_.pop_front();
  }

  // The peer waits for this attachment, and is told once.
  void await(const BlobId& blob) {
    if (awaited_.size() < kAwaitedMax) awaited_.insert(blob);
  }
  bool is_awaited(const BlobId& blob) { return awaited_.erase(blob) > 0; }

 private:
  std::deque<sync::BlobRun> asked_;
  std::uint64_t blocks_ = 0;
  std::set<BlobId> awaited_;
};

}  // namespace tamizdat::federation
