// A relay's HTTP API as functions. Answers are parsed into types here; nothing in them is trusted for that: bundles and
// charters are bytes that the caller verifies, texts of the relay are shown to a person and decide nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "client-lib/net/http.h"
#include "proto/base/ids.h"
#include "proto/format/archive.h"
#include "proto/format/relay_descriptor.h"
#include "proto/sync/relay_address.h"

namespace tamizdat::net {

inline constexpr ErrorCode kRelayRefused{"relay-refused"};      // for good, the text says why
inline constexpr ErrorCode kRelayBusy{"relay-busy"};            // for now: 429, 5xx
inline constexpr ErrorCode kRelayAnswerInvalid{"relay-answer-invalid"};  // no relay, or a broken one
inline constexpr ErrorCode kRelayLacksCharter{"relay-lacks-charter"};  // it lacks the charter in force: put_charters()

struct RelaySelf {
  std::string label;
  std::string country;
};

struct RelayHead {
  Bytes checkpoint;        // unverified
  std::uint64_t held = 0;  // entries that it has
};

struct RelayLog {
  LogId log;
  std::uint64_t size = 0;
};

struct RelayProject {
  ProjectId project;
  std::uint64_t charter_version = 0;
  std::optional<Hash32> charter_hash;
  std::vector<RelayLog> logs;
};

// What became of a bundle that was sent.
struct PutAnswer {
  enum class Outcome : std::uint8_t {
    kTaken,          // durable; `held` entries there now
    kGap,            // it needs the entries from `held` on first
    kCharterNeeded,  // it lacks the charter in force
  };
  Outcome outcome = Outcome::kTaken;
  std::uint64_t held = 0;
  Bytes receipt = {};  // what the relay signed for it, unverified; empty: none yet
};

// How much of an attachment a relay has.
struct HeldAttachment {
  enum class State : std::uint8_t {
    kUnnamed,  // no entry that is held there names it
    kUnknown,  // nothing of it came yet, leaf hashes go first
    kPart,
    kWhole,    // durable there
  };
  struct Blocks {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
  };
  State state = State::kUnnamed;
  std::vector<Blocks> missing;  // ascending; of a long list the beginning
};
// A slot of a relay's sealed pool, as the relay lists it.
struct ListedSlot {
  Hash32 id;
  Timestamp ends;
};

// What a relay takes in one request.
inline constexpr std::uint64_t kPutBlocksMax = 64;

// "relay.example:443", "[2001:db8::1]:443".
std::string host_and_port(const sync::RelayAddress& address);

class RelayClient {
 public:
  // `http` outlives it.
  RelayClient(Http& http, sync::RelayAddress address);

  const sync::RelayAddress& address() const { return address_; }
  std::string host_and_port() const { return net::host_and_port(address_); }

  // Errors of each: those of Http::send, kRelayRefused, kRelayBusy, kRelayAnswerInvalid.
  Result<RelaySelf> self();
  // Signed by the identity key of its address line. kRelayRefused if it is too old to have one.
  Result<format::RelayDescriptor> descriptor();
  Result<std::vector<RelayProject>> projects();
  // Nothing if the relay does not know the project.
  Result<std::optional<RelayProject>> project(const ProjectId& project);
  // The signed charters from version 1 on, unverified.
  Result<std::vector<Bytes>> charters(const ProjectId& project);
  // Of all projects that the relay holds, in a request that names none: an archive, unverified, of each chain from version 1
  // on, and behind it perhaps the freeze in force.
  Result<std::vector<format::ArchiveRecord>> all_charters();
  // What the relay holds of statements about the project, unverified. None if it does not know the project, or is too old.
  Result<std::vector<Bytes>> statements(const ProjectId& project);
  // Nothing if the relay does not know the log.
  Result<std::optional<RelayHead>> head(const LogId& log);
  // Nothing if the relay has no entry `from`; unverified. At most `entries_max` entries, 0: as many as fit.
  Result<std::optional<Bytes>> bundle(const LogId& log, std::uint64_t from, std::uint64_t entries_max = 0);
  // An archive of the charter chain and a bundle of this one entry, unverified; nothing if the relay does not hold it.
  Result<std::optional<Bytes>> entry(const EntryId& entry);
  // The version in force there afterwards.
  Result<std::uint64_t> put_charters(std::span<const Bytes> chain);
  // Where it makes the log whole there, the relay has a second to give its receipt for it: the next relay waits meanwhile.
  Result<PutAnswer> put_bundle(BytesView bundle);
  // Durable there when it returns.
  Result<void> put_statement(BytesView statement);

  Result<HeldAttachment> attachment(const BlobId& blob);
  Result<HeldAttachment> put_leaves(const BlobId& blob, std::span<const Hash32> leaves);
  // Unverified. Nothing if the relay does not have them.
  Result<std::optional<std::vector<Hash32>>> leaves(const BlobId& blob);
  // `count` blocks from `first` on, or up to the end; unverified. Nothing if the relay does not have all of the attachment.
  Result<std::optional<Bytes>> blocks(const BlobId& blob, std::uint64_t first, std::uint64_t count);
  // Whole blocks from number `first` on, at most kPutBlocksMax.
  Result<HeldAttachment> put_blocks(const BlobId& blob, std::uint64_t first, BytesView octets);

  // All of its pool; the same request whoever asks, and whatever he has read.
  Result<std::vector<ListedSlot>> slots();
  // Unverified. Nothing if the relay does not have it, or no longer.
  Result<std::optional<Bytes>> slot(const Hash32& id);
  // `submission`: of format::sign_submission(). Errors: kRelayLacksCharter too.
  Result<void> put_slot(BytesView slot, const std::string& submission);

 private:
  Result<HeldAttachment> put_of(const BlobId& blob, const std::string& part, BytesView octets);
  Result<HttpAnswer> get(const std::string& path, std::uint64_t answer_bytes_max, std::vector<std::string> headers = {});
  Result<HttpAnswer> put(const std::string& path, const char* media_type, BytesView body, std::vector<std::string> headers = {});

  Http& http_;
  sync::RelayAddress address_;
};

}  // namespace tamizdat::net
