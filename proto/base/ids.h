// The ids of Tamizdat: 32 octets each, one C++ type each, printed as bech32m with a prefix that tells the kind.
// ProjectId, LogId, EntryId and BlobRoot are hashes; DeskId and RelayId are Ed25519 public keys.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "proto/base/bech32m.h"
#include "proto/base/hash32.h"

namespace tamizdat {

inline constexpr ErrorCode kIdInvalid{"id-invalid"};
inline constexpr ErrorCode kIdOfAnotherKind{"id-of-another-kind"};

// What an id with this prefix names, for error texts; "unknown kind" for a strange prefix.
std::string_view kind_of_id_prefix(std::string_view prefix);
// The payload of an id's text. Errors: kIdInvalid (typing error), kIdOfAnotherKind (says which kind it is).
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
struct BlobKind { static constexpr std::string_view kPrefix = "tzblob"; };

using ProjectId = Id<ProjectKind>;
using LogId = Id<LogKind>;
using EntryId = Id<EntryKindTag>;
using DeskId = Id<DeskKind>;
using RelayId = Id<RelayKind>;
using RootKeyId = Id<RootKeyKind>;
using BlobRoot = Id<BlobKind>;

}  // namespace tamizdat

template <typename Kind>
struct std::hash<tamizdat::Id<Kind>> {
  std::size_t operator()(const tamizdat::Id<Kind>& id) const noexcept { return std::hash<tamizdat::Hash32>{}(id.value); }
};
