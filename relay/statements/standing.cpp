#include "relay/statements/standing.h"

#include <algorithm>

namespace tamizdat::statements {

using format::StatementKind;

StatementPointer freeze_in_force(const Statements& statements, const format::VerifiedCharter& charter) {
  return statements.find(charter.project(), StatementKind::kFreeze, charter.hash());
}

Timestamp frozen_since(const Statements& statements, const format::VerifiedStatement& freeze) {
  const Timestamp said = freeze.as<format::Freeze>()->time;
  return std::min(said, statements.frozen_here_at(freeze.project(), freeze.slot()).value_or(said));
}

StatementPointer fork_in_force(const Statements& statements, const format::VerifiedCharter& charter, const DeskId& desk) {
  if (charter.content().closed_desk(desk) != nullptr) return nullptr;
  return statements.find(charter.project(), StatementKind::kForkProof, format::log_id(charter.project(), desk).value);
}

std::vector<ForkDecision> decisions_of(const Statements& statements, std::span<const format::CharterChain> chains) {
  std::vector<ForkDecision> out;
  const ProjectId& project = chains.front().front().project();
  const auto forks = statements.of(project, StatementKind::kCharterFork);
  if (forks.empty()) return out;
  const auto words = statements.of(project, StatementKind::kCharterSeen);
  for (const auto& statement : forks) {
    const auto& fork = *statement->as<format::CharterFork>();
    // Where the charters have become others since, it is about to be verified again.
    const auto common = static_cast<std::size_t>(fork.version - 2);
    if (common >= chains.front().size() || chains.front()[common].hash() != fork.branches.front().content().previous) continue;
    std::vector<format::CharterChain> known;
    for (const auto chain : chains)
      if (fork.version <= chain.size() + 1) known.push_back(chain);
    out.emplace_back(fork, format::decide_charter_fork(fork, known, words));
  }
  std::ranges::sort(out, {}, [](const ForkDecision& item) { return item.first.version; });
  return out;
}

std::optional<format::CharterDecision> dispute_of(const Statements& statements, const format::VerifiedCharter& charter) {
  if (statements.of(charter.project(), StatementKind::kCharterFork).empty()) return std::nullopt;
  const auto chain = statements.chain_of(charter.project());
  const std::vector<format::CharterChain> chains{chain};
  for (const auto& [fork, decision] : decisions_of(statements, chains)) {
    const bool is_held = fork.version <= chain.size();
    if (!is_held || decision.winner != chain[static_cast<std::size_t>(fork.version - 1)].hash()) return decision;
  }
  return std::nullopt;
}

std::string text_of(const format::CharterDecision& dispute) {
  return "two charters of version " + std::to_string(dispute.version) + " are signed by enough root keys, and nothing more is taken "
         "of this project until its relays have decided (" + dispute.text() + ")" +
         (dispute.can_be_decided() ? "" : ", which they cannot any more: a new project must take its place");
}

bool concerns_growth(const Statements& statements, const StatementChange& change) {
  using enum StatementKind;
  if (change.kind == kFreeze || change.kind == kForkProof || change.kind == kCharterFork) return true;
  return change.kind == kCharterSeen && !statements.of(change.project, kCharterFork).empty();
}

Result<void> may_grow(const Statements& statements, const format::VerifiedCharter& charter, const DeskId& desk) {
  if (const auto dispute = dispute_of(statements, charter)) return fail(format::kCharterForked, text_of(*dispute));
  if (const auto frozen = freeze_in_force(statements, charter))
    return fail(kProjectFrozen, "the project is frozen since " + to_rfc3339(frozen_since(statements, *frozen)) +
                                    " by root key " + frozen->as<format::Freeze>()->signer.text() +
                                    ": nothing more is taken until its next charter");
  if (fork_in_force(statements, charter, desk))
    return fail(kLogIsForked, "desk " + desk.text() +
                                  " signed two histories of its log, which is proven: its project must close the desk "
                                  "in a new charter");
  return {};
}

}  // namespace tamizdat::statements
