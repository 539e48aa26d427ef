#include <algorithm>

#include "proto/format/hash.h"
#include "proto/format/limits.h"
#include "proto/sync/frame.h"
#include "proto/sync/link_message.h"

namespace tamizdat::sync {

void merge(const ProjectState& from, ProjectState& to) {
  to.charter_version = from.charter_version;
  to.charter_hash = from.charter_hash;
  for (const auto& log : from.logs) {
    const auto known = std::ranges::find(to.logs, log.desk, &LogState::desk);
    if (known == to.logs.end())
      to.logs.push_back(log);
    else
      *known = log;
  }
}

Hash32 frontier_digest(std::vector<ProjectState> projects) {
  std::ranges::sort(projects, {}, &ProjectState::project);
  Bytes states;
  for (auto& project : projects) {
    std::ranges::sort(project.logs, {}, &LogState::desk);
    states += project.project.view();
    append_u64_be(states, project.charter_version);
    states += project.charter_hash.view();
    append_u64_be(states, project.logs.size());
    for (const auto& log : project.logs) {
      states += log.desk.view();
      append_u64_be(states, log.size);
      states += log.root.view();
    }
  }
  return format::domain_hash("frontier", {states});
}

Charters charters_part(std::span<const BytesView> signed_charters) {
  // With the largest charter behind it a part still fits a frame.
  constexpr std::size_t kPartBytes = kFrameBytesMax - 2 * format::kSignedCharterBytesMax;
  Charters part;
  std::size_t octets = 0;
  for (const BytesView charter : signed_charters) {
    octets += charter.size();
    if (octets > kPartBytes && !part.signed_charters.empty()) {
      part.more = true;
      break;
    }
    part.signed_charters.emplace_back(charter);
  }
  return part;
}

std::vector<Frontier> split_frontier(std::vector<ProjectState> projects) {
  std::vector<Frontier> parts(1);
  std::size_t states = 0;
  for (auto& project : projects) {
    states += 1 + project.logs.size();
    if (states > kFrontierLogsMax && !parts.back().projects.empty()) {
      parts.back().more = true;
      parts.emplace_back();
      states = 1 + project.logs.size();
    }
    parts.back().projects.push_back(std::move(project));
  }
  return parts;
}

}  // namespace tamizdat::sync
