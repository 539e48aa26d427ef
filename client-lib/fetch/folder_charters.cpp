#include "client-lib/fetch/folder_charters.h"

#include "client-lib/archives/archive_file.h"
#include "client-lib/charters/fork.h"
#include "client-lib/fetch/log_copy.h"
#include "client-lib/files/files.h"
#include "proto/base/check.h"

namespace tamizdat::fetch {

Result<FolderCharters> FolderCharters::open(const std::filesystem::path& folder, const ProjectId& project) {
  FolderCharters out(folder / (project.text() + ".tamizdat"));
  std::error_code ignored;
  if (!std::filesystem::exists(out.path_, ignored)) return out;
  std::vector<Bytes> signed_charters;
  const auto part = archives::read_archive(out.path_, [&](format::ArchiveRecord record) -> Result<void> {
    if (record.kind == format::RecordKind::kSignedCharter) signed_charters.push_back(std::move(record.bytes));
    if (record.kind == format::RecordKind::kStatement) out.statements_.push_back(std::move(record.bytes));
    return {};
  });
  if (!part && part.error().code != format::kArchiveMalformed) return tl::unexpected(part.error());
  auto chain = charters::Chain::verify(signed_charters);
  if (!part || part->torn || !chain || chain->project() != project)
    return fail(kCopyDamaged, out.path_.string() + " is not what fetch wrote there: move this file away and fetch again");
  out.chain_ = *std::move(chain);
  return out;
}

Result<charters::Standing> FolderCharters::take(const charters::Chain& theirs, const std::string& relay,
                                                std::span<const Bytes> statements) {
  const auto standing = chain_ ? charters::compare(*chain_, theirs) : charters::Standing::kNewer;
  if (standing == charters::Standing::kSame || standing == charters::Standing::kOlder) return standing;
  if (standing == charters::Standing::kNewer) {
    if (auto kept = keep(theirs); !kept) return pass(kept);
    return standing;
  }
  std::vector<Bytes> said = statements_;
  said.insert(said.end(), statements.begin(), statements.end());
  const auto resolved = charters::resolve(*chain_, std::span(&theirs, 1), said);
  if (resolved.dispute) return fail(format::kCharterForked, charters::dispute_text(*resolved.dispute));
  if (resolved.went_over)
    if (auto kept = keep(resolved.chain); !kept) return pass(kept);
  if (charters::compare(*chain_, theirs) == charters::Standing::kForked)
    return fail(format::kCharterForked, charters::lost_text(*chain_, theirs, relay) + ". Nothing of it was taken");
  return charters::Standing::kNewer;
}

Result<void> FolderCharters::keep(const charters::Chain& chain) {
  if (auto done = write(chain); !done) return done;
  chain_ = chain;
  return {};
}

Result<void> FolderCharters::keep_statements(std::vector<Bytes> statements) {
  TMZ_CHECK(chain_.has_value());
  if (statements == statements_) return {};
  statements_ = std::move(statements);
  return write(*chain_);
}

Result<void> FolderCharters::write(const charters::Chain& chain) const {
  Bytes archive;
  for (const auto& charter : chain.signed_charters()) format::append_record(archive, format::RecordKind::kSignedCharter, charter);
  for (const auto& statement : statements_) format::append_record(archive, format::RecordKind::kStatement, statement);
  return files::replace_file(path_, archive, files::Visibility::kPublic);
}

}  // namespace tamizdat::fetch
