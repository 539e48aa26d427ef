// The only door to the verified types. A store, a relay and a reader accept nothing else, so "nothing unverified is
// stored or served" is a fact of the compiler. Pure: no clock and no I/O; validity never depends on the time, an expiry,
// a scope or a quota, or relays would diverge for ever.
//
// Verified values are immutable. VerifiedCharter is shared (every verified value of a project points to the charter
// that vouched for it), hence its shared_ptr.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "proto/format/charter.h"
#include "proto/format/checkpoint.h"
#include "proto/format/entry.h"
#include "proto/format/merkle.h"

namespace tamizdat::format {

// Charters.
inline constexpr ErrorCode kCharterNotFirst{"charter-not-first"};
inline constexpr ErrorCode kCharterBelowThreshold{"charter-below-threshold"};
inline constexpr ErrorCode kCharterSignatureInvalid{"charter-signature-invalid"};
inline constexpr ErrorCode kCharterKnown{"charter-known"};
inline constexpr ErrorCode kCharterRolledBack{"charter-rolled-back"};
inline constexpr ErrorCode kCharterSkipped{"charter-skipped"};
inline constexpr ErrorCode kCharterForked{"charter-forked"};
inline constexpr ErrorCode kCharterWrongPrevious{"charter-wrong-previous"};
inline constexpr ErrorCode kCharterDeskDropped{"charter-desk-dropped"};
inline constexpr ErrorCode kCharterClosingLowered{"charter-closing-lowered"};
inline constexpr ErrorCode kCharterClosedKeyReturns{"charter-closed-key-returns"};
// Heads.
inline constexpr ErrorCode kHeadOfAnotherProject{"head-of-another-project"};
inline constexpr ErrorCode kHeadOfUnknownDesk{"head-of-unknown-desk"};
inline constexpr ErrorCode kHeadOfClosedDesk{"head-of-closed-desk"};
inline constexpr ErrorCode kHeadSignatureInvalid{"head-signature-invalid"};
// Bundles.
inline constexpr ErrorCode kBundleTooLarge{"bundle-too-large"};
inline constexpr ErrorCode kBundleMalformed{"bundle-malformed"};
inline constexpr ErrorCode kBundleEmpty{"bundle-empty"};
inline constexpr ErrorCode kBundleRootMismatch{"bundle-root-mismatch"};
inline constexpr ErrorCode kEntryOfAnotherLog{"entry-of-another-log"};
inline constexpr ErrorCode kEntryIndexWrong{"entry-index-wrong"};
inline constexpr ErrorCode kBodySizeWrong{"body-size-wrong"};
inline constexpr ErrorCode kBodyCommitmentWrong{"body-commitment-wrong"};
inline constexpr ErrorCode kBodyMissingReason{"body-missing-reason"};

class VerifiedCharter {
 public:
  const Charter& content() const { return data_->content; }
  BytesView signed_bytes() const { return data_->signed_bytes; }  // exactly as received
  const Hash32& hash() const { return data_->hash; }
  std::uint64_t version() const { return data_->content.version; }
  const ProjectId& project() const { return data_->project; }

 private:
  struct Data {
    ProjectId project;
    Hash32 hash;
    Charter content;
    Bytes signed_bytes;
  };
  explicit VerifiedCharter(std::shared_ptr<const Data> data) : data_(std::move(data)) {}
  std::shared_ptr<const Data> data_;
  friend Result<VerifiedCharter> verify_first_charter(Bytes signed_charter);
  friend Result<VerifiedCharter> verify_charter_update(const VerifiedCharter& current, Bytes signed_charter);
};

// Version 1 of a project; its hash is the project id.
// Errors: those of parse_signed_charter and parse_charter, kCharterNotFirst, kCharterSignatureInvalid, kCharterBelowThreshold.
Result<VerifiedCharter> verify_first_charter(Bytes signed_charter);

// Version N + 1 against version N: names its hash and meets the threshold of both (TUF section 5.3.4, "root rotation").
// A desk leaves the list by closing only, a closing is only raised, a closed key never returns.
// Errors: as above without kCharterNotFirst, kCharterKnown (the same bytes), kCharterRolledBack, kCharterSkipped,
// kCharterForked (same version, other content), kCharterWrongPrevious, kCharterDeskDropped, kCharterClosingLowered,
// kCharterClosedKeyReturns (its closing is dropped). Version and predecessor are looked at before the signatures, so
// kCharterForked is a claim that anybody can make: a fork is proven only when both charters of one version pass this
// function against the version before.
Result<VerifiedCharter> verify_charter_update(const VerifiedCharter& current, Bytes signed_charter);

// An update that still collects its signatures: for those who sign it, and worth nothing to anybody else.
struct ProposedCharter {
  Charter content;
  Hash32 hash;
  SignedCharter signed_charter;
  std::vector<RootKeyId> signers;  // valid ones of the root keys of both charters, each once, in the order of signing
};
// All of verify_charter_update() but the thresholds. Errors: as there without kCharterBelowThreshold.
Result<ProposedCharter> check_proposed_charter(const VerifiedCharter& current, BytesView signed_charter);

// The last of a chain that starts with version 1. Errors: as above, kCharterNotFirst for an empty chain.
Result<VerifiedCharter> verify_charter_chain(std::span<const Bytes> signed_charters);

class VerifiedHead {
 public:
  const LogId& log() const { return log_; }
  const ProjectId& project() const { return checkpoint_.project; }
  const DeskId& desk() const { return checkpoint_.desk; }
  std::uint64_t size() const { return checkpoint_.size; }
  const Hash32& root() const { return checkpoint_.root; }
  BytesView bytes() const { return bytes_; }  // exactly as received
  std::uint64_t charter_version() const { return charter_version_; }
  const Hash32& charter_hash() const { return charter_hash_; }

