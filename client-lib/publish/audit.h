// Whether relays have what their receipts say: random entries and random blocks of attachments are asked for, and compared
// with the desk's own. A receipt is a promise under the relay's key; who cannot keep it is named.
#pragma once

#include <string>
#include <vector>

#include "client-lib/edges/edges.h"
#include "client-lib/publish/receipts.h"

namespace tamizdat::publish {

struct AuditedRelay {
  std::string name;
  RelayId relay;
  std::optional<format::Receipt> receipt;  // none: nothing to hold it to
  std::uint64_t entries = 0;               // that it was asked for and gave
  std::uint64_t blocks = 0;
  std::vector<std::string> broken;  // what it signed for and does not give, a sentence each
  std::optional<Error> trouble;     // it could not be asked
};

// Errors: those of the desk's file.
Result<std::vector<AuditedRelay>> audit(desk::DeskStore& store, const desk::Project& project, std::span<RelayView> relays,
                                        const witnessing::StatementSet& statements, edges::Random& random,
                                        Timestamp now, const Progress& progress);

}  // namespace tamizdat::publish
