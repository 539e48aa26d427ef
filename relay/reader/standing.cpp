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

// What stops the project as a whole, by statements and charter alone.
std::vector<Mark> Standings::stops_of(const format::VerifiedCharter& charter, Timestamp now) const {
  std::vector<Mark> marks;
  if (statements_ != nullptr) {
    if (const auto dispute = statements::dispute_of(*statements_, charter))
      marks.push_back({dispute->can_be_decided() ? "w_mark_charters" : "w_mark_charters_split", {}});
    const auto is_forked = [&](const format::Desk& desk) {
      return statements::fork_in_force(*statements_, charter, desk.id) != nullptr;
    };
    if (std::ranges::any_of(charter.content().desks, is_forked)) marks.push_back({"w_mark_forked", {}});
    if (const auto freeze = statements::freeze_in_force(*statements_, charter))
      marks.push_back({"w_mark_frozen", statements::frozen_since(*statements_, *freeze)});
  }
  if (const auto expires = charter.content().expires_at; expires && *expires <= now)
    marks.push_back({"w_mark_expired", *expires});
  return marks;
}

std::vector<Mark> Standings::marks_of(const ProjectId& project, Timestamp now) const {
  const auto charter = store_.charter(project);
  auto marks = stops_of(*charter, now);
  if (const auto mark = freshness_of(*charter, now)) marks.push_back(*mark);
  return marks;
}

std::string_view Standings::badge_of(const ProjectId& project) const {
  const auto charter = store_.charter(project);
  const auto marks = charter ? stops_of(*charter, clock_.now()) : std::vector<Mark>();
  if (marks.empty()) {
    const auto freshness = freshness_.find(project);
    return freshness == freshness_.end() ? std::string_view() : freshness->second.badge;
  }
  const auto word = marks.front().word;
  if (word == "w_mark_forked") return "w_badge_forked";
  if (word == "w_mark_frozen") return "w_badge_frozen";
  return word == "w_mark_expired" ? "w_badge_expired" : "w_badge_charters";
}

// None for a project that no quorum has spoken of yet.
std::string_view Standings::freshness_badge(const format::VerifiedCharter& charter, Timestamp now) const {
  const auto mark = freshness_of(charter, now);
  if (!mark) return {};
  if (mark->word == "w_mark_behind") return "w_badge_behind";
  return mark->word == "w_mark_stale" ? "w_badge_stale" : std::string_view();
}

const Standings::Badges& Standings::badges() {
  const auto now = clock_.now();
  if (badges_looked_at_ && now >= *badges_looked_at_ && now - *badges_looked_at_ < kAgeMax) return badges_;
  std::string text;
  std::size_t looked_at = 0;
  for (const auto& project : store_.projects()) {
    auto& freshness = freshness_[project];
    const bool is_old = now < freshness.at || now - freshness.at >= kFreshnessAgeMax;
    const auto charter = is_old && looked_at < kFreshnessAtATime ? store_.charter(project) : std::nullopt;
    if (charter) freshness = {freshness_badge(*charter, now), now};
    if (charter) ++looked_at;
    if (const auto badge = badge_of(project); !badge.empty()) text += project.text() + " " + std::string(badge) + " ";
  }
  if (badges_.text != text) badges_ = {std::move(text), now};
  badges_looked_at_ = now;
  return badges_;
}

// The worst that is true of a log which may grow. A closed one is whole by its closing, and no relay speaks of it again.
std::optional<Mark> Standings::freshness_of(const format::VerifiedCharter& charter, Timestamp now) const {
  if (statements_ == nullptr || charter.content().witness.quorum == 0) return std::nullopt;
  const auto statements = statements_->of(charter.project());
  auto worst = format::Freshness::kFresh;
  std::optional<Timestamp> since = now;
  bool any = false;
  for (const auto& desk : charter.content().desks) {
    const auto log = store_.log(format::log_id(charter.project(), desk.id));
    if (!log || log->size == 0) continue;
    any = true;
    const auto root_at = [this, &log](std::uint64_t size) {
      const auto root = store_.root_at(log->id, size);
      return root ? std::optional(*root) : std::nullopt;
    };
    const auto verdict = format::judge_freshness({charter, log->id, log->size, root_at}, statements, now);
    worst = std::max(worst, verdict.freshness);
    since = since && verdict.since ? std::optional(std::min(*since, *verdict.since)) : std::nullopt;
  }
  if (!any) return std::nullopt;
  if (worst == format::Freshness::kWithheld) return Mark{"w_mark_behind", std::nullopt};
  if (worst == format::Freshness::kStale) return since ? Mark{"w_mark_stale", since} : Mark{"w_mark_unseen", std::nullopt};
  // To the hour: a page is not another one whenever a relay has spoken again.
  return Mark{"w_mark_fresh", std::chrono::floor<std::chrono::hours>(*since), true};
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
