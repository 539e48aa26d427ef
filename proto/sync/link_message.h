// What two relays say to each other on a link (proto/README.md, "The link"). Plain values in, protobuf bytes out, and
// back by one strict parser: past it no code checks form again.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "proto/base/ids.h"
#include "proto/format/bundle.h"
#include "proto/format/limits.h"
#include "proto/sync/blob_blocks.h"

namespace tamizdat::sync {

inline constexpr ErrorCode kLinkMessageMalformed{"link-message-malformed"};

// ---- charters and bundles ----

struct LogState {
  DeskId desk;
  std::uint64_t size = 0;  // entries held, from 0 on without a gap
  Hash32 root;             // of the first `size` entries
  friend bool operator==(const LogState&, const LogState&) = default;
};

struct ProjectState {
  ProjectId project;
  std::uint64_t charter_version = 0;
  Hash32 charter_hash;
  std::vector<LogState> logs;
  friend bool operator==(const ProjectState&, const ProjectState&) = default;
};

struct FrontierDigest {
  Hash32 digest;
};
// All of what the sender holds, after a digest that differed; later only what changed.
struct Frontier {
  std::vector<ProjectState> projects;
  bool more = false;  // another part follows
};
struct CharterRequest {
  ProjectId project;
};
// A project's whole chain, unverified.
struct Charters {
  std::vector<Bytes> signed_charters;
  bool more = false;  // another part follows
};
// "Send me this log from `from` on, and go on as it grows", until unsubscribed.
struct Subscribe {
  format::LogName log;
  std::uint64_t from = 0;
};
struct Unsubscribe {
  format::LogName log;
};
struct BundleMessage {
  Bytes bundle;  // exact; unverified
};
// The receiver may be sent this many more octets of bundles.
struct Credit {
  std::uint64_t octets = 0;
};
// Why something that was sent or offered is not taken, for the operator of the other side.
struct Refusal {
  ProjectId project;
  std::string code;
  std::string text;
};
struct Ping {
  std::uint64_t token = 0;
};
struct Pong {
  std::uint64_t token = 0;
};

// ---- attachments ----

// "Send me these blocks": each is answered, in the order of asking, by BlobBlock or by BlobNotHeld.
struct BlobRequest {
  BlobRun run;
};
// One block, unverified.
struct BlobBlock {
  BlobRun run;  // of this one
  Bytes octets;
};
// These are not here, or not yet.
struct BlobNotHeld {
  BlobRun run;
};
// Told to whom something of it was not held: now it is here, and whole.
struct BlobHeld {
  BlobId blob;
};

// ---- statements ----

struct StatementMessage {
  std::uint64_t sequence = 0;  // 0: out of order
  Bytes statement;             // exact; unverified
};
// "Send me yours after this one, and go on": the epoch is 16 octets, or empty where none were ever sent.
struct StatementsFrom {
  Bytes epoch;
  std::uint64_t after = 0;
};
// "Send me all that you hold of this project."
struct StatementsOfProject {
  ProjectId project;
};
// All up to `last` have been sent.
struct StatementsEpoch {
  Bytes epoch;
  std::uint64_t last = 0;
};

// ---- the sealed pool ----

// A digest over all slots that the sender holds, once and first; or slots that it holds, by their ids.
struct SealedHeld {
  std::optional<Hash32> digest;
  std::vector<Hash32> slots;
};
struct SealedRequest {
  std::vector<Hash32> slots;
};
struct SealedSlot {
  Hash32 id;
  Bytes slot;  // unverified; empty: not held, or no longer
};

// Of a later version: passed over.
struct UnknownMessage {};

using LinkMessage = std::variant<FrontierDigest, Frontier, CharterRequest, Charters, Subscribe, Unsubscribe,
                                 BundleMessage, Credit, Refusal, Ping, Pong, BlobRequest, BlobBlock, BlobNotHeld,
                                 BlobHeld, StatementMessage, StatementsFrom, StatementsOfProject, StatementsEpoch,
                                 SealedHeld, SealedRequest, SealedSlot, UnknownMessage>;

// Projects in one Frontier, so that it stays far below a frame; log states in all of them together.
inline constexpr std::size_t kFrontierLogsMax = 4096;
// Each desk, open or closed, has one log.
inline constexpr std::size_t kProjectLogsMax = format::kDesksMax + format::kClosedDesksMax;
inline constexpr std::size_t kEpochBytes = 16;
// Ids in one SealedHeld; slots that may be asked of a peer and not have come.
inline constexpr std::size_t kSealedHeldMax = 1024;
inline constexpr std::size_t kSealedAskedMax = 16;
inline constexpr std::size_t kRefusalCodeBytesMax = 64;
inline constexpr std::size_t kRefusalTextBytesMax = 1024;

Bytes serialise_link_message(const LinkMessage& message);
// Errors: kLinkMessageMalformed.
Result<LinkMessage> parse_link_message(BytesView bytes);

// Newer facts of a project replace older ones: version, hash, and each log of `from`.
void merge(const ProjectState& from, ProjectState& to);
// One hash over a whole frontier, whatever its order: two relays of the same digest hold the same.
Hash32 frontier_digest(std::vector<ProjectState> projects);
// As many of the charters as fit a frame, at least one; `more` if some are left.
Charters charters_part(std::span<const BytesView> signed_charters);
// The frontier in parts of at most kFrontierLogsMax states each, at least one part.
std::vector<Frontier> split_frontier(std::vector<ProjectState> projects);

}  // namespace tamizdat::sync
