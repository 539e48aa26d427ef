// What one link still has to send, without a queue for the peer: control messages, announcements that coalesce, and a
// cursor for each log that the peer subscribed to. Bundles are read from the store when the line is free and the peer
// has granted credit, so a stalled peer costs a few octets a log and is never dropped for being slow. No I/O.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "proto/sync/link_message.h"
#include "relay/store/store.h"

namespace tamizdat::federation {

class Outbox {
 public:
  // Control messages leave in order, before all bundles.
  void post(sync::LinkMessage message) { control_.push_back(std::move(message)); }
  std::optional<sync::LinkMessage> take_control();
  std::size_t control_waiting() const { return control_.size(); }

  // Charter chains that the peer asked for, one after the other. They are read from the store a part at a time: a peer
  // that asks again and again without reading costs nothing.
  void request_charters(const ProjectId& project) { requested_.insert(project); }
  std::optional<sync::Charters> take_charters(const store::Store& store);

  // What changed here since the peer was told.
  void announce(const ProjectId& project) { dirty_projects_.insert(project); }
  void announce(const LogId& log) { dirty_logs_.insert(log); }
  // A frontier of what was announced, as much as one holds; states that the peer holds (`peer_size`) or is subscribed to
  // are left out.
  std::optional<sync::Frontier> take_frontier(const store::Store& store,
                                              const std::function<std::uint64_t(const LogId&)>& peer_size);

  void subscribe(const LogId& log, std::uint64_t from) { cursors_[log] = from; }
  void unsubscribe(const LogId& log) { cursors_.erase(log); }
  bool subscribed(const LogId& log) const { return cursors_.contains(log); }
  void add_credit(std::uint64_t octets) { credit_ += static_cast<std::int64_t>(octets); }

  struct Range {
    LogId log;
    std::uint64_t from = 0;
  };
  // The next run to send: cursors take turns. Nothing without credit or news.
  std::optional<Range> next_range(const store::Store& store);
  // Moves the cursor on, unless the peer has unsubscribed or moved it meanwhile.
  void sent(const Range& range, std::uint64_t to, std::size_t octets);

 private:
  std::deque<sync::LinkMessage> control_;
  std::set<ProjectId> requested_;
  struct Chain {
    ProjectId project;
    std::size_t sent = 0;  // charters
  };
  std::optional<Chain> chain_;  // of which parts are left
  std::set<ProjectId> dirty_projects_;
  std::set<LogId> dirty_logs_;
  std::map<LogId, std::uint64_t> cursors_;  // next entry to send
  LogId last_served_;
  std::int64_t credit_ = 0;  // octets; one bundle may overdraw it
};

// What the store holds of one project, as the link states it.
sync::ProjectState project_state(const format::VerifiedCharter& charter);
sync::LogState log_state(const store::LogState& log);
// Everything.
std::vector<sync::ProjectState> frontier_of(const store::Store& store);

}  // namespace tamizdat::federation
