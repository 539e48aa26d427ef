#include "relay/witness/holdings.h"

#include <algorithm>

#include "proto/format/limits.h"

namespace tamizdat::witness {
namespace {

std::optional<format::Absence> absence_of(const store::StoredEntry& entry, const store::BlobFiles& files) {
  if (!entry.body) return entry.absence.value_or(format::Absence::kNotHeld);
  const auto blobs = format::blobs_named_by(*entry.body);
  const bool whole = std::ranges::all_of(blobs, [&](const BlobId& blob) { return files.state(blob) == store::BlobState::kWhole; });
  return whole ? std::nullopt : std::optional(format::Absence::kNotHeld);
}

// Adds behind the last one; what continues it becomes one with it.
void append(Exceptions& exceptions, const format::ReceiptException& exception) {
  if (exception.from >= exception.to) return;
  if (!exceptions.empty() && exceptions.back().to == exception.from && exceptions.back().absence == exception.absence)
    exceptions.back().to = exception.to;
  else
    exceptions.push_back(exception);
}

}  // namespace

Result<Exceptions> find_exceptions(const store::Store& store, const store::BlobFiles& files, const LogId& log,
                                   store::EntryRange range) {
  Exceptions out;
  for (std::uint64_t index = range.from; index < range.to; ++index) {
    const auto entry = store.entry(log, index);
    if (!entry && entry.error().code == store::kStoreFailed) return tl::unexpected(entry.error());
    const auto absence = entry ? absence_of(*entry, files) : format::Absence::kNotHeld;
    if (absence) append(out, {index, index + 1, *absence});
  }
  return out;
}

Holdings::Holdings(const format::Receipt& receipt) : size_(receipt.to), known_(receipt.to), exceptions_(receipt.exceptions) {
  if (receipt.from > 0) *this = Holdings();
  doubt_exceptions();
}

void Holdings::resize(std::uint64_t size) {
  size_ = size;
  if (known_ <= size) return;
  known_ = size;
  found({size, ~std::uint64_t{0}}, {});
}

void Holdings::doubt(store::EntryRange range) {
  range.to = std::min(range.to, known_);
  if (range.from < range.to) doubted_.push_back(range);
}

void Holdings::doubt_exceptions() {
  for (const auto& exception : exceptions_) doubt({exception.from, exception.to});
}

std::optional<store::EntryRange> Holdings::next(std::uint64_t entries_max) const {
  store::EntryRange range{known_, size_};
  if (!doubted_.empty()) range = doubted_.back();
  if (range.from >= range.to) return std::nullopt;
  range.to = std::min(range.to, range.from + entries_max);
  return range;
}

void Holdings::found(store::EntryRange range, const Exceptions& exceptions) {
  Exceptions out;
  for (const auto& old : exceptions_) append(out, {old.from, std::min(old.to, range.from), old.absence});
  for (const auto& fresh : exceptions) append(out, fresh);
  for (const auto& old : exceptions_) append(out, {std::max(old.from, range.to), old.to, old.absence});
  exceptions_ = std::move(out);
  if (range.from == known_ && range.to <= size_) known_ = std::max(known_, range.to);
  std::vector<store::EntryRange> doubted;
  for (const auto& old : doubted_) {
    if (old.from < range.from) doubted.push_back({old.from, std::min(old.to, range.from)});
    if (old.to > range.to) doubted.push_back({std::max(old.from, range.to), old.to});
  }
  doubted_ = std::move(doubted);
}

format::Receipt receipt_of(const LogId& log, std::uint64_t size, const Hash32& root, Timestamp time,
                           const Holdings& holdings) {
  format::Receipt out{log, size, root, time, 0, std::min(holdings.known(), size), holdings.exceptions()};
  if (out.exceptions.size() > format::kReceiptExceptionsMax) {
    out.to = out.exceptions[format::kReceiptExceptionsMax].from;
    out.exceptions.resize(format::kReceiptExceptionsMax);
  }
  return out;
}

}  // namespace tamizdat::witness
