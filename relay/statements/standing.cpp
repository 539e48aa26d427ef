#include "relay/statements/standing.h"

namespace tamizdat::statements {

using format::StatementKind;

StatementPointer freeze_in_force(const Statements& statements, const format::VerifiedCharter& charter) {
  return statements.find(charter.project(), StatementKind::kFreeze, charter.hash());
}

StatementPointer fork_in_force(const Statements& statements, const format::VerifiedCharter& charter, const DeskId& desk) {
  if (charter.content().closed_desk(desk) != nullptr) return nullptr;
  return statements.find(charter.project(), StatementKind::kForkProof, format::log_id(charter.project(), desk).value);
}

Result<void> may_grow(const Statements& statements, const format::VerifiedCharter& charter, const DeskId& desk) {
  if (const auto frozen = freeze_in_force(statements, charter))
    return fail(kProjectFrozen, "the project is frozen since " + to_rfc3339(frozen->as<format::Freeze>()->time) +
                                    " by root key " + frozen->as<format::Freeze>()->signer.text() +
                                    ": nothing more is taken until its next charter");
  if (fork_in_force(statements, charter, desk))
    return fail(kLogIsForked, "desk " + desk.text() +
                                  " signed two histories of its log, which is proven: its project must close the desk "
                                  "in a new charter");
  return {};
}

}  // namespace tamizdat::statements
