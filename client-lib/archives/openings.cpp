#include "client-lib/archives/openings.h"

namespace tamizdat::archives {

void Openings::gather(const std::filesystem::path& archive) {
  static_cast<void>(read_archive(archive, [this](const format::ArchiveRecord& record) { return take(record); }).has_value());
}

void Openings::gather_bytes(BytesView archive) {
  static_cast<void>(
      read_archive_bytes(archive, [this](const format::ArchiveRecord& record) { return take(record); }).has_value());
}

Result<void> Openings::take(const format::ArchiveRecord& record) {
  if (record.kind != format::RecordKind::kBundle) return {};
  for (auto& key : format::body_keys_in(record.bytes)) {
    const EntryId target = key.target;
    keys_[target].push_back(std::move(key));
  }
  return {};
}

Result<Bytes> Openings::body_of(const format::VerifiedEntry& entry) const {
  if (!entry.body()) return fail(kBodyAbsent, "the entry is here without its text");
  if (!entry.header().key_commitment) return *entry.body();
  const auto keys = keys_.find(entry.id());
  Result<Bytes> body = fail(kBodyKeyMissing, "the entry is under embargo, and its key has not been published");
  if (keys == keys_.end()) return body;
  for (const auto& key : keys->second) {
    if (key.project != entry.header().project) continue;
    auto opened = format::open_body(entry.header(), *entry.body(), key.key);
    if (opened) return opened;
    // The key that the header commits to says more than all others.
    if (body.error().code != format::kSealedBodyWrong) body = std::move(opened);
  }
  return body;
}

}  // namespace tamizdat::archives
