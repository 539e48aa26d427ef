// What relays say of the charter, for who only looks.
#include <tamizdat/charter.h>

#include <set>

#include "client-lib/charters/fork.h"
#include "client-lib/client/charter_source.h"
#include "client-lib/client/charter_standing.h"
#include "client-lib/client/problem.h"
#include "client-lib/publish/charter_memory.h"

namespace tamizdat::client {
namespace {

using charters::Chain;

// Forks whose proofs relays hold, and which this chain has outlived.
std::vector<CharterDispute> decided_disputes(const Chain& chain, std::span<const charters::RelayChain> answers) {
  std::set<std::uint64_t> versions;
  for (const auto& answer : answers)
    for (const Bytes& statement : answer.statements) {
      const auto name = format::peek_statement(statement);
      if (!name || name->kind != format::StatementKind::kCharterFork) continue;
      const auto verified = format::verify_statement({chain.charters()}, statement);
      const auto* const fork = verified ? verified->as<format::CharterFork>() : nullptr;
      if (fork != nullptr && fork->version <= chain.version()) versions.insert(fork->version);
    }
  std::vector<CharterDispute> out;
  for (const std::uint64_t version : versions)
    out.push_back({version, true, "root keys signed two charters of version " + std::to_string(version) + "; relays have decided for " +
                                      to_hex(chain.at(version).hash().view()) + ", which is the one here"});
  return out;
}

}  // namespace

Outcome<CharterView> view_charter(const CharterSource& source) { return view_charter(source, system_edges()); }

Outcome<CharterView> view_charter(const CharterSource& source, Edges& edges) {
  auto open = open_charter(source, edges);
  if (!open) return problem(open, ProblemKind::kUsage);
  open->answers = charters::ask_for_chains(open->project, open->relays, source.progress ? source.progress : Progress([](auto, auto, auto) {}));
  const auto said = charters::said_by(open->answers);
  if (!open->known && !said.chains.empty()) open->known = said.chains.front();
  const auto known = chain_in_force(*open, false);
  if (!known) return problem(known);
  const Result<publish::Settled> settled = open->store ? publish::resolve_and_remember(*open->store, *known, said.chains, said.statements)
                             : publish::Settled{charters::resolve(*known, said.chains, said.statements), false};
  if (!settled) return problem(settled);
  const auto& resolved = settled->resolved;
  const Chain& chain = resolved.chain;
  auto standings = standings_of(chain, open->answers, edges.clock.now());
  CharterView out{chain.version(), to_hex(chain.in_force().hash().view()), std::move(standings.relays), standings.quorum, {}};
  if (resolved.dispute)
    out.disputes.push_back({resolved.dispute->version, false, charters::dispute_text(*resolved.dispute)});
  else
    out.disputes = decided_disputes(chain, open->answers);
  return out;
}

}  // namespace tamizdat::client
