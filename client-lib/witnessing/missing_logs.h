// Logs that somebody keeps back as a whole: he has nothing of them to show, and relays have cosigned entries.
#pragma once

#include <string>
#include <vector>

#include "client-lib/witnessing/statement_set.h"
#include "proto/format/freshness.h"

namespace tamizdat::witnessing {

struct MissingLog {
  DeskId desk;
  std::string label;
  LogId log;
  format::FreshnessVerdict freshness;  // of nothing
};

// Of the desks of this charter those whose log a reader without any entry of it would be withheld.
std::vector<MissingLog> missing_logs(const format::VerifiedCharter& charter, format::StatementPointers statements, Timestamp now);

}  // namespace tamizdat::witnessing
