// Where a charter command stands: the project's charters in force, from the home and from relays, and the relays that an
// update goes to.
#pragma once

#include <tamizdat/charter.h>

#include <memory>
#include <optional>
#include <vector>

#include "client-lib/charters/newest.h"
#include "client-lib/client/edges.h"
#include "client-lib/desk/desk_store.h"

namespace tamizdat::client {

struct OpenCharter {
  ProjectId project;
  std::optional<desk::DeskStore> store;  // of the home, if it is this project's
  std::unique_ptr<net::Http> http;
  std::vector<net::RelayClient> relays;  // of the home and those that were named, each once
  std::vector<charters::RelayChain> answers;  // of these relays, in their order; none if they were not asked
  std::optional<charters::Chain> known;  // the newest of all
  // Two charters of one version that the home remembers, and that relays which were asked neither show nor have decided:
  // nothing may be signed on top of either.
  std::optional<Error> remembered_dispute;
};

// Does not ask the relays. Errors: no-project, those of the home, of ids and address lines.
Result<OpenCharter> open_charter(const CharterSource& source, Edges& edges);
// Asks them, and keeps in the home what is newer, or of the branch that has won. Errors: format::kCharterForked, those of
// the home.
Result<void> ask_relays(OpenCharter& open, const Progress& progress);
// The second half of it, for who has put their `answers` there; without any, for who asks nobody.
Result<void> take_answers(OpenCharter& open);
// The charter in force, after ask_relays() or offline. Errors: no-relay-reachable, project-unknown.
Result<charters::Chain> chain_in_force(const OpenCharter& open, bool offline);

}  // namespace tamizdat::client
