// How a desk comes to a home of its own: its key is made where it will work, the project's root keys list it, and then the
// home takes the charter that does. No secret ever travels.
//
//   auto id = make_desk({.home = home}, passphrase);          // its id goes to those who hold root keys
//   ... request_update(..., {.add_desks = {{id, "Perm"}}}) ... signed, submitted
//   join_project({.home = home, .project = project, .relays = {line}});
#pragma once

#include <cstdint>
#include <string>

#include <tamizdat/charter.h>

namespace tamizdat::client {

// Makes the desk's key in a home that has none yet, and gives the desk's id. If the key is there already and no project
// is, its id again. Errors: project-exists, those of the file.
Outcome<std::string> make_desk(const DeskOptions& options, const Passphrase& passphrase);
Outcome<std::string> make_desk(const DeskOptions& options, const Passphrase& passphrase, Edges& edges);

// The same in the place of a desk that will be closed, in a home of its own: it knows the same relays, and what was
// imported before, so that nothing is published twice.
Outcome<std::string> make_successor(const DeskOptions& old_desk, const std::string& new_home, const Passphrase& passphrase);
Outcome<std::string> make_successor(const DeskOptions& old_desk, const std::string& new_home, const Passphrase& passphrase, Edges& edges);

// What only the key of a home's desk opens: keys of articles whose embargo is not released, and secrets of sealing keys.
struct HandedOver {
  std::uint64_t embargoes = 0;
  std::uint64_t sealing_keys = 0;
};

// How much of it there is. Needs no passphrase.
Outcome<HandedOver> to_hand_over(const DeskOptions& old_desk);
// Copies it into the home of another desk of the project, which releases the embargoes then, and opens letters. The old home
// keeps it. The same again changes nothing. Errors: those of both homes and their key files.
Outcome<HandedOver> hand_over(const DeskOptions& old_desk, const Passphrase& old_passphrase, const std::string& new_home,
                              const Passphrase& new_passphrase);
Outcome<HandedOver> hand_over(const DeskOptions& old_desk, const Passphrase& old_passphrase, const std::string& new_home,
                              const Passphrase& new_passphrase, Edges& edges);

// Takes the project's charter from relays into the home whose desk it lists; the relays become the desk's. Errors:
// desk-not-listed, desk-closed, those of charters, relays and the home.
Outcome<ProjectInfo> join_project(const CharterSource& source);
Outcome<ProjectInfo> join_project(const CharterSource& source, Edges& edges);

}  // namespace tamizdat::client
