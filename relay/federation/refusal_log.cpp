#include "relay/federation/refusal_log.h"

namespace tamizdat::federation {

void RefusalLog::write(const ProjectId& project, std::string_view code, std::string_view text) {
  if (written_.size() >= kLinesMax || !written_.emplace(project, code).second) return;
  log_.warning(event_, {{"peer", peer_.text()}, {"project", project.text()}, {"code", code}, {"reason", text}});
  if (written_.size() == kLinesMax)
    log_.warning("further refusals on this link are only counted in the metrics", {{"peer", peer_.text()}});
}

}  // namespace tamizdat::federation
