#include "relay/withholding/versions.h"

#include <algorithm>
#include <unordered_map>

namespace tamizdat::withholding {

Result<std::vector<EntryId>> versions_of(const store::Store& store, const EntryId& entry) {
  const auto at = store.find(entry);
  const auto held = at ? store.entry(at->log, at->index) : Result<store::StoredEntry>(fail(store::kUnknownEntry, ""));
  if (!held) return tl::unexpected(held.error());
  std::unordered_map<EntryId, EntryId> corrects;                // by the correction
  std::unordered_map<EntryId, std::vector<EntryId>> corrected;  // by what is corrected
  for (const auto& log : store.logs()) {
    if (log.name.project != held->log.project) continue;
    for (std::uint64_t index = 0; index < log.size; ++index) {
      const auto other = store.entry(log.id, index);
      if (!other && other.error().code == store::kStoreFailed) return tl::unexpected(other.error());
      const auto header = other ? format::parse_header(other->header) : fail(format::kHeaderMalformed, "");
      if (!header || header->kind != format::EntryKind::kCorrection) continue;
      corrects.emplace(other->id, *header->target);
      corrected[*header->target].push_back(other->id);
    }
  }
  // An entry's id covers the id that it names: there is no way round in a circle.
  std::vector<EntryId> out{entry};
  for (auto original = corrects.find(entry); original != corrects.end(); original = corrects.find(out.front()))
    out.front() = original->second;
  for (std::size_t next = 0; next < out.size(); ++next)
    if (const auto found = corrected.find(out[next]); found != corrected.end())
      out.insert(out.end(), found->second.begin(), found->second.end());
  return out;
}

}  // namespace tamizdat::withholding
