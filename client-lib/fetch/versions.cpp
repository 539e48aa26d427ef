#include "client-lib/fetch/versions.h"

#include <algorithm>

#include "client-lib/archives/walk.h"

namespace tamizdat::fetch {

using format::EntryKind;

Result<void> Versions::gather(const std::filesystem::path& archive, const format::VerifiedCharter& in_force) {
  return archives::walk(archive, [&](const auto&, const format::VerifiedEntry& entry) -> Result<void> {
    const auto* const closed = in_force.content().closed_desk(entry.header().desk);
    if (closed == nullptr || entry.header().index < closed->size) take(entry);
    return {};
  });
}

void Versions::take(const format::VerifiedEntry& entry) {
  const auto& header = entry.header();
  if (entry.absence()) absent_[format::log_id(header.project, header.desk)].push_back(entry.id());
  if (header.kind == EntryKind::kArticle) articles_.emplace(header.project, entry.id());
  if (header.kind == EntryKind::kRetraction) retracted_.emplace(header.project, *header.target);
  // One that cannot be read takes no text's place.
  if (header.kind != EntryKind::kCorrection || !openings_.body_of(entry)) return;
  auto& of_log = corrections_[{header.project, *header.target}][format::log_id(header.project, header.desk)];
  of_log.push_back({entry.id(), header.time});
}

EntryId Versions::original_of(const format::VerifiedEntry& entry) {
  return entry.header().kind == EntryKind::kCorrection ? *entry.header().target : entry.id();
}

std::uint64_t Versions::taken_back(const ProjectId& project, const LogId& log) const {
  const auto absent = absent_.find(log);
  if (absent == absent_.end()) return 0;
  return static_cast<std::uint64_t>(
      std::ranges::count_if(absent->second, [&](const EntryId& entry) { return retracted_.contains({project, entry}); }));
}

std::optional<EntryId> Versions::newest(const ProjectId& project, const EntryId& original) const {
  if (!articles_.contains({project, original})) return std::nullopt;
  const auto stands = [&](const EntryId& entry) { return !retracted_.contains({project, entry}); };
  const Correction* last = nullptr;
  const auto corrections = corrections_.find({project, original});
  if (corrections != corrections_.end()) {
    for (const auto& [log, of_log] : corrections->second) {  // in the order of log ids
      const auto newest = std::ranges::find_if(of_log.rbegin(), of_log.rend(), stands, &Correction::id);
      if (newest != of_log.rend() && (last == nullptr || newest->time >= last->time)) last = &*newest;
    }
  }
  if (last != nullptr) return last->id;
  return stands(original) ? std::optional(original) : std::nullopt;
}

}  // namespace tamizdat::fetch
