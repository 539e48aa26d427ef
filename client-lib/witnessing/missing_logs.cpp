#include "client-lib/witnessing/missing_logs.h"

#include "proto/format/merkle.h"

namespace tamizdat::witnessing {

std::vector<MissingLog> missing_logs(const format::VerifiedCharter& charter, format::StatementPointers statements, Timestamp now) {
  std::vector<MissingLog> out;
  const auto look_at = [&](const DeskId& desk, const std::string& label) {
    const LogId log = format::log_id(charter.project(), desk);
    const auto root_at = [](std::uint64_t) { return std::optional(format::empty_root()); };
    const auto verdict = format::judge_freshness({charter, log, 0, root_at}, statements, now);
    if (verdict.witnessed > 0) out.push_back({desk, label, log, verdict});
  };
  for (const auto& desk : charter.content().desks) look_at(desk.id, desk.label);
  for (const auto& desk : charter.content().closed_desks) look_at(desk.id, desk.label);
  return out;
}

}  // namespace tamizdat::witnessing
