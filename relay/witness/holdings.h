// What of a log is durably here, bodies and attachments: the exceptions of a receipt, kept up to date range by range.
// The scan reads entries and blocks: on a worker, and for a bounded number of entries at a time.
#pragma once

#include <map>
#include <vector>

#include "proto/format/receipt.h"
#include "relay/store/blob_files.h"
#include "relay/store/store.h"

namespace tamizdat::witness {

using Exceptions = std::vector<format::ReceiptException>;

// Entries [from, to) that lack their body or an attachment. Entries that are gone meanwhile count as not held.
// Errors: store::kStoreFailed.
Result<Exceptions> find_exceptions(const store::Store& store, const store::BlobFiles& files, const LogId& log,
                                   store::EntryRange range);

// Entries as ranges that lie apart: what is added again costs nothing.
class Ranges {
 public:
  void add(store::EntryRange range);
  void remove(store::EntryRange range);
  void add(const Ranges& others);
  const std::map<std::uint64_t, std::uint64_t>& all() const { return ranges_; }  // from, to

 private:
  std::map<std::uint64_t, std::uint64_t> ranges_;
};

class Holdings {
 public:
  Holdings() = default;
  // As an earlier receipt says; all its exceptions are to be looked at again.
  explicit Holdings(const format::Receipt& receipt);

  // The log holds `size` entries now; what is beyond is forgotten.
  void resize(std::uint64_t size);
  // What is known of [from, to) may not be true any more.
  void doubt(store::EntryRange range);
  // The next entries to look at, at most `entries_max`; nothing if all is known.
  std::optional<store::EntryRange> next(std::uint64_t entries_max) const;
  // What was found there.
  void found(store::EntryRange range, const Exceptions& exceptions);

  // Entries [0, known()) have been looked at, at least once.
  std::uint64_t known() const { return known_; }
  const Exceptions& exceptions() const { return exceptions_; }

 private:
  std::uint64_t size_ = 0;
  std::uint64_t known_ = 0;
  Ranges doubted_;         // below known_
  Exceptions exceptions_;  // ascending and apart
};

// Of entries [0, holdings.known()), which `size` and `root` say exist: with more exceptions than a receipt takes, of fewer.
format::Receipt receipt_of(const LogId& log, std::uint64_t size, const Hash32& root, Timestamp time,
                           const Holdings& holdings);

}  // namespace tamizdat::witness
