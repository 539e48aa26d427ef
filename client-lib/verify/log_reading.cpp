#include "client-lib/verify/log_reading.h"

#include <algorithm>

#include "client-lib/archives/verifier.h"

namespace tamizdat::verify {
namespace {

auto finder(const std::map<std::uint64_t, Hash32>& roots) {
  return [&roots](std::uint64_t size) {
    const auto root = roots.find(size);
    return root == roots.end() ? std::nullopt : std::optional(root->second);
  };
}

}  // namespace

Error LogReading::contradiction() const {
  return {archives::kHistoryContradicts,
          "the desk " + desk().text() + " signed two histories of its log, and another archive shows the other one"};
}

Result<void> LogReading::take_head(const format::VerifiedHead& head) {
  if (!head_ || head_->size() < head.size()) head_ = head;
  if (roots_.emplace(head.size(), head.root()).first->second != head.root()) return tl::unexpected(contradiction());
  return {};
}

Result<bool> LogReading::take_entry(const format::VerifiedEntry& entry) {
  const std::uint64_t index = entry.header().index;
  const auto [known, is_new] = entries_.emplace(index, entry.id());
  if (known->second != entry.id()) return tl::unexpected(contradiction());
  if (entry.absence()) {
    if (is_new) absent_.emplace(index, *entry.absence());
    return is_new;
  }
  return absent_.erase(index) > 0 || is_new;
}

std::optional<std::uint64_t> LogReading::index_of(const EntryId& entry) const {
  const auto found = std::ranges::find_if(entries_, [&](const auto& known) { return known.second == entry; });
  return found == entries_.end() ? std::nullopt : std::optional(found->first);
}

std::vector<std::uint64_t> LogReading::indices_of(const std::set<EntryId>& entries) const {
  std::vector<std::uint64_t> out;
  for (const auto& [index, id] : entries_)
    if (entries.contains(id)) out.push_back(index);
  std::ranges::sort(out);
  return out;
}

std::uint64_t LogReading::erased_without(const std::set<EntryId>& retracted) const {
  return static_cast<std::uint64_t>(std::ranges::count_if(absent_, [&](const auto& absent) {
    return absent.second == format::Absence::kErased && !retracted.contains(entries_.at(absent.first));
  }));
}

std::map<std::uint64_t, Hash32> LogReading::roots_at(const std::set<std::uint64_t>& sizes) const {
  std::map<std::uint64_t, Hash32> out = roots_;
  format::CompactRange tree;
  for (std::uint64_t index = 0; !sizes.empty() && index < *sizes.rbegin(); ++index) {
    const auto entry = entries_.find(index);
    if (entry == entries_.end()) break;
    tree.append(entry->second.value);
    if (sizes.contains(tree.size())) out.emplace(tree.size(), tree.root());
  }
  return out;
}

format::FreshnessVerdict LogReading::judge(const format::VerifiedCharter& charter,
                                           std::span<const witnessing::StatementPointer> statements, Timestamp now) const {
  const auto roots = roots_at(witnessing::cosigned_sizes(statements, log()));
  return format::judge_freshness({charter, log(), size(), finder(roots)}, statements, now);
}

witnessing::Copies LogReading::copies(const format::VerifiedCharter& charter, std::span<const witnessing::StatementPointer> statements,
                                      std::uint64_t from, std::uint64_t to, const std::set<EntryId>& retracted, Timestamp now) const {
  const auto roots = roots_at(witnessing::receipt_sizes(statements, log()));
  const auto erasable = indices_of(retracted);
  return witnessing::count_copies({charter, log(), from, to, size(), finder(roots), erasable, now}, statements);
}

}  // namespace tamizdat::verify
