// The way from coroutines to the store's one writer. Coroutines hand in batches and sleep; while one group is being
// made durable the next one gathers, so the number of syncs follows the disk and not the number of batches. Whoever
// must react to what is new (push, feeds, receipts) subscribes.
//
// Loop thread only; the store's commit() runs on a worker, one at a time. Store, workers and executor outlive the
// writer, and the writer outlives every coroutine inside commit(): stop() it, join them, destroy it.
//
//   Batch batch{std::move(bundle), clock.now()};
//   auto done = co_await writer.commit(std::move(batch));
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <variant>
#include <vector>

#include "relay/env/coroutine.h"
#include "relay/env/event.h"
#include "relay/env/signal.h"
#include "relay/env/workers.h"
#include "relay/store/store.h"

namespace tamizdat::store {

inline constexpr ErrorCode kWriterStopped{"writer-stopped"};

// Bounds of one group: what a failed commit takes back, and how long a control message waits for bulk before it.
struct GroupLimits {
  std::size_t batches_max = 1024;
  std::size_t octets_max = 8 * 1024 * 1024;  // of headers and bodies; one batch may be larger
};

// What a durable group brought.
struct CharterChanged {
  ProjectId project;
};
struct LogGrown {
  LogId log;
  format::LogName name;
  // Entries [from, to) are new, have got their body, or are gone: see Committed::changed. Empty if the log can only be
  // served again.
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::vector<BlobId> blobs = {};  // that these entries name
  std::vector<EntryId> retracted = {};  // see Committed::retracted
};
struct EntryErased {
  LogId log;
  format::LogName name;
  std::uint64_t index = 0;
  EntryId entry;
  std::vector<BlobId> blobs = {};  // that its body named
};
using Change = std::variant<CharterChanged, LogGrown, EntryErased>;

class Writer {
 public:
  using Changes = env::Signal<const Change&>;
  using Subscription = Changes::Subscription;

  Writer(Store& store, env::Workers& workers, env::Executor loop, GroupLimits limits = {});
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer();  // checks that nothing is under way

  // Resumes when the batch is durable or refused. Batches are taken in the order of the calls. Errors: those of
  // Store::commit(), kWriterStopped.
  env::awaitable<Result<Committed>> commit(Batch batch);

  // Calls `listener` from the loop for each change of a durable group, in order, before the coroutines that committed
  // it resume. It must not wait and may not commit; it usually sets a flag and notifies an Event.
  Subscription subscribe(Changes::Listener listener) { return changes_.subscribe(std::move(listener)); }

  // The same for each bundle that the store refused as kLogForked, and who sent it: it contradicts what is held.
  using Contradictions = env::Signal<const format::VerifiedBundle&, const std::optional<RelayId>&>;
  Contradictions::Subscription subscribe_contradictions(Contradictions::Listener listener) {
    return contradictions_.subscribe(std::move(listener));
  }

  // Takes nothing more, finishes what was accepted, and returns when that is durable.
  env::awaitable<void> stop();

 private:
  struct Waiting;
  struct Group;

  void start_group();
  void finish_group(Group& group);
  void announce(const Batch& batch, const Committed& committed);

  Store& store_;
  env::Workers& workers_;
  env::Executor loop_;
  GroupLimits limits_;
  std::deque<Waiting*> queue_;  // each lives in the frame of its commit()
  std::unique_ptr<Group> group_;  // the one that a worker has
  Changes changes_;
  Contradictions contradictions_;
  bool stopping_ = false;
  env::Event idle_;
};

}  // namespace tamizdat::store
