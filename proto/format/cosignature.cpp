#include "proto/format/cosignature.h"

#include "proto/base/check.h"
#include "proto/format/hash.h"
#include "proto/format/limits.h"
#include "proto/format/statement_rules.h"

namespace tamizdat::format {
namespace {

constexpr std::string_view kNamePrefix = "tamizdat/";
constexpr std::string_view kLinePrefix = "\xE2\x80\x94 ";  // em dash, space
constexpr std::string_view kCosignatureType = "\x04";      // C2SP signed-note, "Signature types"
constexpr std::size_t kKeyIdBytes = 4;
constexpr std::size_t kTimeBytes = 8;

tl::unexpected<Error> malformed(std::string what) {
  return fail(kCosignatureMalformed, "the cosigned head " + std::move(what));
}

std::string line_of(const CosignedHead& cosigned) {
  Bytes octets = cosigned.key_id;
  append_u64_be(octets, static_cast<std::uint64_t>(unix_seconds(cosigned.time)));
  octets += cosigned.signature;
  return std::string(kLinePrefix) + witness_name(cosigned.relay) + ' ' + to_base64(octets) + '\n';
}

// The relay and its signature, out of the line without its newline.
Result<void> parse_line(std::string_view line, CosignedHead& out) {
  const std::size_t space = line.rfind(' ');
  if (!line.starts_with(kLinePrefix) || space == std::string_view::npos || space < kLinePrefix.size())
    return malformed("does not end with a signature line");
  std::string_view name = line.substr(kLinePrefix.size(), space - kLinePrefix.size());
  if (!name.starts_with(kNamePrefix)) return malformed("is cosigned under a name that is not tamizdat/<relay id>");
  name.remove_prefix(kNamePrefix.size());
  const auto relay = RelayId::parse(name);
  if (!relay) return fail(relay.error().code, "the cosigner's name: " + relay.error().text);
  const auto octets = from_base64(line.substr(space + 1));
  if (!octets || octets->size() != kKeyIdBytes + kTimeBytes + kSignatureBytes)
    return malformed("has a cosignature that is not 76 octets of base64");
  const BytesView view = *octets;
  const std::uint64_t time = read_u64_be(view.substr(kKeyIdBytes, kTimeBytes));
  if (time > static_cast<std::uint64_t>(unix_seconds(kTimestampMax)))
    return malformed("has a time after the year 9999");
  out.relay = *relay;
  out.key_id = Bytes(view.substr(0, kKeyIdBytes));
  out.time = timestamp_from_unix(static_cast<std::int64_t>(time));
  out.signature = Bytes(view.substr(kKeyIdBytes + kTimeBytes));
  return {};
}

}  // namespace

std::string witness_name(const RelayId& relay) { return std::string(kNamePrefix) + relay.text(); }

Bytes cosignature_key_id(std::string_view key_name, const Hash32& key) {
  const Hash32 hash = sha256({key_name, "\n", kCosignatureType, key.view()});
  return Bytes(hash.view().substr(0, kKeyIdBytes));
}

std::string CosignedHead::signed_text() const {
  return "cosignature/v1\ntime " + std::to_string(unix_seconds(time)) + '\n' + checkpoint.text();
}

Result<CosignedHead> parse_cosigned_head(BytesView bytes) {
  if (bytes.size() > kCosignedHeadBytesMax)
    return fail(kCosignatureTooLarge, "the cosigned head is larger than " + std::to_string(kCosignedHeadBytesMax) + " octets");
  if (!bytes.ends_with('\n')) return malformed("does not end with a line feed");
  const std::size_t before = bytes.rfind('\n', bytes.size() - 2);
  if (bytes.size() < 2 || before == BytesView::npos) return malformed("has only one line");
  CosignedHead out;
  out.checkpoint_bytes = Bytes(bytes.substr(0, before + 1));
  const BytesView line = bytes.substr(before + 1);
  auto checkpoint = parse_checkpoint(out.checkpoint_bytes);
  if (!checkpoint) return pass(checkpoint);
  out.checkpoint = *std::move(checkpoint);
  if (auto parsed = parse_line(line.substr(0, line.size() - 1), out); !parsed) return pass(parsed);
  if (line_of(out) != line) return malformed("has a cosignature that is not in its one byte form");
  return out;
}

Result<void> check_cosignature(const CosignedHead& cosigned, const Hash32& witness_key) {
  if (cosigned.key_id != cosignature_key_id(witness_name(cosigned.relay), witness_key))
    return fail(kCosignatureKeyId, "the cosignature names another key than the relay's witness key");
  if (!verify_raw(witness_key, cosigned.signed_text(), cosigned.signature))
    return fail(kCosignatureInvalid, "the cosignature is not by the relay's witness key over this head and time");
  return {};
}

Bytes cosign(BytesView checkpoint, const RelayId& relay, const SigningKey& witness_key, Timestamp time) {
  const auto parsed = parse_checkpoint(checkpoint);
  TMZ_CHECK(parsed && unix_seconds(time) >= 0);
  CosignedHead out{Bytes(checkpoint), *parsed, relay, time, cosignature_key_id(witness_name(relay), witness_key.public_key()), {}};
  out.signature = witness_key.sign_raw(out.signed_text());
  return Bytes(checkpoint) + line_of(out);
}

Result<StatementFacts> verify_cosigned_head(const StatementContext& context, const StatementParts& parts) {
  auto cosigned = parse_cosigned_head(parts.content);
  if (!cosigned) return pass(cosigned);
  const auto head = verify_head(context.in_force(), cosigned->checkpoint_bytes);
  if (!head) return tl::unexpected(head.error());
  const PolicyRelay* const relay = find_relay(context, cosigned->relay.value, [](const PolicyRelay& item) { return item.relay.value; });
  if (relay == nullptr || relay->witness_key == Hash32())  // of a peer that no charter lists the keys are not known
    return unknown_signer("the head is cosigned by " + cosigned->relay.text() + ", which the project's policy does not list");
  if (auto good = check_cosignature(*cosigned, relay->witness_key); !good) return pass(good);
  const Timestamp time = cosigned->time;
  return StatementFacts{slot_of_log(head->log(), relay->witness_key), time,
                        WitnessedHead{*std::move(cosigned), head->log(), *relay}};
}

Bytes make_cosigned_head(const ProjectId& project, BytesView cosigned_head) {
  return serialise_statement(StatementKind::kCosignedHead, project, cosigned_head);
}

}  // namespace tamizdat::format
