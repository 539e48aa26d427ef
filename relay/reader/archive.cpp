#include "relay/reader/archive.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "proto/format/entry.h"

namespace tamizdat::reader {
namespace {

// A log is told from the other logs of its project, at most 300.
constexpr std::size_t kLogNameOctets = 4;

std::string name_of(const LogId& log) { return to_hex(log.view().substr(0, kLogNameOctets)); }

}  // namespace

ArchivePage::ArchivePage(const store::Store& store, Extents held, const ProjectId& project, Extents extents)
    : store_(&store), held_(std::move(held)), project_(project), extents_(std::move(extents)) {
  Timestamp newest = kTimestampMin;
  for (std::size_t i = 0; i < extents_.size(); ++i) {
    const auto last = store.entry(extents_[i].log, extents_[i].size - 1);
    const auto header = last ? format::parse_header(last->header) : Result<format::EntryHeader>(pass(last));
    const auto time = header ? header->time : kTimestampMin;
    if (time < newest) continue;
    newest = time;
    top_ = i;
  }
}

ArchivePage::Extents ArchivePage::held_by(const store::Store& store, const Catalog& catalog, const ProjectId& project) {
  Extents out;
  for (const auto& [log, read] : catalog.logs_of(project)) {
    const auto state = store.log(log);
    // After a closing the store holds less than has been read.
    if (const auto size = state ? std::min(read, state->size) : 0; size > 0) out.push_back({log, size});
  }
  std::sort(out.begin(), out.end(), [](const Extent& a, const Extent& b) { return a.log < b.log; });
  return out;
}

std::optional<ArchivePage> ArchivePage::newest(const store::Store& store, const Catalog& catalog,
                                               const ProjectId& project) {
  auto held = held_by(store, catalog, project);
  if (held.empty()) return std::nullopt;
  auto extents = held;
  return ArchivePage(store, std::move(held), project, std::move(extents));
}

std::optional<ArchivePage> ArchivePage::parse(const store::Store& store, const Catalog& catalog,
                                              const ProjectId& project, std::string_view name) {
  auto held = held_by(store, catalog, project);
  Extents extents;
  auto rest = name;
  for (const auto& extent : held) {
    const auto log = name_of(extent.log) + ".";
    if (!rest.starts_with(log)) continue;
    rest.remove_prefix(log.size());
    std::uint64_t size = 0;
    const auto end = std::from_chars(rest.data(), rest.data() + rest.size(), size).ptr;
    if (size == 0 || size > extent.size) return std::nullopt;
    extents.push_back({extent.log, size});
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    if (rest.starts_with('-')) rest.remove_prefix(1);
  }
  if (extents.empty()) return std::nullopt;
  ArchivePage page(store, std::move(held), project, std::move(extents));
  // One page, one name.
  if (page.path() != "/p/" + project.text() + "/archive/" + std::string(name) + "/feed.atom") return std::nullopt;
  return page;
}

std::string ArchivePage::path() const {
  std::string name;
  for (const auto& extent : extents_)
    name += (name.empty() ? "" : "-") + name_of(extent.log) + "." + std::to_string(extent.size);
  return "/p/" + project_.text() + "/archive/" + name + "/feed.atom";
}

std::vector<Position> ArchivePage::entries() const {
  std::vector<Position> out;
  for (auto index = first(); index < extents_[top_].size; ++index) out.push_back({extents_[top_].log, index});
  return out;
}

std::optional<ArchivePage> ArchivePage::previous() const {
  auto extents = extents_;
  extents[top_].size = first();
  std::erase_if(extents, [](const Extent& extent) { return extent.size == 0; });
  if (extents.empty()) return std::nullopt;
  return ArchivePage(*store_, held_, project_, std::move(extents));
}

std::optional<ArchivePage> ArchivePage::next() const {
  if (held_.size() != 1) return std::nullopt;
  auto next = extents_.front();
  next.size = std::min(held_.front().size, (next.size / kArchivePageEntries + 1) * kArchivePageEntries);
  if (next == extents_.front()) return std::nullopt;
  return ArchivePage(*store_, held_, project_, {next});
}

}  // namespace tamizdat::reader
