// What one link still has to send of statements: a cursor over the numbers they have here, and no queue. Urgent ones go
// first; what came from the peer itself is left out. No I/O.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <variant>

#include "proto/sync/link_message.h"
#include "relay/statements/statements.h"

namespace tamizdat::federation {

class StatementLane {
 public:
  // Nothing is sent before the peer has asked. The first answer tells where the count begins; a
  // second one of its kind comes when everything has been sent for the first time.
  void start(const statements::Statements& statements, const sync::StatementsFrom& from);
  // All of this project, once: what is urgent like everything urgent, the rest behind().
  void request(const ProjectId& project) { requested_.insert(project); }
  // This one came from the peer.
  void came_from_peer(std::uint64_t sequence) { from_peer_.insert(sequence); }

  using Message = std::variant<sync::StatementMessage, sync::StatementsEpoch>;
  std::optional<Message> next(const statements::Statements& statements);
  // What takes turns with bundles: a project may have much of it, and asks for all with each charter.
  std::optional<Message> behind();

 private:
  std::optional<Message> next_urgent(const statements::Statements& statements);
  std::optional<Message> next_in_order(const statements::Statements& statements);

  bool asked_ = false;
  std::uint64_t cursor_ = 0;  // all up to here were sent, or came from the peer
  std::uint64_t urgent_ = 0;  // the urgent ones up to here
  std::uint64_t told_ = 0;    // the peer knows that it has all up to here
  bool to_tell_ = false;      // the epoch, before everything
  bool to_tell_end_ = false;  // that all there was at the start was sent
  std::set<std::uint64_t> from_peer_;
  std::set<ProjectId> requested_;
  std::deque<statements::StatementPointer> of_projects_, behind_;
};

}  // namespace tamizdat::federation
