#include "client-lib/witnessing/log_roots.h"

#include "client-lib/archives/archive_file.h"
#include "client-lib/archives/verifier.h"

namespace tamizdat::witnessing {

Result<std::map<std::uint64_t, Hash32>> roots_in(const std::filesystem::path& archive, const LogId& log,
                                                 const std::set<std::uint64_t>& sizes) {
  std::map<std::uint64_t, Hash32> out;
  format::CompactRange tree;
  const auto note = [&] {
    if (sizes.contains(tree.size())) out.emplace(tree.size(), tree.root());
  };
  note();
  archives::Verifier verifier;
  const auto take = [&](format::ArchiveRecord record) -> Result<void> {
    if (record.kind == format::RecordKind::kSignedCharter) return verifier.take_charter(std::move(record.bytes));
    if (record.kind != format::RecordKind::kBundle) return {};
    const auto bundle = verifier.take_bundle(record.bytes);
    if (!bundle) return tl::unexpected(bundle.error());
    if (bundle->head().log() != log || bundle->from() != tree.size()) return {};
    for (const auto& entry : bundle->entries()) {
      tree.append(entry.id().value);
      note();
    }
    return {};
  };
  const auto part = archives::read_archive(archive, take);
  if (!part) return tl::unexpected(part.error());
  return out;
}

}  // namespace tamizdat::witnessing
