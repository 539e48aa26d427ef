#include "relay/witness/holdings.h"

#include <algorithm>
#include <iterator>

#include "proto/format/limits.h"
#include "relay/store/retraction.h"

namespace tamizdat::witness {
namespace {

// Erased is what a retraction in force here asks for, and nothing else: whoever counts copies counts it as held.
std::optional<format::Absence> absence_of(const store::Store& store, const store::StoredEntry& entry, const store::BlobFiles& files) {
  if (!entry.body) {
    if (entry.absence == format::Absence::kErased && !store::retraction_in_force(store, entry.log.project, entry.id))
      return format::Absence::kNotHeld;
    return entry.absence.value_or(format::Absence::kNotHeld);
  }
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
    const auto absence = entry ? absence_of(store, *entry, files) : format::Absence::kNotHeld;
    if (absence) append(out, {index, index + 1, *absence});
  }
  return out;
}

void Ranges::add(store::EntryRange range) {
  if (range.from >= range.to) return;
  auto next = ranges_.upper_bound(range.from);
  if (next != ranges_.begin() && std::prev(next)->second >= range.from) --next;
  while (next != ranges_.end() && next->first <= range.to) {
    range = {std::min(range.from, next->first), std::max(range.to, next->second)};
    next = ranges_.erase(next);
  }
  ranges_.emplace_hint(next, range.from, range.to);
}

void Ranges::add(const Ranges& others) {
  for (const auto& [from, to] : others.ranges_) add({from, to});
}

void Ranges::remove(store::EntryRange range) {
  auto next = ranges_.upper_bound(range.from);
  if (next != ranges_.begin() && std::prev(next)->second > range.from) --next;
  while (next != ranges_.end() && next->first < range.to) {
    const auto [from, to] = *next;
    next = ranges_.erase(next);
    if (from < range.from) ranges_.emplace_hint(next, from, range.from);
    if (to > range.to) ranges_.emplace_hint(next, range.to, to);
  }
}

Holdings::Holdings(const format::Receipt& receipt) : size_(receipt.to), known_(receipt.to), exceptions_(receipt.exceptions) {
  if (receipt.from > 0) *this = Holdings();
  for (const auto& exception : exceptions_) doubt({exception.from, exception.to});
}

void Holdings::resize(std::uint64_t size) {
  size_ = size;
  if (known_ <= size) return;
  known_ = size;
  found({size, ~std::uint64_t{0}}, {});
}

void Holdings::doubt(store::EntryRange range) {
  range.to = std::min(range.to, known_);
  doubted_.add(range);
}

std::optional<store::EntryRange> Holdings::next(std::uint64_t entries_max) const {
  store::EntryRange range{known_, size_};
  if (!doubted_.all().empty()) range = {doubted_.all().begin()->first, doubted_.all().begin()->second};
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
  doubted_.remove(range);
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
