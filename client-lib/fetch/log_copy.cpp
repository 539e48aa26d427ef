#include "client-lib/fetch/log_copy.h"

namespace tamizdat::fetch {

Result<LogCopy> LogCopy::open(const std::filesystem::path& folder, const ProjectId& project, const DeskId& desk) {
  const LogId log = format::log_id(project, desk);
  LogCopy copy(folder / (log.text() + ".tamizdat"), project, log);
  std::error_code ignored;
  if (!std::filesystem::exists(copy.path_, ignored)) return copy;
  const auto part = archives::read_archive(
      copy.path_, [&](format::ArchiveRecord record) { return copy.replay(std::move(record)); });
  if (!part)
    return fail(kCopyDamaged, copy.path_.string() + ": " + part.error().text + ". Move this file away and fetch again");
  copy.whole_octets_ = part->octets;
  return copy;
}

Result<void> LogCopy::replay(format::ArchiveRecord record) {
  if (record.kind == format::RecordKind::kSignedCharter) {
    ++charters_;
    return verifier_.take_charter(std::move(record.bytes));
  }
  const auto bundle = verifier_.take_bundle(record.bytes);
  if (!bundle) return tl::unexpected(bundle.error());
  if (auto fine = check_next(*bundle); !fine) return fine;
  size_ = bundle->to();
  return {};
}

Result<void> LogCopy::check_next(const format::VerifiedBundle& bundle) const {
  if (bundle.head().log() != log_) return fail(kBundleNotNext, "these are entries of another log");
  if (bundle.from() != size_)
    return fail(kBundleNotNext, "these entries begin at number " + std::to_string(bundle.from()) + " and the next is number " +
                                    std::to_string(size_));
  return {};
}

Result<void> LogCopy::take_charters(std::span<const Bytes> chain) {
  for (std::size_t i = charters_; i < chain.size(); ++i) {
    if (auto done = verifier_.take_charter(chain[i]); !done) return done;
    if (auto done = write(format::RecordKind::kSignedCharter, chain[i]); !done) return done;
    ++charters_;
  }
  return {};
}

Result<void> LogCopy::take_bundle(BytesView bundle) {
  const auto verified = verifier_.take_bundle(bundle);
  if (!verified) return tl::unexpected(verified.error());
  if (auto fine = check_next(*verified); !fine) return fine;
  if (auto done = write(format::RecordKind::kBundle, bundle); !done) return done;
  size_ = verified->to();
  return {};
}

Result<void> LogCopy::write(format::RecordKind kind, BytesView bytes) {
  if (!writer_) {
    auto writer = archives::ArchiveWriter::open(path_, whole_octets_);
    if (!writer) return pass(writer);
    writer_ = *std::move(writer);
  }
  return writer_->append(kind, bytes);
}

Result<void> LogCopy::finish() {
  if (!writer_) return {};
  return writer_->finish();
}

}  // namespace tamizdat::fetch
