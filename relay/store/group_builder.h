// Turns batches into a draft and the records of one group. The rules are those of advance.h.
#pragma once

#include "relay/store/body_coding.h"
#include "relay/store/draft.h"

namespace tamizdat::store {

class GroupBuilder {
 public:
  // All outlive it.
  GroupBuilder(Draft& draft, BodyCompressor& compressor) : draft_(draft), compressor_(compressor) {}

  // Errors: those of Store::commit() but kStoreFailed.
  Result<Committed> take(const Batch& batch);
  // Empty if nothing is new.
  const Bytes& records() const { return records_; }
  // Where the bodies lie that the group erases: these are in the segments already.
  const std::vector<SegmentPlace>& erased() const { return erased_; }

 private:
  Result<Committed> take_bundle(const format::VerifiedBundle& bundle, Timestamp received_at);
  Result<Committed> take_charters(const Charters& update);
  Result<Committed> take_erasure(const Erasure& erasure);
  void recheck_logs(const format::VerifiedCharter& charter);
  void add_new_entries(Draft::Log& log, const format::VerifiedBundle& bundle, Timestamp received_at,
                       Committed& committed);
  void fill_bodies(Draft::Log& log, const format::VerifiedBundle& bundle, Timestamp received_at, Committed& committed);
  void add_naming(const format::VerifiedBundle& bundle, const format::VerifiedEntry& entry, Committed& committed);
  void note_retracted(const format::VerifiedBundle& bundle, const format::VerifiedEntry& entry, Committed& committed);
  void append_run(const Draft::Log& log, std::uint64_t kept, std::uint64_t count, HeadChange change);
  Slot append_entry(const format::VerifiedEntry& entry, Timestamp received_at, bool is_fill);

  Draft& draft_;
  BodyCompressor& compressor_;
  Bytes records_;
  std::vector<SegmentPlace> erased_;
};

}  // namespace tamizdat::store
