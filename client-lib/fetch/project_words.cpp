#include "client-lib/fetch/project_words.h"

#include <algorithm>

#include "client-lib/archives/archive_file.h"
#include "client-lib/archives/verifier.h"
#include "client-lib/fetch/folder_charters.h"
#include "client-lib/files/files.h"
#include "client-lib/witnessing/log_roots.h"
#include "client-lib/witnessing/missing_logs.h"
#include "client-lib/witnessing/withholdings.h"

namespace tamizdat::fetch {

Result<void> ProjectWords::take(std::span<const Bytes> chain, std::span<const Bytes> statements) {
  archives::Verifier verifier;
  for (const Bytes& charter : chain)
    if (auto taken = verifier.take_charter(charter); !taken) return taken;
  const ProjectId project = verifier.charters().front().project();
  auto verified = verifier.chain(project);
  auto& known = chains_[project];
  known = std::move(verified);
  if (auto loaded = load(project); !loaded) return loaded;
  statements_.take_all(known, statements);
  return {};
}

// What does not verify any more is dropped: relays give it again.
Result<void> ProjectWords::load(const ProjectId& project) {
  if (!loaded_.insert(project).second) return {};
  const auto known = FolderCharters::open(folder_, project);
  if (!known) return tl::unexpected(known.error());
  statements_.take_all(chains_[project], known->statements());
  const auto older = witnessing::older_statements_file(folder_, project);
  std::error_code ignored;
  if (!std::filesystem::exists(older, ignored)) return {};
  std::vector<Bytes> statements;
  const auto part = archives::read_archive(older, [&](format::ArchiveRecord record) -> Result<void> {
    if (record.kind == format::RecordKind::kStatement) statements.push_back(std::move(record.bytes));
    return {};
  });
  if (!part && part.error().code != format::kArchiveMalformed) return tl::unexpected(part.error());
  statements_.take_all(chains_[project], statements);
  return {};
}

std::vector<Bytes> ProjectWords::of(const ProjectId& project) const {
  std::vector<Bytes> out;
  for (const auto& statement : statements_.of(project)) out.emplace_back(statement->octets());
  return out;
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

std::vector<format::Withholding> ProjectWords::withheld() const {
  std::vector<format::Withholding> out;
  for (const auto& [project, chain] : chains_) {
    const auto notices = witnessing::withholdings_of(statements_.of(project));
    out.insert(out.end(), notices.begin(), notices.end());
  }
  return out;
}

std::vector<FetchedLog> ProjectWords::withheld_whole(std::span<const FetchedLog> logs, Timestamp now) const {
  std::vector<FetchedLog> out;
  for (const auto& [project, chain] : chains_)
    for (auto& missing : witnessing::missing_logs(chain.back(), statements_.of(project), now)) {
      if (std::ranges::find(logs, missing.log, &FetchedLog::log) != logs.end()) continue;
      const auto& content = chain.back().content();
      out.push_back({project, content.title, missing.desk, missing.label, missing.log, {}, 0, 0, format::empty_root(), 0, 0, {}, {},
                     content.expires_at, freeze(project), missing.freshness});
    }
  return out;
}

Result<void> ProjectWords::keep() const {
  for (const auto& [project, chain] : chains_) {
    auto charters = FolderCharters::open(folder_, project);
    if (!charters) return pass(charters);
    std::vector<Bytes> octets;
    for (const auto& statement : statements_.of(project)) octets.emplace_back(statement->octets());
    if (auto kept = charters->keep_statements(std::move(octets)); !kept) return kept;
    std::error_code ignored;
    std::filesystem::remove(witnessing::older_statements_file(folder_, project), ignored);
  }
  return {};
}

Result<void> ProjectWords::keep_with(const FetchedLog& log) const {
  const auto is_about = [&](const format::VerifiedStatement& statement) {
    const auto* const head = statement.as<format::WitnessedHead>();
    return statement.kind() == format::StatementKind::kFreeze || statement.kind() == format::StatementKind::kCharterSeen ||
           (head != nullptr && head->log == log.log);
  };
  std::error_code error;
  const std::uint64_t octets = std::filesystem::file_size(log.archive, error);
  if (error) return fail(files::kFileFailed, "cannot read " + log.archive.string() + ": " + error.message());
  auto writer = archives::ArchiveWriter::open(log.archive, octets);
  if (!writer) return pass(writer);
  for (const auto& statement : statements_.of(log.project))
    if (is_about(*statement))
      if (auto done = writer->append(format::RecordKind::kStatement, statement->octets()); !done) return done;
  return writer->finish();
}

}  // namespace tamizdat::fetch
