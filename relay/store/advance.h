// How a log moves: what one verified bundle, or a new charter, means for what is held. Pure, and the same for every
// backend.
//
// State of a log: the frontier of the entries held, and the hashes that tie them to the kept head, which may be larger:
// every range is served under that head. Three rules:
//   - Entries are taken only if the bundle's tree agrees with everything known: it has the same root at the size held,
//     and no subtree that both sides know differs.
//   - Entries count more than heads. The larger head is kept if the hashes that tie the held entries to it are known,
//     else the bundle's own, which always has them. So the kept head may become smaller, never below what is held, and
//     only when entries are gained; a peer that holds much under an older head is of use nevertheless.
//   - A head that a closing ended is dropped with every entry beyond the closing. Who holds all that the closing leaves goes
//     on under its own head, which nobody needs to sign; what is less waits for a bundle under it, and gives way if it
//     contradicts it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "proto/format/merkle.h"
#include "relay/store/store.h"

namespace tamizdat::store {

struct LogTail {
  format::CompactRange held;
  std::vector<Hash32> after;  // hashes of cover(held.size(), head size, head size); empty without a head
  std::optional<format::VerifiedHead> head;  // none before the first bundle, and where a closing leaves more than is held
};

struct Advance {
  // Held entries [0, kept) stay; [kept, tail.held.size()) are new and in the bundle. Less than what was held only
  // after a closing that the held entries contradict.
  std::uint64_t kept = 0;
  LogTail tail;  // the state after
};

// `held` knows the perfect subtrees of the entries held; it is asked for few of them, and for none in the usual case of
// a bundle that continues what is held. Errors: kGap, kLogForked. A bundle that brings nothing new is no error.
Result<Advance> advance(const LogTail& tail, const format::VerifiedBundle& bundle, const format::PerfectHash& held);

// What taking `next` in place of `before` means, bodies that come later left out: name them with add_filled().
Committed committed_by(const LogTail& before, const Advance& next);
void add_filled(Committed& committed, std::uint64_t index);

// The state under a new charter of the log's project, which may have closed its desk, or not know it: then it is of another
// branch of the charters, and nothing of it is left.
LogTail recheck(const LogTail& tail, const format::LogName& name, const format::VerifiedCharter& charter,
                const format::PerfectHash& held);

// The state of the first `size` of the entries held.
format::CompactRange frontier(std::uint64_t size, const format::PerfectHash& held);

// What `update` means when `chain` (version 1 first) is held: it goes on after its first `kept` versions with those of the
// update that come after the first `known`. Errors: format::kCharterSkipped, format::kCharterForked.
struct CharterAdvance {
  std::size_t kept = 0;
  std::size_t known = 0;
};
Result<CharterAdvance> advance_charters(std::span<const format::VerifiedCharter> chain, const Charters& update);

// Whether the bundle was verified under the charter in force. Errors: kUnknownProject, kCharterOutdated.
Result<void> check_charter(std::span<const format::VerifiedCharter> chain, const format::VerifiedBundle& bundle);

// The proof for serving [from, to) of the entries held under the kept head, which must be there: hashes of
// proof_subtrees(from, to, head size).
std::vector<Hash32> range_proof(const LogTail& tail, std::uint64_t from, std::uint64_t to,
                                const format::PerfectHash& held);

// The bundle for Store::bundle(), of as many of the entries held as fit. `read` gives the entry of an index held.
// Errors: kUnknownEntry, and those of `read`.
using EntryReader = std::function<Result<StoredEntry>(std::uint64_t index)>;
Result<ServedBundle> serve(const LogTail& tail, std::uint64_t from, std::uint64_t entries_max,
                           const format::PerfectHash& held, const EntryReader& read);

// Whether the held entries and the hashes after them lead to the head's root, as they do unless a disk lied.
bool is_tied_to_head(const LogTail& tail);

}  // namespace tamizdat::store
