// A store seen through another one: everything goes on to the inner store but what the view overrides. The inner store
// outlives it; threads as for every store.
#pragma once

#include "relay/store/store.h"

namespace tamizdat::store {

class StoreView : public Store {
 public:
  std::vector<Result<Committed>> commit(std::span<const Batch> batches) override { return inner_.commit(batches); }
  std::vector<ProjectId> projects() const override { return inner_.projects(); }
  std::optional<format::VerifiedCharter> charter(const ProjectId& project) const override { return inner_.charter(project); }
  std::vector<format::VerifiedCharter> charter_chain(const ProjectId& project) const override {
    return inner_.charter_chain(project);
  }
  std::vector<LogState> logs() const override { return inner_.logs(); }
  std::optional<LogState> log(const LogId& id) const override { return inner_.log(id); }
  Result<ServedBundle> bundle(const LogId& id, std::uint64_t from, std::uint64_t entries_max) const override {
    return inner_.bundle(id, from, entries_max);
  }
  Result<StoredEntry> entry(const LogId& id, std::uint64_t index) const override { return inner_.entry(id, index); }
  std::optional<Position> find(const EntryId& id) const override { return inner_.find(id); }
  std::vector<Position> naming(const BlobId& blob) const override { return inner_.naming(blob); }
  std::vector<BlobId> blobs_after(const std::optional<BlobId>& after, std::size_t count) const override {
    return inner_.blobs_after(after, count);
  }
  std::vector<Position> retracting(const EntryId& target) const override { return inner_.retracting(target); }
  std::vector<EntryId> retracted_after(const std::optional<EntryId>& after, std::size_t count) const override {
    return inner_.retracted_after(after, count);
  }

 protected:
  explicit StoreView(Store& inner) : inner_(inner) {}
  Store& inner_;
};

}  // namespace tamizdat::store
