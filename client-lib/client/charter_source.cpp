#include "client-lib/client/charter_source.h"

#include <algorithm>
#include <utility>

#include "client-lib/charters/fork.h"
#include "client-lib/client/desk_parts.h"
#include "client-lib/publish/charter_memory.h"

namespace tamizdat::client {
namespace {

constexpr ErrorCode kNoProject{"no-project"};

Result<void> add_relay(OpenCharter& open, const std::string& line) {
  const auto address = sync::RelayAddress::parse(line);
  if (!address) return tl::unexpected(address.error());
  const auto same = [&](const net::RelayClient& relay) { return relay.address().relay == address->relay; };
  if (std::ranges::none_of(open.relays, same)) open.relays.emplace_back(*open.http, *address);
  return {};
}

// The home, if it holds the project that is meant.
Result<void> open_home(OpenCharter& open, const CharterSource& source) {
  auto store = desk::DeskStore::open(home_of({source.home, source.proxy, {}}));
  const bool is_named = !source.project.empty();
  // Who names the project needs no home, but a home that is damaged is told.
  if (!store && is_named && store.error().code == desk::kHomeMissing) return {};
  if (!store) return pass(store);
  const auto project = store->project();
  if (!project && is_named && project.error().code == desk::kProjectMissing) return {};
  if (!project) return tl::unexpected(project.error());
  if (is_named && project->charter.project() != open.project) return {};
  open.project = project->charter.project();
  auto chain = charters::Chain::verify(project->chain);
  if (!chain) return pass(chain);
  open.known = *std::move(chain);
  const auto relays = store->relays().all();
  if (!relays) return tl::unexpected(relays.error());
  for (const auto& relay : *relays)
    if (auto done = add_relay(open, relay.address); !done) return done;
  open.store = *std::move(store);
  return {};
}

}  // namespace

Result<OpenCharter> open_charter(const CharterSource& source, Edges& edges) {
  OpenCharter open;
  open.http = make_http(edges, source.proxy, source.progress);
  if (!source.project.empty()) {
    const auto id = ProjectId::parse(source.project);
    if (!id) return tl::unexpected(id.error());
    open.project = *id;
  }
  for (const auto& line : source.relays)
    if (auto done = add_relay(open, line); !done) return pass(done);
  if (auto done = open_home(open, source); !done) {
    const bool is_missing = done.error().code == desk::kHomeMissing || done.error().code == desk::kProjectMissing;
    if (is_missing) return fail(kNoProject, done.error().text + "; or name the project with --project ID and --relay LINE");
    return pass(done);
  }
  return open;
}

Result<void> ask_relays(OpenCharter& open, const Progress& progress) {
  open.answers = charters::ask_for_chains(open.project, open.relays, progress ? progress : Progress([](auto, auto, auto) {}));
  return take_answers(open);
}

Result<void> take_answers(OpenCharter& open) {
  if (!open.store) {
    auto newest = charters::newest(open.known, open.answers);
    if (!newest) return pass(newest);
    open.known = *std::move(newest);
    return {};
  }
  const auto said = charters::said_by(open.answers);
  auto settled = publish::resolve_and_remember(*open.store, *open.known, said.chains, said.statements);
  if (!settled) return pass(settled);
  if (settled->resolved.dispute) {
    const Error dispute{format::kCharterForked, charters::dispute_text(*settled->resolved.dispute)};
    if (!settled->only_remembered) return tl::unexpected(dispute);
    open.remembered_dispute = dispute;
  }
  open.known = std::move(settled->resolved.chain);
  if (settled->resolved.went_over) return open.store->go_over_to(open.known->charters());
  auto taken = open.store->take_charters(open.known->charters());
  if (!taken) return pass(taken);
  return {};
}

Result<charters::Chain> chain_in_force(const OpenCharter& open, bool offline) {
  // A relay that does not know the project has no newer charter of it either.
  const auto answered = [](const charters::RelayChain& answer) {
    return answer.chain.has_value() || answer.trouble->code == charters::kProjectNotKnown;
  };
  if (open.known && (offline || std::ranges::any_of(open.answers, answered))) return *open.known;
  std::string text = open.known ? "no relay could be asked for a newer charter of this project:" : "no relay gave the charter of " + open.project.text() + ":";
  if (open.answers.empty()) text += " there is no relay to ask, give --relay LINE;";
  for (const auto& answer : open.answers) text += " " + answer.relay + ": " + answer.trouble->text + ";";
  const bool is_lie = std::ranges::any_of(open.answers, [](const auto& answer) { return answer.trouble->code == net::kKeyPinMismatch; });
  return fail(is_lie ? net::kKeyPinMismatch : publish::kNoRelayReachable,
              text + (open.known ? " run it again later, or with --offline if this home surely has the newest one" : " run it again later, or name another relay"));
}

}  // namespace tamizdat::client
