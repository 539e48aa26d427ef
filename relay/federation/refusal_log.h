// The lines that refusals on one link leave in the operator's log: the first of each code and project, and of these no
// more than kLinesMax, since a peer can invent projects and codes without end. Metrics count them all. Loop thread only.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "proto/base/ids.h"
#include "relay/env/log.h"

namespace tamizdat::federation {

class RefusalLog {
 public:
  static constexpr std::size_t kLinesMax = 100;

  // `event`: who refuses whom. The log and the event's text outlive this.
  RefusalLog(env::Log& log, std::string_view event, const RelayId& peer) : log_(log), event_(event), peer_(peer) {}

  void write(const ProjectId& project, std::string_view code, std::string_view text);

 private:
  env::Log& log_;
  std::string_view event_;
  RelayId peer_;
  std::set<std::pair<ProjectId, std::string>> written_;
};

}  // namespace tamizdat::federation
