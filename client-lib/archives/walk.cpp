#include "client-lib/archives/walk.h"

#include "client-lib/archives/archive_file.h"

namespace tamizdat::archives {

Result<void> walk(const std::filesystem::path& archive,
                  const std::function<Result<void>(const format::VerifiedCharter&, const format::VerifiedEntry&)>& visit) {
  Verifier verifier;
  const auto part = read_archive(archive, [&](format::ArchiveRecord record) -> Result<void> {
    if (record.kind == format::RecordKind::kSignedCharter) return verifier.take_charter(std::move(record.bytes));
    if (record.kind == format::RecordKind::kStatement) return {};
    const auto bundle = verifier.take_bundle(record.bytes);
    if (!bundle) return tl::unexpected(bundle.error());
    const auto charter = verifier.charter(bundle->head().project());
    for (const auto& entry : bundle->entries())
      if (auto done = visit(*charter, entry); !done) return done;
    return {};
  });
  if (!part) return tl::unexpected(part.error());
  return {};
}

}  // namespace tamizdat::archives
