// The charter: a project's root document. Plain values here; VerifiedCharter (verify.h) is the form that others trust.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "proto/base/ids.h"
#include "proto/base/time.h"
#include "proto/format/keys.h"

namespace tamizdat::format {

inline constexpr ErrorCode kCharterTooLarge{"charter-too-large"};
inline constexpr ErrorCode kCharterMalformed{"charter-malformed"};

struct Desk {
  DeskId id;
  std::string label;
  std::vector<std::string> languages;  // scope; empty: all
  std::vector<std::string> regions;
  std::optional<Timestamp> not_before;  // gate submission, never replication
  std::optional<Timestamp> not_after;
  std::uint64_t entries_per_day = 0;  // 0: the relay's default
  std::uint64_t bytes_per_day = 0;
};

struct ClosedDesk {
  DeskId id;
  std::string label;
  std::uint64_t size = 0;  // entries below it stay valid for ever
  Hash32 root;
};

struct SealingKey {
  Hash32 key;  // X25519
  std::optional<Timestamp> not_before;
  std::optional<Timestamp> not_after;
};

struct Mirror {
  std::string url;
  std::string country;            // ISO 3166-1 alpha-2
  std::optional<Hash32> key_pin;  // SHA-256 of the SubjectPublicKeyInfo
};

struct PolicyRelay {
  RelayId relay;
  std::string country;
  Hash32 witness_key;
  Hash32 mirror_key;
};

struct WitnessPolicy {
  std::vector<PolicyRelay> relays;
  std::uint32_t quorum = 0;  // at least least_quorum(); 0: no witnesses
  seconds fresh_for{0};
};

// More than half of the relays: two quorums share one, or two branches of a fork could both win. And, where they are in
// several countries, more than are in any one: who can press all relays of a country decides nothing alone.
std::uint32_t least_quorum(const WitnessPolicy& policy);

struct CopiesPolicy {
  std::uint32_t copies = 4;  // a 0 on the wire stands for these defaults
  std::uint32_t countries = 3;
};

struct Charter {
  std::uint64_t version = 1;
  std::optional<Hash32> previous;  // hash of the charter before; none in version 1
  Bytes nonce;                     // 16 random octets
  std::string title;
  std::vector<std::string> languages;  // BCP 47
  std::vector<std::string> regions;    // ISO 3166-2
  std::string contact;
  Timestamp issued_at;
  std::optional<Timestamp> expires_at;  // stale, never unreadable
  std::vector<RootKeyId> root_keys;
  std::uint32_t threshold = 0;
  std::vector<Desk> desks;
  std::vector<ClosedDesk> closed_desks;
  std::vector<SealingKey> sealing_keys;
  std::vector<Mirror> mirrors;
  WitnessPolicy witness;
  CopiesPolicy copies;
  seconds erase_delay{72 * 3600};  // a 0 on the wire stands for this default

  const Desk* desk(const DeskId& id) const;
  const ClosedDesk* closed_desk(const DeskId& id) const;
};

inline constexpr std::size_t kNonceBytes = 16;

struct CharterSignature {
  RootKeyId key;
  Bytes signature;
};

struct SignedCharter {
  Bytes charter;  // the exact bytes that are hashed and signed
  std::vector<CharterSignature> signatures;
};

// SHA-256("tamizdat/v1/charter\0" || charter); of the first charter it is the project id.
Hash32 charter_hash(BytesView charter);

// Form, limits and the rules that need no other charter (charter_rules.h). Defaults stand where a policy has none.
// Errors: kCharterTooLarge, kCharterMalformed.
Result<Charter> parse_charter(BytesView bytes);
// False if it has fields, or sealing keys of an algorithm, that only a later version knows; they count for nothing here.
bool is_known_whole(BytesView charter);
// The form of the envelope alone; signatures of an unknown algorithm are passed over. Errors: as above.
Result<SignedCharter> parse_signed_charter(BytesView bytes);
// True iff the signature is by its key over this charter; whether the key counts is for verify.h.
bool signs_charter(const CharterSignature& signature, BytesView charter);

// For authors.
Bytes serialise_charter(const Charter& charter);
CharterSignature sign_charter(BytesView charter, const SigningKey& root_key);
Bytes serialise_signed_charter(const SignedCharter& signed_charter);

}  // namespace tamizdat::format
