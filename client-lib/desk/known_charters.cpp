#include "client-lib/desk/known_charters.h"

namespace tamizdat::desk {

Result<std::map<ProjectId, Hash32>> KnownCharters::fingerprints() {
  const auto rows = database_->query("SELECT project, fingerprint FROM known_charters");
  if (!rows) return tl::unexpected(rows.error());
  std::map<ProjectId, Hash32> out;
  for (const auto& row : *rows) {
    const auto project = Hash32::from(row.bytes(0)), fingerprint = Hash32::from(row.bytes(1));
    if (project && fingerprint) out.emplace(ProjectId(*project), *fingerprint);
  }
  return out;
}

Result<std::uint64_t> KnownCharters::octets() {
  const auto rows = database_->query("SELECT coalesce(sum(length(chain)), 0) FROM known_charters");
  if (!rows) return tl::unexpected(rows.error());
  return static_cast<std::uint64_t>(rows->front().number(0));
}

Result<std::optional<Bytes>> KnownCharters::chain(const ProjectId& project) {
  const auto rows = database_->query("SELECT chain FROM known_charters WHERE project = ?", {Blob{project.view()}});
  if (!rows) return tl::unexpected(rows.error());
  return rows->empty() ? std::optional<Bytes>() : std::optional(rows->front().bytes(0));
}

Result<void> KnownCharters::keep(const ProjectId& project, const Hash32& fingerprint, BytesView chain) {
  return database_->run("INSERT OR REPLACE INTO known_charters(project, fingerprint, chain) VALUES(?, ?, ?)",
                        {Blob{project.view()}, Blob{fingerprint.view()}, Blob{chain}});
}

}  // namespace tamizdat::desk
