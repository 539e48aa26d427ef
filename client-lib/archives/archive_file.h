// Archive files on disk: read record by record in bounded memory, and grown at the end. A file that was cut in the
// middle of a record (power, full disk) is whole up to there, and is continued from there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "client-lib/files/descriptor.h"
#include "proto/format/archive.h"

namespace tamizdat::archives {

struct WholePart {
  std::uint64_t octets = 0;  // of whole records
  bool torn = false;         // more follows, which is no whole record
};

using TakeRecord = std::function<Result<void>(format::ArchiveRecord record)>;
using OnOctets = std::function<void(std::uint64_t octets)>;  // read and taken so far

// Hands each whole record to `take`, and stops at its first error. Errors: kArchiveMalformed, those of the file, those
// of `take` with the record's number before their text.
Result<WholePart> read_archive(const std::filesystem::path& path, const TakeRecord& take, const OnOctets& on_octets = {});
// The same for an archive in memory; a torn end is kArchiveTruncated.
Result<void> read_archive_bytes(BytesView archive, const TakeRecord& take);

// Appends to an archive file.
class ArchiveWriter {
 public:
  // Creates the file or continues it after `whole_octets`, dropping what follows. Errors: those of the file.
  static Result<ArchiveWriter> open(const std::filesystem::path& path, std::uint64_t whole_octets);
  Result<void> append(format::RecordKind kind, BytesView bytes);
  // Makes all of it durable.
  Result<void> finish();

 private:
  ArchiveWriter(files::Descriptor file, std::filesystem::path path) : file_(std::move(file)), path_(std::move(path)) {}
  files::Descriptor file_;
  std::filesystem::path path_;
};

}  // namespace tamizdat::archives
