// What a relay takes: pure functions from facts to "yes" or a reason that operator and sender can read. Nothing here
// decides what is valid (proto/format does, and never by a clock or a quota), only what this relay accepts.
#pragma once

#include <functional>
#include <set>

#include "proto/base/time.h"
#include "proto/format/verify.h"

namespace tamizdat::policy {

inline constexpr ErrorCode kProjectNotListed{"project-not-listed"};
inline constexpr ErrorCode kDeskNotYetValid{"desk-not-yet-valid"};
inline constexpr ErrorCode kDeskNoLongerValid{"desk-no-longer-valid"};
inline constexpr ErrorCode kDeskClosed{"desk-closed"};
inline constexpr ErrorCode kOutOfScope{"out-of-scope"};
inline constexpr ErrorCode kBodyMissing{"body-missing"};
inline constexpr ErrorCode kDeskQuota{"desk-quota"};

enum class Admission { kOpen, kListed };

struct AdmissionRules {
  Admission admission = Admission::kListed;
  std::set<ProjectId> projects;  // with kListed

  friend bool operator==(const AdmissionRules&, const AdmissionRules&) = default;
};

// May this project be here at all, whether submitted or replicated? Errors: kProjectNotListed.
Result<void> admit_project(const AdmissionRules& rules, const ProjectId& project);

// Whether this relay knows by a signature why the entry comes without its body, which it does.
using MayLackBody = std::function<bool(const format::VerifiedEntry& entry)>;

// The same of a bundle, whoever sends it. The absence of a body is signed by nobody: whoever sends an entry without its
// body strips it, and this relay would pass on empty articles of the size that everybody holds. Only what is known to be
// retracted may have been erased, and what a relay has given notice of, withheld. Errors: kProjectNotListed, kBodyMissing.
Result<void> admit_bundle(const AdmissionRules& rules, const format::VerifiedBundle& bundle,
                          const MayLackBody& may_lack_body = {});

// May a desk of this charter hand in anything now? Errors: kDeskNotYetValid, kDeskNoLongerValid, kDeskClosed (also if the
// charter never listed it).
Result<void> admit_desk(const format::VerifiedCharter& charter, const DeskId& desk, Timestamp now);

// Entries, and the octets of their bodies.
struct Amount {
  std::uint64_t entries = 0;
  std::uint64_t octets = 0;

  Amount& operator+=(const Amount& other);
  Amount& operator-=(const Amount& other);
};
// May a desk hand in so much more when so much of its log came in the last 24 hours? What is larger than the quota itself
// may come where nothing did: a desk that was offline for a week hands in one bundle a day, and not nothing for ever.
// Errors: kDeskQuota.
Result<void> admit_amount(const format::Desk& desk, const Amount& taken, const Amount& more);

// May a desk submit this now? Replication never asks this. Errors: kDeskNotYetValid, kDeskNoLongerValid, kDeskClosed (but
// anybody may submit what its closing leaves), kOutOfScope (an article in a language or only of regions that the charter does not give to this desk).
Result<void> admit_submission(const format::VerifiedCharter& charter, const format::VerifiedBundle& bundle,
                              Timestamp now);

}  // namespace tamizdat::policy
