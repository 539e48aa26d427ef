#include "proto/format/freeze.h"

#include <algorithm>

#include "proto/format/hash.h"
#include "proto/format/message.h"
#include "proto/format/statement_rules.h"
#include "proto/format/tamizdat.pb.h"

namespace tamizdat::format {

Result<StatementFacts> verify_freeze(const StatementContext& context, const StatementParts& parts) {
  const auto malformed = [](std::string what) { return fail(kFreezeMalformed, "the freeze " + std::move(what)); };
  v1::Freeze message;
  if (!parse_message(parts.content, message)) return malformed("is not a valid protobuf message");
  const auto charter = Hash32::from(message.charter());
  if (!charter) return malformed("names no charter");
  if (!are_times({message.time()})) return malformed("has a time outside of the years 0000 to 9999");
  const auto frozen = std::ranges::find(context.chain, *charter, &VerifiedCharter::hash);
  if (frozen == context.chain.end())
    return fail(kFreezeOfUnknownCharter,
                "the freeze names a charter that is not in the project's chain: fetch its charters first");
  const RootKeyId signer(*parts.signer);
  if (std::ranges::find(frozen->content().root_keys, signer) == frozen->content().root_keys.end())
    return unknown_signer("the freeze is signed by " + signer.text() + ", no root key of the charter that it names");
  const Timestamp time = timestamp_from_unix(message.time());
  return StatementFacts{*charter, std::nullopt,
                        Freeze{*charter, frozen->version(), time, signer, sha256({parts.content})}};
}

Bytes make_freeze(const ProjectId& project, const Hash32& charter, Timestamp time, const SigningKey& root_key) {
  v1::Freeze message;
  message.set_charter(Bytes(charter.view()));
  message.set_time(unix_seconds(time));
  return sign_statement(StatementKind::kFreeze, project, serialise_message(message), root_key);
}

}  // namespace tamizdat::format
