#include "proto/format/withholding.h"

#include "proto/format/country.h"
#include "proto/format/hash.h"
#include "proto/format/limits.h"
#include "proto/format/message.h"
#include "proto/format/statement_rules.h"
#include "proto/format/tamizdat.pb.h"

namespace tamizdat::format {

Result<StatementFacts> verify_withholding(const StatementContext& context, const StatementParts& parts) {
  const auto malformed = [](std::string what) {
    return fail(kWithholdingMalformed, "the withholding " + std::move(what));
  };
  v1::Withholding message;
  if (!parse_message(parts.content, message)) return malformed("is not a valid protobuf message");
  const auto entry = Hash32::from(message.entry());
  if (!entry) return malformed("names no entry of 32 octets");
  if (!is_country(message.country())) return malformed("names no country of two capital letters");
  if (message.reason().size() > kWithholdingReasonBytesMax || (message.reason().empty() && !message.lifted()))
    return malformed("gives no reason, or one above 1,024 octets");
  if (!are_times({message.time()})) return malformed("has a time outside of the years 0000 to 9999");
  const RelayId signer(*parts.signer);
  if (find_relay(context, *parts.signer, [](const PolicyRelay& relay) { return relay.relay.value; }) == nullptr)
    return unknown_signer("the withholding is signed by " + signer.text() + ", which is no relay of the project's policy");
  const Timestamp time = timestamp_from_unix(message.time());
  return StatementFacts{withholding_slot(EntryId(*entry), signer), time,
                        Withholding{{EntryId(*entry), message.country(), message.reason(), time, message.lifted(),
                                     message.kept_from_peers()},
                                    signer}};
}

std::optional<EntryId> withheld_entry(BytesView statement) {
  const auto name = peek_statement(statement);
  v1::Statement envelope;
  v1::Withholding message;
  if (!name || name->kind != StatementKind::kWithholding || !parse_message(statement, envelope) ||
      !parse_message(envelope.content(), message))
    return std::nullopt;
  const auto entry = Hash32::from(message.entry());
  return entry ? std::optional(EntryId(*entry)) : std::nullopt;
}

Bytes make_withholding(const ProjectId& project, const WithholdingContent& content, const SigningKey& identity_key) {
  v1::Withholding message;
  message.set_entry(Bytes(content.entry.view()));
  message.set_country(content.country);
  message.set_reason(content.reason);
  message.set_time(unix_seconds(content.time));
  message.set_lifted(content.lifted);
  message.set_kept_from_peers(content.kept_from_peers);
  return sign_statement(StatementKind::kWithholding, project, serialise_message(message), identity_key);
}

Hash32 withholding_slot(const EntryId& entry, const RelayId& relay) {
  return domain_hash("withholding-slot", {entry.view(), relay.view()});
}

}  // namespace tamizdat::format
