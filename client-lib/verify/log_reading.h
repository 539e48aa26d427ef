// What the archives of a source say of one log together: no two of them may contradict each other.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>

#include "client-lib/witnessing/copies.h"
#include "proto/format/freshness.h"
#include "proto/format/verify.h"

namespace tamizdat::verify {

class LogReading {
 public:
  // Errors: archives::kHistoryContradicts.
  Result<void> take_head(const format::VerifiedHead& head);
  // True if the entry, or its body, was in no archive before. Errors: archives::kHistoryContradicts.
  Result<bool> take_entry(const format::VerifiedEntry& entry);

  ProjectId project() const { return head_->project(); }
  DeskId desk() const { return head_->desk(); }
  LogId log() const { return head_->log(); }
  std::uint64_t size() const { return head_->size(); }  // of the newest head
  std::uint64_t entries() const { return entries_.size(); }
  std::uint64_t absent() const { return absent_.size(); }
  // Nothing if it was not read.
  std::optional<std::uint64_t> index_of(const EntryId& entry) const;
  const EntryId& entry(std::uint64_t index) const { return entries_.at(index); }
  // Of `entries`, the indices in this log, ascending.
  std::vector<std::uint64_t> indices_of(const std::set<EntryId>& entries) const;
  // Came as erased, and are none of `retracted`: nobody may erase them.
  std::uint64_t erased_without(const std::set<EntryId>& retracted) const;

  // Of the newest head, whatever of the entries is here.
  format::FreshnessVerdict judge(const format::VerifiedCharter& charter, std::span<const witnessing::StatementPointer> statements,
                                 Timestamp now) const;
  // Of entries [from, to), by receipts over this history: one needs all that came before it to be told from another's.
  witnessing::Copies copies(const format::VerifiedCharter& charter, std::span<const witnessing::StatementPointer> statements,
                            std::uint64_t from, std::uint64_t to, const std::set<EntryId>& retracted, Timestamp now) const;

 private:
  Error contradiction() const;
  // Those of the heads, and of `sizes` as far as the log was read from its beginning.
  std::map<std::uint64_t, Hash32> roots_at(const std::set<std::uint64_t>& sizes) const;

  std::optional<format::VerifiedHead> head_;  // the newest
  std::unordered_map<std::uint64_t, EntryId> entries_;  // by index
  std::map<std::uint64_t, format::Absence> absent_;     // of these, without their bodies
  std::map<std::uint64_t, Hash32> roots_;               // of heads, by size
};

}  // namespace tamizdat::verify
