// A store without the texts that the operator withholds (proto/README.md, "Withholding"): header and proof are there, the
// body is absent, kWithheld, and lies on the disk all the same. entry() says kWithheld of nothing else. Readers, the submit API and what this relay says of its
// holdings see the store through one for readers; links through one for peers, who get the text unless the notice says
// otherwise.
#pragma once

#include <shared_mutex>
#include <unordered_map>

#include "relay/store/store_view.h"

namespace tamizdat::store {

enum class Audience { kReaders, kPeers };

// Which entries are withheld here. Any thread.
class Withheld {
 public:
  enum class From { kReaders, kEverybody };

  void put(const EntryId& entry, From from);
  void drop(const EntryId& entry);
  bool holds_back(const EntryId& entry, Audience audience) const;
  bool any() const;

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<EntryId, From> entries_;
};

class WithholdingStore final : public StoreView {
 public:
  // All outlive it.
  WithholdingStore(Store& inner, const Withheld& withheld, Audience audience)
      : StoreView(inner), withheld_(withheld), audience_(audience) {}

  Result<ServedBundle> bundle(const LogId& id, std::uint64_t from, std::uint64_t entries_max) const override;
  Result<StoredEntry> entry(const LogId& id, std::uint64_t index) const override;

 private:
  const Withheld& withheld_;
  Audience audience_;
};

}  // namespace tamizdat::store
