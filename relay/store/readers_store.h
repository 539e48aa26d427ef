// A store as readers may see it, who are everybody but other relays: what is under embargo is not there yet. Pages, feeds
// and the submit API read through it; links read the store itself, since relays pass on all that they hold.
//
//   - A sealed body is kEmbargoed until an EMBARGO_KEY entry of the same project has brought its key; then entry() gives
//     the article itself. bundle() gives sealed octets always, for they are what the desk signed.
//   - A plain embargo (a `not_before` without a sealed body) is kEmbargoed everywhere until its time has come.
//
// Keys are learned from the entries that are read: who wants sealed articles opened reads every entry once, as the catalog
// does. A key costs about 150 octets. The inner store and the clock outlive it; threads as for every store.
#pragma once

#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "relay/env/clock.h"
#include "relay/store/store.h"

namespace tamizdat::store {

class ReadersStore final : public Store {
 public:
  ReadersStore(Store& inner, const env::Clock& clock) : inner_(inner), clock_(clock) {}

  std::vector<Result<Committed>> commit(std::span<const Batch> batches) override { return inner_.commit(batches); }
  std::vector<ProjectId> projects() const override { return inner_.projects(); }
  std::optional<format::VerifiedCharter> charter(const ProjectId& project) const override { return inner_.charter(project); }
  std::vector<format::VerifiedCharter> charter_chain(const ProjectId& project) const override {
    return inner_.charter_chain(project);
  }
  std::vector<LogState> logs() const override { return inner_.logs(); }
  std::optional<LogState> log(const LogId& id) const override { return inner_.log(id); }
  Result<ServedBundle> bundle(const LogId& id, std::uint64_t from, std::uint64_t entries_max) const override;
  // With opened_at where there was an embargo, and then received_at is not before it.
  Result<StoredEntry> entry(const LogId& id, std::uint64_t index) const override;
  std::optional<Position> find(const EntryId& id) const override { return inner_.find(id); }
  std::vector<Position> naming(const BlobId& blob) const override { return inner_.naming(blob); }
  std::vector<BlobId> blobs_after(const std::optional<BlobId>& after, std::size_t count) const override {
    return inner_.blobs_after(after, count);
  }
  std::vector<Position> retracting(const EntryId& target) const override { return inner_.retracting(target); }
  std::vector<EntryId> retracted_after(const std::optional<EntryId>& after, std::size_t count) const override {
    return inner_.retracted_after(after, count);
  }

 private:
  // What an EMBARGO_KEY entry brought; whether it fits shows when the sealed entry is opened.
  struct Key {
    ProjectId project;
    Bytes key;
    Timestamp signed_at;  // the hour, as the desk says
    Timestamp received_at;
  };
  bool is_held_back(const format::EntryHeader& header) const;
  void learn_key(const StoredEntry& entry, const format::EntryHeader& header) const;
  void open(StoredEntry& entry, const format::EntryHeader& header) const;
  std::vector<Key> keys_of(const EntryId& sealed) const;

  Store& inner_;
  const env::Clock& clock_;
  mutable std::shared_mutex mutex_;
  mutable std::unordered_map<EntryId, std::vector<Key>> keys_;  // by the sealed entry
};

}  // namespace tamizdat::store
