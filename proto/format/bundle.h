// Building bundles, for authors and for relays that serve a range. The parts are exact bytes that were signed once;
// only the envelope is made anew for each range. Peeking reads the log's name out of a bundle before it is verified,
// to find the charter to verify it with.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "proto/format/verify.h"

namespace tamizdat::format {

struct BundleEntry {
  BytesView header;
  std::optional<BytesView> body;
  Absence absence = Absence::kNotHeld;  // where there is no body
};

// `proof`: hashes of proof_subtrees(from, from + entries, size of the head).
Bytes serialise_bundle(BytesView head, std::uint64_t from, std::span<const BundleEntry> entries,
                       std::span<const Hash32> proof);

// Octets that one entry adds to a bundle, at most.
std::size_t bundle_entry_size(const BundleEntry& entry);
// Octets of a bundle without entries, at most, for a log of this size.
std::size_t bundle_overhead_max(std::uint64_t log_size);

// The same bundle with a reason in the place of each body that has one: what may not be given out now. The proof does not
// need the bodies. Nothing if `reason` names none. `bundle`: of serialise_bundle().
using AbsenceReason = std::function<std::optional<Absence>(BytesView header)>;
std::optional<Bytes> without_bodies(BytesView bundle, const AbsenceReason& reason);

struct LogName {
  ProjectId project;
  DeskId desk;
};
// Which log the unverified bundle claims to belong to, from a scan that copies nothing; verify_bundle() finds the same
// head. Errors: kBundleTooLarge, kBundleMalformed, parse_checkpoint's.
Result<LogName> peek_log(BytesView bundle);

}  // namespace tamizdat::format
