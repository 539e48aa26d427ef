#include "proto/format/charter_decision.h"

#include <algorithm>
#include <map>
#include <set>

#include "proto/base/check.h"

namespace tamizdat::format {
namespace {

// The charter of the contested version that this word stands for. Nothing if it is of an earlier version, or of a branch
// that nobody here knows.
std::optional<Hash32> branch_of(const CharterSeen& seen, std::uint64_t version, std::span<const CharterChain> chains) {
  if (seen.version == version) return seen.hash;
  if (seen.version < version) return std::nullopt;
  for (const CharterChain chain : chains)
    if (seen.version <= chain.size() && chain[static_cast<std::size_t>(seen.version - 1)].hash() == seen.hash)
      return chain[static_cast<std::size_t>(version - 1)].hash();
  return std::nullopt;
}

std::string relays_text(const std::vector<PolicyRelay>& relays) {
  if (relays.empty()) return "no relay";
  std::string out = std::to_string(relays.size()) + (relays.size() == 1 ? " relay (" : " relays (");
  for (const PolicyRelay& relay : relays) out += (&relay == &relays.front() ? "" : ", ") + relay.country;
  return out + ")";
}

}  // namespace

bool CharterDecision::can_be_decided() const {
  return std::ranges::any_of(branches, [&](const CharterBranch& branch) { return branch.relays.size() + silent.size() >= quorum; });
}

std::string CharterDecision::text() const {
  std::string out;
  for (const CharterBranch& branch : branches) out += "charter " + to_hex(branch.charter.view()) + ": " + relays_text(branch.relays) + "; ";
  if (!contradicting.empty()) out += relays_text(contradicting) + " said both and counts for none; ";
  if (!silent.empty()) out += std::to_string(silent.size()) + " not heard yet; ";
  return out + std::to_string(quorum) + " needed";
}

CharterDecision decide_charter_fork(const CharterFork& fork, std::span<const CharterChain> chains, StatementPointers statements) {
  TMZ_CHECK(!chains.empty() && chains.front().size() + 1 >= fork.version);
  const WitnessPolicy& policy = chains.front()[static_cast<std::size_t>(fork.version - 2)].content().witness;
  std::map<Hash32, std::set<Hash32>> named;  // by witness key
  for (const auto& statement : statements) {
    const auto* const seen = statement ? statement->as<CharterSeen>() : nullptr;
    if (seen == nullptr) continue;
    if (const auto branch = branch_of(*seen, fork.version, chains)) named[seen->relay.witness_key].insert(*branch);
  }

  CharterDecision out;
  out.version = fork.version;
  out.quorum = std::max(policy.quorum, least_quorum(policy));
  std::map<Hash32, std::vector<PolicyRelay>> branches;
  for (const VerifiedCharter& branch : fork.branches) branches[branch.hash()];
  for (const PolicyRelay& relay : policy.relays) {
    const auto words = named.find(relay.witness_key);
    if (words == named.end())
      out.silent.push_back(relay);
    else if (words->second.size() > 1)
      out.contradicting.push_back(relay);
    else
      branches[*words->second.begin()].push_back(relay);
  }
  for (auto& [charter, relays] : branches) {
    if (relays.size() >= out.quorum) out.winner = charter;
    out.branches.push_back({charter, std::move(relays)});
  }
  return out;
}

}  // namespace tamizdat::format
