// A store as readers may see it, who are everybody but other relays: what is under embargo is not there yet, and what was
// retracted no more. Pages, feeds and the submit API read through it; links do not, since relays pass on all that they hold.
//
//   - A sealed body is kEmbargoed until an EMBARGO_KEY entry of the same project has brought its key; then entry() gives
//     the article itself. bundle() gives sealed octets always, for they are what the desk signed.
//   - A plain embargo (a `not_before` without a sealed body) is kEmbargoed everywhere until its time has come.
//   - What was retracted is kErased in a bundle() from that moment on, whether it is erased yet or not; entry() gives it on,
//     and retraction.h says what became of it.
//
// Keys are learned from the entries that are read: who wants sealed articles opened reads every entry once, as the catalog
// does. A key costs about 150 octets. The inner store and the clock outlive it; threads as for every store.
#pragma once

#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "relay/env/clock.h"
#include "relay/store/store_view.h"

namespace tamizdat::store {

class ReadersStore final : public StoreView {
 public:
  ReadersStore(Store& inner, const env::Clock& clock) : StoreView(inner), clock_(clock) {}

  Result<ServedBundle> bundle(const LogId& id, std::uint64_t from, std::uint64_t entries_max) const override;
  // With opened_at where there was an embargo, and then received_at is not before it.
  Result<StoredEntry> entry(const LogId& id, std::uint64_t index) const override;

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

  const env::Clock& clock_;
  mutable std::shared_mutex mutex_;
  mutable std::unordered_map<EntryId, std::vector<Key>> keys_;  // by the sealed entry
};

}  // namespace tamizdat::store
