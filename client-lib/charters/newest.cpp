#include "client-lib/charters/newest.h"

#include "client-lib/charters/fork.h"

namespace tamizdat::charters {
namespace {

Result<Chain> ask(const ProjectId& project, net::RelayClient& relay) {
  const auto known = relay.project(project);
  if (!known) return tl::unexpected(known.error());
  if (!*known) return fail(kProjectNotKnown, "the relay does not know the project " + project.text());
  const auto signed_charters = relay.charters(project);
  if (!signed_charters) return tl::unexpected(signed_charters.error());
  auto chain = Chain::verify(*signed_charters);
  if (chain && chain->project() != project)
    return fail(kChainOfAnotherProject, "the relay sends the charter of another project than " + project.text());
  return chain;
}

}  // namespace

std::vector<RelayChain> ask_for_chains(const ProjectId& project, std::span<net::RelayClient> relays, const Progress& progress) {
  std::vector<RelayChain> out;
  for (std::size_t i = 0; i < relays.size(); ++i) {
    progress("asking " + relays[i].host_and_port(), i, relays.size());
    RelayChain& answer = out.emplace_back();
    answer.relay = relays[i].host_and_port();
    answer.id = relays[i].address().relay;
    auto chain = ask(project, relays[i]);
    if (chain) {
      answer.chain = *std::move(chain);
      if (auto statements = relays[i].statements(project)) answer.statements = *std::move(statements);
    } else {
      answer.trouble = chain.error();
    }
  }
  return out;
}

Said said_by(std::span<const RelayChain> chains) {
  Said out;
  for (const auto& answer : chains) {
    if (answer.chain) out.chains.push_back(*answer.chain);
    out.statements.insert(out.statements.end(), answer.statements.begin(), answer.statements.end());
  }
  return out;
}

Result<std::optional<Chain>> newest(std::optional<Chain> known, std::span<const RelayChain> chains) {
  const Said said = said_by(chains);
  if (!known && said.chains.empty()) return known;
  auto resolved = resolve(known ? *known : said.chains.front(), said.chains, said.statements);
  if (resolved.dispute) return fail(format::kCharterForked, dispute_text(*resolved.dispute));
  return std::move(resolved.chain);
}

}  // namespace tamizdat::charters
