// Which charter of a project is in force, as far as relays know: each is asked for its chain, and each answer gets a
// verdict of its own. A relay cannot make a charter, so the newest chain that verifies counts; where two contradict each
// other, that for which a quorum of relays has decided.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "client-lib/charters/chain.h"
#include "client-lib/net/relay_client.h"

namespace tamizdat::charters {

inline constexpr ErrorCode kChainOfAnotherProject{"chain-of-another-project"};
inline constexpr ErrorCode kProjectNotKnown{"project-unknown"};

// What one relay says.
struct RelayChain {
  std::string relay;            // host and port
  std::optional<Chain> chain;   // that verifies and is the project's
  std::optional<Error> trouble; // no line, no such project, or a chain that does not verify
  std::vector<Bytes> statements;  // what it holds about the project, unverified
  RelayId id;                     // of its address line
};

using Progress = std::function<void(std::string_view doing, std::uint64_t done, std::uint64_t of)>;

std::vector<RelayChain> ask_for_chains(const ProjectId& project, std::span<net::RelayClient> relays, const Progress& progress);

// All of it together.
struct Said {
  std::vector<Chain> chains;
  std::vector<Bytes> statements;
};
Said said_by(std::span<const RelayChain> chains);

// The newest of the known one and of those that continue it, or of the branch that has won. Errors: format::kCharterForked
// while none has.
Result<std::optional<Chain>> newest(std::optional<Chain> known, std::span<const RelayChain> chains);

}  // namespace tamizdat::charters
