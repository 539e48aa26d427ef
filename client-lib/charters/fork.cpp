#include "client-lib/charters/fork.h"

#include <algorithm>
#include <memory>
#include <vector>

namespace tamizdat::charters {
namespace {

using Statements = std::vector<std::shared_ptr<const format::VerifiedStatement>>;

Statements verified_under(const Chain& chain, std::span<const Bytes> statements) {
  Statements out;
  for (const Bytes& statement : statements)
    if (auto verified = format::verify_statement({chain.charters()}, statement))
      out.push_back(std::make_shared<const format::VerifiedStatement>(*std::move(verified)));
  return out;
}

// Charters that the statements prove to be another branch of this chain.
std::vector<Chain> branches_in(const Chain& chain, const Statements& statements) {
  std::vector<Chain> out;
  for (const auto& statement : statements) {
    const auto* const fork = statement->as<format::CharterFork>();
    if (fork == nullptr) continue;
    for (const auto& branch : fork->branches) {
      std::vector<Bytes> charters = chain.signed_charters();
      charters.resize(static_cast<std::size_t>(fork->version - 1));
      charters.emplace_back(branch.signed_bytes());
      if (auto other = Chain::verify(charters)) out.push_back(*std::move(other));
    }
  }
  return out;
}

const Chain* longest_after(const Chain& chain, const std::vector<Chain>& others) {
  const Chain* longest = nullptr;
  for (const Chain& other : others)
    if (compare(chain, other) == Standing::kNewer && (longest == nullptr || other.version() > longest->version())) longest = &other;
  return longest;
}

// The one that parts from the chain at the lowest version.
const Chain* first_parting(const Chain& chain, const std::vector<Chain>& others) {
  const Chain* first = nullptr;
  for (const Chain& other : others)
    if (compare(chain, other) == Standing::kForked && (first == nullptr || fork_version(chain, other) < fork_version(chain, *first)))
      first = &other;
  return first;
}

}  // namespace

Resolved resolve(const Chain& known, std::span<const Chain> chains, std::span<const Bytes> statements) {
  Resolved out{known, false, std::nullopt, {}};
  std::vector<Chain> others(chains.begin(), chains.end());
  std::ranges::move(branches_in(known, verified_under(known, statements)), std::back_inserter(others));
  for (;;) {
    const Chain* const other = first_parting(out.chain, others);
    if (other == nullptr) {
      const Chain* const newer = longest_after(out.chain, others);
      if (newer == nullptr) break;
      out.chain = Chain(*newer);
      continue;
    }
    const std::uint64_t version = fork_version(out.chain, *other);
    std::vector<format::CharterChain> all{out.chain.charters()};
    for (const Chain& item : others)
      if (item.version() + 1 >= version) all.emplace_back(item.charters());
    const format::CharterFork fork{version, {out.chain.at(version), other->at(version)}};
    auto decision = format::decide_charter_fork(fork, all, verified_under(out.chain, statements));
    const auto has_won = [&](const Chain& item) { return item.version() >= version && item.at(version).hash() == decision.winner; };
    if (decision.winner == out.chain.at(version).hash()) {
      std::erase_if(others, [&](const Chain& item) { return item.version() >= version && !has_won(item); });
      continue;
    }
    const auto winning = std::ranges::find_if(others, has_won);
    if (!decision.winner || winning == others.end()) {
      out.chain = known;
      out.dispute = std::move(decision);
      out.proof = format::make_charter_fork(fork.branches[0], fork.branches[1]);
      return out;
    }
    out.chain = Chain(*winning);
  }
  out.went_over = compare(known, out.chain) == Standing::kForked;
  return out;
}

std::string fork_text(const format::CharterFork& fork) {
  return "two charters of version " + std::to_string(fork.version) + ", both signed by enough root keys: " +
         to_hex(fork.branches[0].hash().view()) + " and " + to_hex(fork.branches[1].hash().view());
}

std::string dispute_text(const format::CharterDecision& dispute) {
  return "there are two charters of version " + std::to_string(dispute.version) +
         ", both signed by enough root keys: somebody had root keys sign twice. The relays that the charter before lists decide "
         "which one counts: " +
         dispute.text() + ". " +
         (dispute.can_be_decided() ? "Until then nothing is signed, sent or taken; ask those who hold root keys, on another way, what they signed"
                                   : "They cannot decide any more, so this project stands still for good: what it published stays provable; go on "
                                     "with a new project, and say so where its fingerprint was published");
}

std::string lost_text(const Chain& winning, const Chain& lost, const std::string& whose) {
  const std::uint64_t version = fork_version(winning, lost);
  return whose + " has the charter of version " + std::to_string(version) + " that lost, " + to_hex(lost.at(version).hash().view()) +
         ": a quorum of relays decided for " + to_hex(winning.at(version).hash().view());
}

}  // namespace tamizdat::charters
