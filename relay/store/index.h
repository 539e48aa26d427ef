// The index of a segment store, in LMDB: what each log holds and where each entry lies. Everything in it can be read
// out of the segments again, so it may lag, be deleted or be made anew; it may never be wrong.
//
// How a crash cannot make it wrong: a commit costs two syncs and is whole or nothing (lmdb/environment.h). The price is
// paid once for many groups: entries wait in memory (held_state.h) until thousands have gathered, and their random ids
// go into each leaf page several at a time. One transaction holds the entries and "applied up to this group"; a start reads the groups after it again. It
// is written only after those groups are durable in the segments, so it never knows more than they do.
//
// Size: 41 octets an entry for place and leaf hash (blocks of 100 fill a page of 4 KiB, with hardly any waste since
// blocks are written once they are full or rewritten in place), about 45 for the id, and 32 for every 256 entries, for
// the Merkle nodes that keep a proof below about 1,000 hashes.
//
// Threads: write() by the writer; a View is a snapshot for the thread that made it, beside writes.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>

#include "relay/lmdb/environment.h"
#include "relay/store/segment_files.h"
#include "relay/store/store.h"

namespace tamizdat::store {

// Nothing usable there: delete it and make it anew.
inline constexpr ErrorCode kIndexUnusable{"index-unusable"};

// Where an entry lies, and its leaf hash.
struct Slot {
  EntryId id;
  SegmentPlace place;
  bool has_body = true;
};

// Merkle nodes are kept at levels that are multiples of this.
inline constexpr unsigned kNodeLevels = 8;

struct NodeKey {
  unsigned level = 0;
  std::uint64_t index = 0;
  friend auto operator<=>(const NodeKey&, const NodeKey&) = default;
};

// A log as the index keeps it. `head` is the head's exact octets, empty without one.
struct IndexedLog {
  std::uint32_t number = 0;  // short name of the log within this index
  format::LogName name;
  format::CompactRange held;
  std::vector<Hash32> after;
  Bytes head;
};

class Index {
 public:
  // One read-only snapshot.
  class View {
   public:
    explicit View(const Index& index);

    // Nothing for an index that was never written; what lies beyond the size of the log means nothing.
    std::optional<Slot> slot(std::uint32_t log, std::uint64_t index) const;
    std::optional<Hash32> node(std::uint32_t log, const NodeKey& key) const;
    struct Place {
      std::uint32_t log = 0;
      std::uint64_t index = 0;
    };
    // A candidate: the caller compares the whole id, as the index knows 12 octets of it.
    std::optional<Place> find(const EntryId& id) const;
    // Candidates: entries whose body named the attachment when they were written.
    std::vector<Place> naming(const BlobId& blob) const;
    std::vector<BlobId> blobs_after(const std::optional<BlobId>& after, std::size_t count) const;
    // Candidates: entries that came as a retraction of this one.
    std::vector<Place> retracting(const EntryId& target) const;
    std::vector<EntryId> retracted_after(const std::optional<EntryId>& after, std::size_t count) const;

   private:
    std::vector<Place> places_behind(unsigned table, BytesView prefix) const;
    lmdb::Snapshot snapshot_;
  };

  // One transaction. Nothing is there before commit().
  class Update {
   public:
    explicit Update(Index& index);

    void put_charter(const ProjectId& project, std::uint64_t version, BytesView signed_charter);
    // None of a version above this one.
    void cut_charters(const ProjectId& project, std::uint64_t version);
    void put_log(const IndexedLog& log);
    // Slots of the entries from `first` on; those before stay.
    void put_slots(std::uint32_t log, std::uint64_t first, std::span<const Slot> slots);
    void put_node(std::uint32_t log, const NodeKey& key, const Hash32& hash);
    void put_id(const EntryId& id, std::uint32_t log, std::uint64_t index);
    void put_naming(const BlobId& blob, std::uint32_t log, std::uint64_t index);
    void put_retracting(const EntryId& target, std::uint32_t log, std::uint64_t index);
    // Of bodies in this segment.
    void put_erased(std::uint32_t segment, std::uint64_t octets);
    // Durable when it returns. Errors: kDiskFull, kDiskFailed, of this and of every call before.
    Result<void> commit(const GroupEnd& applied);

   private:
    const std::string& folder_;
    lmdb::Update update_;
  };

  // Opens or makes the index in this folder. Errors: kIndexUnusable, kDiskFull, kDiskFailed.
  static Result<std::unique_ptr<Index>> open(const std::string& folder);
  // Deletes it.
  static void remove(const std::string& folder);
  static bool exists(const std::string& folder);
  // Puts the index in `fresh`, which then is gone, in the place of that in `folder`: a crash leaves one or the other.
  // Neither is open. Errors: kDiskFailed.
  static Result<void> replace(const std::string& folder, const std::string& fresh);

  struct Charter {
    ProjectId project;
    std::uint64_t version = 0;
    Bytes signed_charter;
  };
  struct Contents {
    GroupEnd applied;               // segment 0: empty
    std::vector<Charter> charters;  // by project, ascending
    std::vector<IndexedLog> logs;   // by number
    std::map<std::uint32_t, std::uint64_t> erased_octets;  // by segment
  };
  // What the store keeps in memory. Errors: kIndexUnusable.
  Result<Contents> contents() const;

 private:
  Index(std::unique_ptr<lmdb::Environment> environment, std::string folder)
      : environment_(std::move(environment)), folder_(std::move(folder)) {}
  std::unique_ptr<lmdb::Environment> environment_;
  std::string folder_;
};

}  // namespace tamizdat::store
