// The ids of Tamizdat, one C++ type each, printed as bech32m with a prefix that tells the kind. ProjectId, LogId and
// EntryId are hashes, DeskId, RelayId and RootKeyId Ed25519 public keys, of 32 octets each; a BlobId is a root and a size.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "proto/base/bech32m.h"
#include "proto/base/hash32.h"

namespace tamizdat {

inline constexpr ErrorCode kIdInvalid{"id-invalid"};
inline constexpr ErrorCode kIdOfAnotherKind{"id-of-another-kind"};

// What an id with this prefix names, for error texts; "unknown kind" for a strange prefix.
std::string_view kind_of_id_prefix(std::string_view prefix);
// The payload of an id's text. Errors: kIdInvalid (typing error, another length), kIdOfAnotherKind (says which kind it is).
Result<Bytes> parse_id(std::string_view expected_prefix, std::string_view text, std::size_t octets);
Result<Hash32> parse_id(std::string_view expected_prefix, std::string_view text);

template <typename Kind>
struct Id {
  Hash32 value;

  constexpr Id() = default;
  constexpr explicit Id(const Hash32& hash) : value(hash) {}
  static Result<Id> parse(std::string_view text) {
    auto hash = parse_id(Kind::kPrefix, text);
    if (!hash) return pass(hash);
    return Id(*hash);
  }
  std::string text() const { return encode_bech32m(Kind::kPrefix, value.view()); }
  BytesView view() const { return value.view(); }
  friend auto operator<=>(const Id&, const Id&) = default;
};

struct ProjectKind { static constexpr std::string_view kPrefix = "tzproject"; };
struct LogKind { static constexpr std::string_view kPrefix = "tzlog"; };
struct EntryKindTag { static constexpr std::string_view kPrefix = "tzentry"; };
struct DeskKind { static constexpr std::string_view kPrefix = "tzdesk"; };
struct RelayKind { static constexpr std::string_view kPrefix = "tzrelay"; };
struct RootKeyKind { static constexpr std::string_view kPrefix = "tzroot"; };

using ProjectId = Id<ProjectKind>;
using LogId = Id<LogKind>;
using EntryId = Id<EntryKindTag>;
using DeskId = Id<DeskKind>;
using RelayId = Id<RelayKind>;
using RootKeyId = Id<RootKeyKind>;

// An attachment: the `pieces root` of BEP 52 AND the size in octets, at least 1, since the root alone does not bind the
// length. 40 octets: the root, then the size big endian.
struct BlobId {
  static constexpr std::string_view kPrefix = "tzblob";

  Hash32 root;
  std::uint64_t size = 0;

  // Errors: as of parse_id().
  static Result<BlobId> parse(std::string_view text);
  std::string text() const;
  Bytes octets() const;
  friend auto operator<=>(const BlobId&, const BlobId&) = default;
};

}  // namespace tamizdat

template <>
struct std::hash<tamizdat::BlobId> {
  std::size_t operator()(const tamizdat::BlobId& id) const noexcept { return std::hash<tamizdat::Hash32>{}(id.root); }
};

template <typename Kind>
struct std::hash<tamizdat::Id<Kind>> {
  std::size_t operator()(const tamizdat::Id<Kind>& id) const noexcept { return std::hash<tamizdat::Hash32>{}(id.value); }
};
