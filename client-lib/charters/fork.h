// Which charters count where two of one version are known, in a home, in a folder or at relays: the relays that have a
// say decide (proto/format/charter_decision.h), and a client follows only what it has verified itself.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "client-lib/charters/chain.h"
#include "proto/format/charter_decision.h"

namespace tamizdat::charters {

struct Resolved {
  Chain chain;             // the one that counts, with what continues it; the known one where nothing is decided
  bool went_over = false;  // the known one has lost
  std::optional<format::CharterDecision> dispute;  // two charters, and no branch has a quorum here
  Bytes proof = {};  // of the dispute: the statement charter-fork
};

// Of `known` and others of the same project. `statements`: what relays say of it, unverified; other branches that these
// prove count as if a relay had given them.
Resolved resolve(const Chain& known, std::span<const Chain> others, std::span<const Bytes> statements);

// "two charters of version 3, both signed by enough root keys: <hash> and <hash>".
std::string fork_text(const format::CharterFork& fork);
// What it means, for whoever has to act, with the relays of each branch.
std::string dispute_text(const format::CharterDecision& dispute);
// For one relay that is on the branch that has lost.
std::string lost_text(const Chain& winning, const Chain& lost, const std::string& whose);

}  // namespace tamizdat::charters
