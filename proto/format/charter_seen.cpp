#include "proto/format/charter_seen.h"

#include <algorithm>

#include "proto/format/hash.h"
#include "proto/format/message.h"
#include "proto/format/statement_rules.h"
#include "proto/format/tamizdat.pb.h"

namespace tamizdat::format {
namespace {

const PolicyRelay* with_witness_key(std::span<const PolicyRelay> relays, const Hash32& key) {
  const auto found = std::ranges::find(relays, key, &PolicyRelay::witness_key);
  return found == relays.end() ? nullptr : &*found;
}

// Two charters of one version are decided by the relays of the one before, so these have a say too.
const PolicyRelay* witness(const StatementContext& context, std::uint64_t version, const Hash32& key) {
  const std::uint64_t last = context.chain.size();
  for (const std::uint64_t deciding : {last, last - 1, version - 1}) {
    if (deciding == 0 || deciding > last) continue;
    const VerifiedCharter& charter = context.chain[static_cast<std::size_t>(deciding - 1)];
    if (const auto* const relay = with_witness_key(charter.content().witness.relays, key)) return relay;
  }
  return with_witness_key(context.also, key);
}

// What is said of this chain and what is said of another branch are two things: who says both contradicts himself, and
// the one must not hide the other.
Hash32 slot_of(const StatementContext& context, std::uint64_t version, const Hash32& hash, const Hash32& key) {
  const bool is_of_another = version <= context.chain.size() && context.chain[static_cast<std::size_t>(version - 1)].hash() != hash;
  return is_of_another ? domain_hash("charter-seen-slot", {key.view()}) : key;
}

}  // namespace

Result<CharterSeenContent> parse_charter_seen(BytesView content) {
  const auto malformed = [](std::string what) {
    return fail(kCharterSeenMalformed, "the charter-seen " + std::move(what));
  };
  v1::CharterSeen message;
  if (!parse_message(content, message)) return malformed("is not a valid protobuf message");
  const auto hash = Hash32::from(message.hash());
  const auto freeze = Hash32::from(message.freeze());
  if (message.version() == 0 || !hash) return malformed("names no charter");
  if (!freeze && !message.freeze().empty()) return malformed("names a freeze by something that is no hash");
  if (!are_times({message.time()})) return malformed("has a time outside of the years 0000 to 9999");
  return CharterSeenContent{message.version(), *hash, freeze, timestamp_from_unix(message.time())};
}

Result<StatementFacts> verify_charter_seen(const StatementContext& context, const StatementParts& parts) {
  const auto content = parse_charter_seen(parts.content);
  if (!content) return tl::unexpected(content.error());
  const PolicyRelay* const relay = witness(context, content->version, *parts.signer);
  if (relay == nullptr)
    return unknown_signer("the charter-seen is signed by a key that is no witness key of the project's policy");
  return StatementFacts{slot_of(context, content->version, content->hash, *parts.signer), content->time,
                        CharterSeen{*content, *relay}};
}

Bytes make_charter_seen(const ProjectId& project, const CharterSeenContent& content, const SigningKey& witness_key) {
  v1::CharterSeen message;
  message.set_version(content.version);
  message.set_hash(Bytes(content.hash.view()));
  if (content.freeze) message.set_freeze(Bytes(content.freeze->view()));
  message.set_time(unix_seconds(content.time));
  return sign_statement(StatementKind::kCharterSeen, project, serialise_message(message), witness_key);
}

}  // namespace tamizdat::format
