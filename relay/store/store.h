// What a relay holds: charter chains and logs, each log contiguous from entry 0, with the newest head that its entries
// can be proven under. Accepts verified values only; gives back the exact bytes. One contract suite runs over every
// backend.
//
// Threads: commit() blocks and is called by one thread at a time (the writer's); every other function may be called
// from any thread, also during a commit, and sees whole commits only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "proto/format/bundle.h"
#include "proto/format/verify.h"

namespace tamizdat::store {

inline constexpr ErrorCode kUnknownProject{"unknown-project"};
inline constexpr ErrorCode kUnknownLog{"unknown-log"};
inline constexpr ErrorCode kUnknownEntry{"unknown-entry"};
// The bundle starts after the end of what is held: send from there.
inline constexpr ErrorCode kGap{"gap"};
// Entries or tree contradict what is held: two histories of one log.
inline constexpr ErrorCode kLogForked{"log-forked"};
// Verified under a charter that is no longer in force: verify again.
inline constexpr ErrorCode kCharterOutdated{"charter-outdated"};
// Disk full or broken: the text says which and what to do.
inline constexpr ErrorCode kStoreFailed{"store-failed"};

struct LogState {
  LogId id;
  format::LogName name;
  std::uint64_t size = 0;  // entries held
  Hash32 root;             // of the first `size` entries
  format::VerifiedHead head;  // the one that bundle() serves under; its size is `size` or more. See advance.h
};

// What another charter of a version that is held means.
enum class OnFork : std::uint8_t {
  kRefuse,
  kReplace,  // the fork is decided for these: from that version on they take the place of those held
};

// A whole chain or its continuation: versions of one project, ascending without a gap, at least one.
struct Charters {
  std::vector<format::VerifiedCharter> charters;
  OnFork on_fork = OnFork::kRefuse;
};

// The body of this entry goes for good: its project retracted it. Header and proofs stay, and from now on the entry is
// absent, erased. A body that comes later (after a closing that cut the retraction away) is taken again.
struct Erasure {
  format::LogName log;
  std::uint64_t index = 0;
  EntryId entry;
  std::vector<BlobId> blobs = {};  // that its body names
};

struct Batch {
  std::variant<format::VerifiedBundle, Charters, Erasure> content;
  Timestamp received_at;
  std::optional<RelayId> from = {};  // the peer that sent it; none: a desk, or this relay
};

// Entries [from, to).
struct EntryRange {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};

// For an erasure: `changed` is the entry, none if it has no body; the sizes mean nothing.
// For a bundle: entries [size_before, size_after) are new. For charters the same with versions: (size_before,
// size_after] are new, and size_before is 0 for a new project; what was held of higher versions is gone then.
struct Committed {
  std::uint64_t size_before = 0;
  std::uint64_t size_after = 0;
  // For a bundle: what a reader finds different now, which is new entries, those whose body came, and those that are gone
  // with the branch that a closing ended; empty, at the size held, if the log can only be served again. None if all of it
  // was held already.
  std::optional<EntryRange> changed = {};
  // Attachments that the entries which are new or got their body name.
  std::vector<BlobId> blobs = {};
  // Entries that the project retracts, as far as this batch brought the retraction or the text.
  std::vector<EntryId> retracted = {};
};

struct StoredEntry {
  format::LogName log;
  EntryId id;
  std::uint64_t index = 0;
  Bytes header;
  std::optional<Bytes> body;
  std::optional<format::Absence> absence;
  Timestamp received_at;  // of its body, if that came later
  std::optional<Timestamp> opened_at = {};  // until then the text was under embargo (readers_store.h)
};

inline bool names(const StoredEntry& entry, const BlobId& blob) {
  return entry.body && std::ranges::binary_search(format::blobs_named_by(*entry.body), blob);
}

struct ServedBundle {
  Bytes bytes;
  std::uint64_t to = 0;  // index after its last entry
};

class Store {
 public:
  virtual ~Store() = default;

  // Commits the batches as one group, in order; durable when it returns. One result a batch: a refused batch (kGap,
  // kLogForked, kCharterOutdated, kUnknownProject; for charters format::kCharterSkipped and kCharterForked; for an erasure
  // kUnknownEntry, if it is not durable here yet or another one) leaves the
  // others alone; after kStoreFailed nothing of the group is acknowledged or visible, and a later commit may succeed.
  virtual std::vector<Result<Committed>> commit(std::span<const Batch> batches) = 0;

  // Gives the space of erased bodies back to the disk, of one part of the store at most: true if there was one where it is
  // worth the work. What is held stays as it is. Any thread, also beside a commit; one call at a time. Errors: kStoreFailed.
  virtual Result<bool> compact() { return false; }

  virtual std::vector<ProjectId> projects() const = 0;
  // The charter in force.
  virtual std::optional<format::VerifiedCharter> charter(const ProjectId& project) const = 0;
  // From version 1 to the one in force; empty for an unknown project.
  virtual std::vector<format::VerifiedCharter> charter_chain(const ProjectId& project) const = 0;
  // Logs that can be served. A log whose head a charter has just ended (a closed desk), and of which the closing leaves more
  // than is held, is missing here until a bundle of it comes; its entries are still given out by entry() and find().
  virtual std::vector<LogState> logs() const = 0;
  virtual std::optional<LogState> log(const LogId& id) const = 0;

  // A bundle under the newest head that starts at `from` and holds as many entries as are held, at most `entries_max`
  // and the format's 1 MiB. Errors: kUnknownLog, kUnknownEntry (from is not held), kStoreFailed.
  virtual Result<ServedBundle> bundle(const LogId& id, std::uint64_t from, std::uint64_t entries_max) const = 0;
  // Errors: kUnknownLog, kUnknownEntry, kStoreFailed.
  virtual Result<StoredEntry> entry(const LogId& id, std::uint64_t index) const = 0;
  struct Position {
    LogId log;
    std::uint64_t index = 0;
    friend auto operator<=>(const Position&, const Position&) = default;
  };
  virtual std::optional<Position> find(const EntryId& id) const = 0;

  // The root of the first `size` entries of a log, at most those that are held: by the proof under which entry `size` is
  // served. Errors: those of bundle(), of format::verify_bundle.
  Result<Hash32> root_at(const LogId& id, std::uint64_t size) const;

  // Attachments are kept apart (blob_files.h); the entries tell which ones belong here.
  // Candidates for entry_naming() and what is like it: entries whose body named the attachment when they came.
  virtual std::vector<Position> naming(const BlobId& blob) const = 0;
  // An entry held here whose body names the attachment.
  std::optional<Position> entry_naming(const BlobId& blob) const;
  // Attachments after `after` that entries held here name or once named, ascending, at most `count`.
  virtual std::vector<BlobId> blobs_after(const std::optional<BlobId>& after, std::size_t count) const = 0;

  // Candidates for retraction_of() in retraction.h: entries of any project that came as a retraction of this one.
  virtual std::vector<Position> retracting(const EntryId& target) const = 0;
  // Entries after `after` that came or once came with a retraction, ascending, at most `count`; they need not be held.
  virtual std::vector<EntryId> retracted_after(const std::optional<EntryId>& after, std::size_t count) const = 0;
};

}  // namespace tamizdat::store
