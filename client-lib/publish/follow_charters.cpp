#include "client-lib/publish/follow_charters.h"

#include "client-lib/charters/chain.h"

namespace tamizdat::publish {
namespace {

// The relay says that it has another charter than the one in force here, and no older one.
Result<void> take_other_charter(desk::DeskStore& store, desk::Project& project, RelayView& relay) {
  const auto signed_charters = relay.client.charters(project.charter.project());
  if (!signed_charters) {
    relay.trouble = signed_charters.error();
    return {};
  }
  const auto theirs = charters::Chain::verify(*signed_charters);
  if (!theirs) {
    relay.trouble = theirs.error();
    return {};
  }
  if (theirs->project() != project.charter.project()) {
    relay.trouble = Error{net::kRelayAnswerInvalid, "the relay gives the charter of another project"};
    return {};
  }
  const auto ours = charters::Chain::verify(project.chain);
  if (!ours) return tl::unexpected(ours.error());
  switch (charters::compare(*ours, *theirs)) {
    case charters::Standing::kForked:
      return fail(format::kCharterForked, fork_text(*ours, *theirs, relay.name()));
    case charters::Standing::kNewer: {
      if (auto taken = store.take_charters(theirs->charters()); !taken) return pass(taken);
      auto newer = store.project();
      if (!newer) return pass(newer);
      project = *std::move(newer);
      return {};
    }
    case charters::Standing::kSame:
    case charters::Standing::kOlder:
      relay.trouble = Error{net::kRelayAnswerInvalid, "the relay announces another charter than it gives"};
      return {};
  }
  return {};
}

}  // namespace

Result<void> follow_charters(desk::DeskStore& store, desk::Project& project, std::span<RelayView> relays,
                             const Progress& progress) {
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
    if (auto done = take_other_charter(store, project, relay); !done) return done;
  }
  return {};
}

}  // namespace tamizdat::publish
