// The articles of a copy as pages to read: one HTML file an article, `<date>-<slug>-<entry>.html`, without script and
// without anything from outside but the files of attachments beside it. A page is for reading; the proof is the archive beside it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "client-lib/archives/openings.h"
#include "client-lib/fetch/attachments.h"
#include "client-lib/fetch/versions.h"
#include "proto/format/verify.h"

namespace tamizdat::fetch {

// Empty: everything. "ru" takes ru and ru-RU; "RU" takes every region of Russia, "RU-SVE" that one.
struct Filter {
  std::vector<std::string> regions;
  std::vector<std::string> languages;

  bool matches(const format::Body& body) const;
};

// Letters a to z, digits and single dashes of the title, Russian spelled in Latin; never empty.
std::string slug_of(std::string_view title);

struct PageCount {
  std::uint64_t matching = 0;
  std::uint64_t written = 0;  // new or changed
};

// The attachments of what write_pages() writes. Errors: those of read_archive.
Result<std::vector<WantedAttachment>> attachments_of_pages(const std::filesystem::path& archive, const Filter& filter,
                                                           const archives::Openings& openings, const Versions& versions);

// Writes the pages of the newest texts that the archive holds of matching articles; removes those of retracted ones and of
// older titles. What is sealed has a page when `openings` has its key. Errors: those of read_archive, of the files.
Result<PageCount> write_pages(const std::filesystem::path& archive, const Filter& filter, const archives::Openings& openings,
                              const Versions& versions);

}  // namespace tamizdat::fetch
