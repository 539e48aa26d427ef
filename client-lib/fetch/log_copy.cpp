#include "client-lib/fetch/log_copy.h"

#include <algorithm>

#include "client-lib/files/files.h"

namespace tamizdat::fetch {

Result<LogCopy> LogCopy::open(const std::filesystem::path& folder, const ProjectId& project, const DeskId& desk) {
  const LogId log = format::log_id(project, desk);
  LogCopy copy(path_of(folder, log), project, log);
  std::error_code ignored;
  if (!std::filesystem::exists(copy.path_, ignored)) return copy;
  const auto part = archives::read_archive(
      copy.path_, [&](format::ArchiveRecord record) { return copy.replay(std::move(record)); });
  if (!part)
    return fail(kCopyDamaged, copy.path_.string() + ": " + part.error().text + ". Move this file away and fetch again");
  copy.whole_octets_ = part->octets;
  copy.torn_ = part->torn;
  return copy;
}

Result<void> LogCopy::replay(format::ArchiveRecord record) {
  if (record.kind == format::RecordKind::kSignedCharter) {
    ++charters_;
    return verifier_.take_charter(std::move(record.bytes));
  }
  if (record.kind == format::RecordKind::kStatement) return {};
  const auto bundle = verifier_.take_bundle(record.bytes);
  if (!bundle) return tl::unexpected(bundle.error());
  if (auto fine = check_next(*bundle); !fine) return fine;
  count(*bundle);
  return {};
}

void LogCopy::count(const format::VerifiedBundle& bundle) {
  TextGap gap{bundle.from(), 0, 0};
  for (const auto& entry : bundle.entries())
    if (!entry.body() && gap.count++ == 0) gap.first_absent = entry.header().index;
  if (gap.count > 0) text_gaps_.push_back(gap);
  size_ = bundle.to();
}

Hash32 LogCopy::root() const {
  const auto* const position = verifier_.position(log_);
  return position == nullptr ? format::empty_root() : position->tree.root();
}

std::uint64_t LogCopy::entries_absent() const {
  std::uint64_t out = 0;
  for (const auto& gap : text_gaps_) out += gap.count;
  return out;
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

bool LogCopy::is_of_another_branch(std::span<const Bytes> chain) const {
  const auto ours = verifier_.chain(project_);
  const std::size_t common = std::min(ours.size(), chain.size());
  if (common == 0) return false;
  const auto theirs = format::parse_signed_charter(chain[common - 1]);
  return theirs && format::charter_hash(theirs->charter) != ours[common - 1].hash();
}

Result<void> LogCopy::set_aside(std::string_view ending) {
  std::filesystem::path aside = path_;
  aside += ending;
  std::error_code error;
  std::filesystem::rename(path_, aside, error);
  if (error) return fail(files::kFileFailed, "cannot rename " + path_.string() + ": " + error.message());
  *this = LogCopy(path_, project_, log_);
  return {};
}

Result<void> LogCopy::follow_charters(const format::VerifiedCharter& charter, std::span<const Bytes> chain) {
  if (is_of_another_branch(chain)) return set_aside(".other-branch");
  const auto* const position = verifier_.position(log_);
  if (position == nullptr) return {};
  const auto* const closed = charter.content().closed_desk(position->head.desk());
  if (closed == nullptr || size_ < closed->size) return {};
  if (size_ == closed->size && position->tree.root() == closed->root) return take_charters(chain);
  return set_aside(".before-closing");
}

Result<void> LogCopy::take_bundle(BytesView bundle, AbsentBodies absent) {
  const auto verified = verifier_.take_bundle(bundle);
  if (!verified) return tl::unexpected(verified.error());
  if (auto fine = check_next(*verified); !fine) return fine;
  const auto has_body = [](const format::VerifiedEntry& entry) { return entry.body().has_value(); };
  if (absent == AbsentBodies::kRefuse && !std::ranges::all_of(verified->entries(), has_body))
    return fail(kBodiesAbsent, "the relay serves entries of the log " + log_.text() + " without their texts");
  if (auto done = write(format::RecordKind::kBundle, bundle); !done) return done;
  count(*verified);
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
  if (!writer_ && torn_) {
    auto writer = archives::ArchiveWriter::open(path_, whole_octets_);
    if (!writer) return pass(writer);
    writer_ = *std::move(writer);
  }
  if (!writer_) return {};
  return writer_->finish();
}

Result<LogCopy> LogCopy::again_until(std::uint64_t from) const {
  std::filesystem::path path = path_;
  path += ".again";
  LogCopy again(std::move(path), project_, log_);
  const auto part = archives::read_archive(path_, [&](format::ArchiveRecord record) -> Result<void> {
    if (again.size_ == from) return {};
    if (record.kind == format::RecordKind::kBundle) return again.take_bundle(record.bytes, AbsentBodies::kTake);
    if (record.kind == format::RecordKind::kStatement) return {};  // newer ones come at the end
    if (auto done = again.verifier_.take_charter(record.bytes); !done) return done;
    ++again.charters_;
    return again.write(record.kind, record.bytes);
  });
  if (!part) return tl::unexpected(part.error());
  return again;
}

Result<void> LogCopy::replace_if_better(LogCopy again) {
  std::error_code error;
  if (again.size_ < size_ || again.entries_absent() >= entries_absent()) {
    std::filesystem::remove(again.path_, error);
    return {};
  }
  std::filesystem::rename(again.path_, path_, error);
  if (error) return fail(files::kFileFailed, "cannot write " + path_.string() + ": " + error.message());
  again.path_ = path_;
  *this = std::move(again);
  return {};
}

}  // namespace tamizdat::fetch
