#include "client-lib/fetch/folder_charters.h"

#include "client-lib/archives/archive_file.h"
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

Result<charters::Standing> FolderCharters::take(const charters::Chain& theirs, const std::string& relay) {
  const auto standing = chain_ ? charters::compare(*chain_, theirs) : charters::Standing::kNewer;
  if (standing == charters::Standing::kForked) return fail(format::kCharterForked, fork_text(*chain_, theirs, relay));
  if (standing != charters::Standing::kNewer) return standing;
  if (auto done = write(theirs); !done) return pass(done);
  chain_ = theirs;
  return standing;
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
