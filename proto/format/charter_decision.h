// Which of two charters of one version counts: that which a quorum of the witnesses of the last common charter has
// taken, by their word (charter_seen.h). A relay that names two of them counts for none. Pure, and the same for relays
// and readers: whoever has the same statements decides the same. proto/README.md, "Forked charters".
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "proto/format/statement.h"

namespace tamizdat::format {

struct CharterBranch {
  Hash32 charter;  // of the contested version
  std::vector<PolicyRelay> relays;  // that name it, or a later charter of its branch
};

struct CharterDecision {
  std::uint64_t version = 0;            // the contested one
  std::size_t quorum = 0;               // least_quorum(), and what the policy asks for if that is more
  std::vector<CharterBranch> branches;  // those of the proof and others that are named, by hash
  std::vector<PolicyRelay> contradicting;  // name two
  std::vector<PolicyRelay> silent;         // name none yet
  std::optional<Hash32> winner;

  // False: whatever the silent relays say, there will be no quorum.
  bool can_be_decided() const;
  // "charter <hash>: 2 relays (GE, AM); charter <hash>: none; 1 has not said; 3 are needed"
  std::string text() const;
};

using CharterChain = std::span<const VerifiedCharter>;

// `chains`: those that are known whole, the verifier's own first. Every one begins with version 1 and reaches the
// charter before the contested version.
CharterDecision decide_charter_fork(const CharterFork& fork, std::span<const CharterChain> chains, StatementPointers statements);

}  // namespace tamizdat::format
