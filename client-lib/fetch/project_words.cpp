#include "client-lib/fetch/project_words.h"

#include "client-lib/archives/archive_file.h"
#include "client-lib/archives/verifier.h"
#include "client-lib/files/files.h"
#include "client-lib/witnessing/log_roots.h"

namespace tamizdat::fetch {

Result<void> ProjectWords::take(std::span<const Bytes> chain, std::span<const Bytes> statements) {
  archives::Verifier verifier;
  for (const Bytes& charter : chain)
    if (auto taken = verifier.take_charter(charter); !taken) return taken;
  const ProjectId project = verifier.charters().front().project();
  auto verified = verifier.chain(project);
  auto& known = chains_[project];
  if (known.size() < verified.size()) known = std::move(verified);
  if (auto loaded = load(project); !loaded) return loaded;
  statements_.take_all(known, statements);
  return {};
}

// What does not verify any more is dropped: relays give it again.
Result<void> ProjectWords::load(const ProjectId& project) {
  if (!loaded_.insert(project).second) return {};
  const auto path = witnessing::statements_file(folder_, project);
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return {};
  std::vector<Bytes> statements;
  const auto part = archives::read_archive(path, [&](format::ArchiveRecord record) -> Result<void> {
    if (record.kind == format::RecordKind::kStatement) statements.push_back(std::move(record.bytes));
    return {};
  });
  if (!part && part.error().code != format::kArchiveMalformed) return tl::unexpected(part.error());
  statements_.take_all(chains_[project], statements);
  return {};
}

Result<format::FreshnessVerdict> ProjectWords::judge(const FetchedLog& log, Timestamp now) const {
  const auto chain = chains_.find(log.project);
  if (chain == chains_.end()) return format::FreshnessVerdict{};
  const auto statements = statements_.of(log.project);
  std::set<std::uint64_t> sizes = witnessing::cosigned_sizes(statements, log.log);
  sizes.erase(log.entries);
  sizes.erase(sizes.upper_bound(log.entries), sizes.end());
  std::map<std::uint64_t, Hash32> roots;
  if (!sizes.empty()) {
    auto found = witnessing::roots_in(log.archive, log.log, sizes);
    if (!found) return pass(found);
    roots = *std::move(found);
  }
  roots[log.entries] = log.root;
  const auto root_at = [&roots](std::uint64_t size) {
    const auto root = roots.find(size);
    return root == roots.end() ? std::nullopt : std::optional(root->second);
  };
  return format::judge_freshness({chain->second.back(), log.log, log.entries, root_at}, statements, now);
}

std::optional<format::Freeze> ProjectWords::freeze(const ProjectId& project) const {
  const auto chain = chains_.find(project);
  return chain == chains_.end() ? std::nullopt : witnessing::freeze_of(chain->second.back(), statements_.of(project));
}

Result<void> ProjectWords::keep() const {
  for (const auto& [project, chain] : chains_) {
    const auto statements = statements_.of(project);
    if (statements.empty()) continue;
    auto written = files::replace_file(witnessing::statements_file(folder_, project),
                                       witnessing::statements_archive(chain, statements), files::Visibility::kPublic);
    if (!written) return written;
  }
  return {};
}

}  // namespace tamizdat::fetch
