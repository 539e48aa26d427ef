#include "client-lib/publish/follow_charters.h"

#include <map>
#include <utility>

#include "client-lib/charters/fork.h"
#include "client-lib/publish/charter_memory.h"

namespace tamizdat::publish {
namespace {

// The chain of a relay that has another charter than the one in force here, and no older one.
Result<charters::Chain> other_chain(const desk::Project& project, RelayView& relay) {
  const auto signed_charters = relay.client.charters(project.charter.project());
  if (!signed_charters) return tl::unexpected(signed_charters.error());
  auto theirs = charters::Chain::verify(*signed_charters);
  if (!theirs) return theirs;
  if (theirs->project() != project.charter.project())
    return fail(net::kRelayAnswerInvalid, "the relay gives the charter of another project");
  const auto ours = charters::Chain::verify(project.chain);
  if (!ours) return ours;
  const auto standing = charters::compare(*ours, *theirs);
  if (standing == charters::Standing::kSame || standing == charters::Standing::kOlder)
    return fail(net::kRelayAnswerInvalid, "the relay announces another charter than it gives");
  return theirs;
}

// By the relay's place among them, the chains of those that have another one.
std::map<std::size_t, charters::Chain> ask_for_others(const desk::Project& project, std::span<RelayView> relays, const Progress& progress) {
  std::map<std::size_t, charters::Chain> out;
  for (std::size_t i = 0; i < relays.size(); ++i) {
    RelayView& relay = relays[i];
    if (relay.trouble) continue;
    progress("asking " + relay.name(), i, relays.size());
    const auto theirs = relay.client.project(project.charter.project());
    if (!theirs) {
      relay.trouble = theirs.error();
      continue;
    }
    relay.charter_version = *theirs ? (*theirs)->charter_version : 0;
    if (relay.charter_version < project.charter.version()) continue;
    const bool is_ours = relay.charter_version == project.charter.version() &&
                         (*theirs)->charter_hash.value_or(project.charter.hash()) == project.charter.hash();
    if (is_ours) continue;
    auto chain = other_chain(project, relay);
    if (chain)
      out.emplace(i, *std::move(chain));
    else
      relay.trouble = chain.error();
  }
  return out;
}

std::vector<Bytes> statements_of(const ProjectId& project, std::span<RelayView> relays) {
  std::vector<Bytes> out;
  for (RelayView& relay : relays) {
    if (relay.trouble) continue;
    if (auto theirs = relay.client.statements(project)) std::ranges::move(*theirs, std::back_inserter(out));
  }
  return out;
}

}  // namespace

Result<void> follow_charters(desk::DeskStore& store, desk::Project& project, std::span<RelayView> relays,
                             const Progress& progress) {
  const auto theirs = ask_for_others(project, relays, progress);
  std::vector<charters::Chain> others;
  for (const auto& [place, chain] : theirs) others.push_back(chain);
  const auto ours = charters::Chain::verify(project.chain);
  if (!ours) return tl::unexpected(ours.error());
  const auto settled = resolve_and_remember(store, *ours, others, statements_of(project.charter.project(), relays));
  if (!settled) return tl::unexpected(settled.error());
  const charters::Resolved& resolved = settled->resolved;
  if (resolved.dispute) return fail(format::kCharterForked, charters::dispute_text(*resolved.dispute));
  for (const auto& [place, chain] : theirs)
    if (charters::compare(resolved.chain, chain) == charters::Standing::kForked)
      relays[place].trouble = Error{format::kCharterForked, charters::lost_text(resolved.chain, chain, "the relay")};
  if (resolved.went_over) {
    progress("relays have decided between two charters: this home goes over to theirs", 0, 0);
    if (auto done = store.go_over_to(resolved.chain.charters()); !done) return done;
  } else if (resolved.chain.version() == ours->version()) {
    return {};
  } else if (auto taken = store.take_charters(resolved.chain.charters()); !taken) {
    return pass(taken);
  }
  auto newer = store.project();
  if (!newer) return pass(newer);
  project = *std::move(newer);
  return {};
}

}  // namespace tamizdat::publish
