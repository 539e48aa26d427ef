// The archive of a project's feed (RFC 5005 section 4): every article and every correction that it ever published, in
// pages that do not change.
//
// What a desk publishes is a log that only grows, so a page is a piece of one log: its last entries, down to a multiple
// of kArchivePageEntries. Pages follow each other from the newest piece to the oldest, whichever log it is of, by the
// hour in the header of a piece's last entry. The name of a page is how much of each log it and its forerunners hold;
// whoever meets a name that it knows has everything behind it. Names and order are the same on every relay.
//
// A page shows each text as it was signed, so a correction does not touch the page of what it corrects: it stands on a
// page of its own time, with the same id and a later `updated`, which RFC 5005 says is the one to take. Two things may
// still happen to a page: a text that was erased is gone from it, and the newest page gains a `next-archive` (only
// where the project has one log, since with more logs what comes next depends on when one asks).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/reader/catalog.h"

namespace tamizdat::reader {

inline constexpr std::uint64_t kArchivePageEntries = 32;

class ArchivePage {
 public:
  // All references outlive the page. Nothing if the project has published nothing, or has no page of that name.
  static std::optional<ArchivePage> newest(const store::Store& store, const Catalog& catalog, const ProjectId& project);
  static std::optional<ArchivePage> parse(const store::Store& store, const Catalog& catalog, const ProjectId& project,
                                          std::string_view name);

  const ProjectId& project() const { return project_; }
  // "/p/<project>/archive/<name>/feed.atom"
  std::string path() const;
  // Its entries, oldest first.
  std::vector<Position> entries() const;
  std::optional<ArchivePage> previous() const;
  std::optional<ArchivePage> next() const;

 private:
  struct Extent {  // entries [0, size) of a log
    LogId log;
    std::uint64_t size = 0;
    friend bool operator==(const Extent&, const Extent&) = default;
  };
  using Extents = std::vector<Extent>;  // none of size 0, by log id

  ArchivePage(const store::Store& store, Extents held, const ProjectId& project, Extents extents);
  static Extents held_by(const store::Store& store, const Catalog& catalog, const ProjectId& project);
  std::uint64_t first() const { return (extents_[top_].size - 1) / kArchivePageEntries * kArchivePageEntries; }

  const store::Store* store_;
  Extents held_;
  ProjectId project_;
  Extents extents_;  // never empty
  std::size_t top_ = 0;  // whose last piece this page is
};

}  // namespace tamizdat::reader