 private:
  VerifiedHead() = default;
  LogId log_;
  std::uint64_t charter_version_ = 0;
  Hash32 charter_hash_;
  Checkpoint checkpoint_;
  Bytes bytes_;
  friend Result<VerifiedHead> verify_head(const VerifiedCharter& charter, BytesView checkpoint);
};

// Errors: those of parse_checkpoint, kHeadOfAnotherProject, kHeadOfUnknownDesk, kHeadOfClosedDesk (a closed desk's head
// is the (size, root) of its closing and no other), kHeadSignatureInvalid. A closing's head need not be signed.
Result<VerifiedHead> verify_head(const VerifiedCharter& charter, BytesView checkpoint);
// The unsigned head of a closed desk, which the charter vouches for. Errors: kHeadOfUnknownDesk.
Result<VerifiedHead> closing_head(const VerifiedCharter& charter, const DeskId& desk);

// Why a body is not here. The header proves what it was.
enum class Absence : std::uint32_t { kErased = 1, kWithheld = 2, kEmbargoed = 3, kNotHeld = 4 };

class VerifiedEntry {
 public:
  const EntryId& id() const { return id_; }
  const EntryHeader& header() const { return header_; }
  BytesView header_bytes() const { return header_bytes_; }  // exactly as received
  // The exact body, or nothing with absence().
  const std::optional<Bytes>& body() const { return body_; }
  std::optional<Absence> absence() const { return absence_; }

 private:
  VerifiedEntry() = default;
  EntryId id_;
  EntryHeader header_;
  Bytes header_bytes_;
  std::optional<Bytes> body_;
  std::optional<Absence> absence_;
  friend class BundleVerifier;
};

class VerifiedBundle {
 public:
  const VerifiedHead& head() const { return head_; }
  std::uint64_t from() const { return from_; }
  std::uint64_t to() const { return from_ + entries_.size(); }
  const std::vector<VerifiedEntry>& entries() const { return entries_; }
  // Hashes of cover(0, from, size): the state of a log of exactly `from` entries.
  std::span<const Hash32> before() const { return std::span(proof_).first(before_count_); }
  // Hashes of cover(to, size, size).
  std::span<const Hash32> after() const { return std::span(proof_).subspan(before_count_); }
  std::uint64_t charter_version() const { return head_.charter_version(); }

 private:
  explicit VerifiedBundle(VerifiedHead head) : head_(std::move(head)) {}
  VerifiedHead head_;
  std::uint64_t from_ = 0;
  std::vector<VerifiedEntry> entries_;
  std::vector<Hash32> proof_;
  std::size_t before_count_ = 0;
  friend class BundleVerifier;
};

// The whole check of a bundle: limits, head, each header's project, desk and index, each body's size and commitment,
// and the run's root against the head. `known` is a head verified before: if the bundle carries the same bytes, the
// signature is not checked again, provided it was verified under this very charter.
// Errors: those of verify_head, root_of_run and parse_header; kBundleTooLarge, kBundleMalformed, kBundleEmpty,
// kEntryOfAnotherLog, kEntryIndexWrong, kBodyTooLarge, kBodySizeWrong, kBodyCommitmentWrong, kBodyMissingReason,
// kBundleRootMismatch.
Result<VerifiedBundle> verify_bundle(const VerifiedCharter& charter, BytesView bundle,
                                     const VerifiedHead* known = nullptr);

}  // namespace tamizdat::format
