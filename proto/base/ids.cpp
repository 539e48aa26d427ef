#include "proto/base/ids.h"

#include <array>

namespace tamizdat {
namespace {

struct PrefixMeaning {
  std::string_view prefix;
  std::string_view kind;
};
constexpr std::array<PrefixMeaning, 7> kPrefixes{{{ProjectKind::kPrefix, "project"},
                                                  {LogKind::kPrefix, "log"},
                                                  {EntryKindTag::kPrefix, "entry"},
                                                  {DeskKind::kPrefix, "desk"},
                                                  {RelayKind::kPrefix, "relay"},
                                                  {RootKeyKind::kPrefix, "root key"},
                                                  {BlobKind::kPrefix, "attachment"}}};

}  // namespace

std::string_view kind_of_id_prefix(std::string_view prefix) {
  for (const auto& known : kPrefixes)
    if (known.prefix == prefix) return known.kind;
  return "unknown kind";
}

Result<Hash32> parse_id(std::string_view expected_prefix, std::string_view text) {
  const std::string expected(kind_of_id_prefix(expected_prefix));
  auto decoded = decode_bech32m(text);
  if (!decoded) return fail(kIdInvalid, "not a valid " + expected + " id: " + decoded.error().text);
  if (decoded->prefix != expected_prefix)
    return fail(kIdOfAnotherKind, "this is an id of kind '" + std::string(kind_of_id_prefix(decoded->prefix)) +
                                      "', where the id of a " + expected + " (" + std::string(expected_prefix) +
                                      "1...) belongs");
  const auto hash = Hash32::from(decoded->payload);
  if (!hash) return fail(kIdInvalid, "the " + expected + " id does not hold 32 octets: copy it again");
  return *hash;
}

}  // namespace tamizdat
