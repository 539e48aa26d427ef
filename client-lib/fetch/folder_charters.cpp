#include "client-lib/fetch/folder_charters.h"

#include "client-lib/archives/archive_file.h"
#include "client-lib/fetch/log_copy.h"
#include "client-lib/files/files.h"
#include "proto/format/limits.h"

namespace tamizdat::fetch {

Result<FolderCharters> FolderCharters::open(const std::filesystem::path& folder, const ProjectId& project) {
  FolderCharters out(folder / (project.text() + ".tamizdat"));
  std::error_code ignored;
  if (!std::filesystem::exists(out.path_, ignored)) return out;
  constexpr std::uint64_t kFramingBytesMax = 64 * 1024;
  const auto file = files::read_file(out.path_, format::kCharterChainBytesMax + kFramingBytesMax);
  if (!file) return tl::unexpected(file.error());
  const auto records = format::parse_archive(*file);
  std::vector<Bytes> signed_charters;
  if (records)
    for (const auto& record : *records)
      if (record.kind == format::RecordKind::kSignedCharter) signed_charters.push_back(record.bytes);
  auto chain = charters::Chain::verify(signed_charters);
  if (!records || !chain || chain->project() != project)
    return fail(kCopyDamaged, out.path_.string() + " is not what fetch wrote there: move this file away and fetch again");
  out.chain_ = *std::move(chain);
  return out;
}

Result<charters::Standing> FolderCharters::take(const charters::Chain& theirs, const std::string& relay) {
  const auto standing = chain_ ? charters::compare(*chain_, theirs) : charters::Standing::kNewer;
  if (standing == charters::Standing::kForked) return fail(format::kCharterForked, fork_text(*chain_, theirs, relay));
  if (standing != charters::Standing::kNewer) return standing;
  Bytes archive;
  for (const auto& charter : theirs.signed_charters()) format::append_record(archive, format::RecordKind::kSignedCharter, charter);
  if (auto done = files::replace_file(path_, archive, files::Visibility::kPublic); !done) return pass(done);
  chain_ = theirs;
  return standing;
}

}  // namespace tamizdat::fetch
