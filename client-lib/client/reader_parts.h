// What the calls of <tamizdat/reader.h> share.
#pragma once

#include <tamizdat/reader.h>

#include <string>
#include <vector>

#include "client-lib/client/edges.h"
#include "client-lib/verify/verify_source.h"

namespace tamizdat::client {

// The relays that are named, or else those of the home. Errors: no-relay.
Outcome<std::vector<std::string>> lines_for(const std::vector<std::string>& named, const std::string& home, const std::string& proxy,
                                            Edges& edges);
Result<std::vector<sync::RelayAddress>> addresses_of(const std::vector<std::string>& lines);

ProvenEntry proven_entry(const verify::ProvenEntry& proven);
ProvenLog proven_log(const verify::Proven& proven, const verify::ProvenLog& log);
ProvenProject proven_project(const verify::Proven& proven, const format::VerifiedCharter& charter, bool is_confirmed);

}  // namespace tamizdat::client
