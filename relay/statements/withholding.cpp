#include "relay/statements/withholding.h"

#include <algorithm>

namespace tamizdat::statements {

using format::StatementKind;

StatementPointer withholding_in_force(const Statements& statements, const ProjectId& project, const EntryId& entry,
                                      const RelayId& relay) {
  auto notice = statements.find(project, StatementKind::kWithholding, format::withholding_slot(entry, relay));
  return notice && !notice->as<format::Withholding>()->lifted ? notice : nullptr;
}

bool is_kept_from_peers(const Statements& statements, const ProjectId& project, const EntryId& entry) {
  return std::ranges::any_of(statements.of(project, StatementKind::kWithholding), [&](const StatementPointer& statement) {
    const auto& notice = *statement->as<format::Withholding>();
    return notice.entry == entry && notice.kept_from_peers && !notice.lifted;
  });
}

std::vector<EntryId> entries_with_notices(const Statements& statements, const ProjectId& project) {
  std::vector<EntryId> out;
  for (const auto& statement : statements.of(project, StatementKind::kWithholding))
    out.push_back(statement->as<format::Withholding>()->entry);
  for (const Bytes& idle : statements.idle_of(project, StatementKind::kWithholding))
    if (const auto entry = format::withheld_entry(idle)) out.push_back(*entry);
  return out;
}

std::vector<format::PolicyRelay> holders_of(const Statements& statements, const EntryPlace& place) {
  std::vector<format::PolicyRelay> out;
  for (const auto& statement : statements.of(place.project, StatementKind::kReceipt)) {
    const auto& [receipt, relay] = *statement->as<format::RelayReceipt>();
    const auto leaves_out = [&](const format::ReceiptException& exception) {
      return exception.from <= place.index && place.index < exception.to;
    };
    if (receipt.log != place.log || place.index < receipt.from || receipt.to <= place.index ||
        std::ranges::any_of(receipt.exceptions, leaves_out))
      continue;
    if (!withholding_in_force(statements, place.project, place.entry, relay.relay)) out.push_back(relay);
  }
  return out;
}

}  // namespace tamizdat::statements
