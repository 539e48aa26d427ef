#include "proto/base/ids.h"

#include <array>

#include "proto/base/sealing_key_id.h"

namespace tamizdat {
namespace {

struct PrefixMeaning {
  std::string_view prefix;
  std::string_view kind;
};
constexpr std::array<PrefixMeaning, 8> kPrefixes{{{ProjectKind::kPrefix, "project"},
                                                  {LogKind::kPrefix, "log"},
                                                  {EntryKindTag::kPrefix, "entry"},
                                                  {DeskKind::kPrefix, "desk"},
                                                  {RelayKind::kPrefix, "relay"},
                                                  {RootKeyKind::kPrefix, "root key"},
                                                  {SealingKeyKind::kPrefix, "sealing key"},
                                                  {BlobId::kPrefix, "attachment"}}};

}  // namespace

std::string_view kind_of_id_prefix(std::string_view prefix) {
  for (const auto& known : kPrefixes)
    if (known.prefix == prefix) return known.kind;
  return "unknown kind";
}

Result<Bytes> parse_id(std::string_view expected_prefix, std::string_view text, std::size_t octets) {
  const std::string expected(kind_of_id_prefix(expected_prefix));
  auto decoded = decode_bech32m(text);
  if (!decoded) return fail(kIdInvalid, "not a valid " + expected + " id: " + decoded.error().text);
  if (decoded->prefix != expected_prefix)
    return fail(kIdOfAnotherKind, "this is an id of kind '" + std::string(kind_of_id_prefix(decoded->prefix)) +
                                      "', where the id of a " + expected + " (" + std::string(expected_prefix) +
                                      "1...) belongs");
  if (decoded->payload.size() != octets)
    return fail(kIdInvalid,
                "the " + expected + " id does not hold " + std::to_string(octets) + " octets: copy it again");
  return std::move(decoded->payload);
}

Result<Hash32> parse_id(std::string_view expected_prefix, std::string_view text) {
  const auto octets = parse_id(expected_prefix, text, sizeof(Hash32::octets));
  if (!octets) return pass(octets);
  return *Hash32::from(*octets);
}

Result<BlobId> BlobId::parse(std::string_view text) {
  const auto octets = parse_id(kPrefix, text, sizeof(Hash32::octets) + sizeof(size));
  if (!octets) return pass(octets);
  BlobId id{*Hash32::from(BytesView(*octets).substr(0, sizeof(Hash32::octets)))};
  for (const char c : BytesView(*octets).substr(sizeof(Hash32::octets)))
    id.size = (id.size << 8) | static_cast<unsigned char>(c);
  if (id.size == 0) return fail(kIdInvalid, "the attachment id names an empty attachment: copy it again");
  return id;
}

std::string BlobId::text() const { return encode_bech32m(kPrefix, octets()); }

Bytes BlobId::octets() const {
  Bytes out(root.view());
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift);
  return out;
}

}  // namespace tamizdat
