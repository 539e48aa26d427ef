// Takes the records of a group that was read at a start into a draft. The records were verified before they were
// written; charters are verified again, since there is no other way to a VerifiedCharter, and heads once at the end of
// the start (HeldState::verify_heads).
#pragma once

#include "relay/store/draft.h"

namespace tamizdat::store {

// Takes the charter that a record holds into the chain of its project. Where the chain has one of its version, another
// branch begins there, and what it had from that version on is gone. Errors: those of format::verify_first_charter() and
// format::verify_charter_update(), and then the chain is as before but for that end.
Result<void> take_charter(Chain& chain, const CharterRecord& record);

class GroupReplay {
 public:
  // The draft outlives it.
  explicit GroupReplay(Draft& draft) : draft_(draft) {}

  // Errors: kStoreDamaged.
  Result<void> take(BytesView records, const SegmentPlace& start);
  std::uint64_t entries() const { return entries_; }
  // Where the bodies lay that the group erases.
  const std::vector<SegmentPlace>& erased() const { return erased_; }

 private:
  Result<void> take_record(const CharterRecord& record, const SegmentPlace& place);
  Result<void> take_record(const RunRecord& record, const SegmentPlace& place);
  Result<void> take_record(const EntryRecord& record, const SegmentPlace& place);
  Result<void> take_record(const FillRecord& record, const SegmentPlace& place);
  Result<void> take_record(const EraseRecord& record, const SegmentPlace& place);
  Result<void> take_record(const MarkRecord& record, const SegmentPlace& place);
  void end_run();
  Result<void> add_naming(const format::LogName& log, std::uint64_t index, const EntryRecord& record);

  Draft& draft_;
  std::uint64_t entries_ = 0;
  std::vector<SegmentPlace> erased_;

  // The run that is being read.
  Draft::Log* log_ = nullptr;
  std::uint32_t entries_left_ = 0;
  std::uint64_t begin_ = 0;  // index of its first entry
  std::vector<Hash32> after_;
};

}  // namespace tamizdat::store
