#include "relay/reader/standing.h"

#include <algorithm>

#include "relay/statements/standing.h"

namespace tamizdat::reader {
namespace {

std::string text_of(const std::vector<Mark>& marks) {
  std::string out;
  for (const auto& mark : marks)
    out += std::string(mark.word) + " " + (mark.since ? to_rfc3339(*mark.since) : std::string()) + " ";
  return out;
}

}  // namespace

std::vector<Mark> Standings::marks_of(const ProjectId& project, Timestamp now) const {
  std::vector<Mark> marks;
  const auto charter = store_.charter(project);
  if (statements_ != nullptr) {
    const auto is_forked = [&](const format::Desk& desk) {
      return statements::fork_in_force(*statements_, *charter, desk.id) != nullptr;
    };
    if (std::ranges::any_of(charter->content().desks, is_forked)) marks.push_back({"w_mark_forked", {}});
    if (const auto freeze = statements::freeze_in_force(*statements_, *charter))
      marks.push_back({"w_mark_frozen", freeze->as<format::Freeze>()->time});
  }
  if (const auto expires = charter->content().expires_at; expires && *expires <= now)
    marks.push_back({"w_mark_expired", *expires});
  return marks;
}

const Standing& Standings::of(const ProjectId& project) {
  static const Standing kNone;
  const auto now = clock_.now();
  auto found = looked_.find(project);
  if (found != looked_.end() && now >= found->second.at && now - found->second.at < kAgeMax) return found->second.standing;
  if (!store_.charter(project)) return kNone;
  auto marks = marks_of(project, now);
  auto text = text_of(marks);
  if (found == looked_.end()) found = looked_.emplace(project, Looked{{{}, {}, {}}, now}).first;
  auto& looked = found->second;
  if (looked.standing.text != text) looked.standing = {std::move(marks), std::move(text), now};
  looked.at = now;
  return looked.standing;
}

}  // namespace tamizdat::reader
