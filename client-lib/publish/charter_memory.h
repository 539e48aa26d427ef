// A home that has seen two charters of one version, both signed by enough root keys, does not forget them: a relay that it
// asks tomorrow may know of one only, or say so. The proof is a statement (proto/format/charter_fork.h) among those that the
// home keeps (desk/statements.h), until a decision of relays was seen, or a later charter that they name.
#pragma once

#include <optional>
#include <span>

#include "client-lib/charters/fork.h"
#include "client-lib/desk/desk_store.h"

namespace tamizdat::publish {

struct Settled {
  charters::Resolved resolved;
  bool only_remembered = false;  // nobody who was asked shows the dispute; the chain is what they show
};

// charters::resolve() with what the home remembers. Keeps the proof of a dispute, and forgets those that are decided. Errors:
// those of the desk's file.
Result<Settled> resolve_and_remember(desk::DeskStore& store, const charters::Chain& known, std::span<const charters::Chain> others,
                                     std::span<const Bytes> statements);

// The undecided one of the lowest version. Errors: those of the desk's file.
Result<std::optional<format::CharterFork>> remembered_fork(desk::DeskStore& store, const desk::Project& project);

}  // namespace tamizdat::publish
