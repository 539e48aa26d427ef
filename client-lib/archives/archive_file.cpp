#include "client-lib/archives/archive_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "client-lib/files/files.h"
#include "proto/format/limits.h"

namespace tamizdat::archives {
namespace {

constexpr std::size_t kLengthBytes = 4;  // proto/format/archive.h: a record stands behind its length, big endian

// Reads `size` octets, fewer only at the end of the file.
Result<Bytes> read_some(const files::Descriptor& file, std::size_t size, const std::filesystem::path& path) {
  Bytes out(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t got = ::read(file.number(), out.data() + filled, size - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::unexpected(files::system_error("read", path));
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  out.resize(filled);
  return out;
}

Result<void> take_numbered(std::vector<format::ArchiveRecord> records, std::uint64_t number, const TakeRecord& take) {
  for (auto& record : records)
    if (auto done = take(std::move(record)); !done)
      return fail(done.error().code, "record " + std::to_string(number) + ": " + done.error().text);
  return {};
}

}  // namespace

Result<WholePart> read_archive(const std::filesystem::path& path, const TakeRecord& take, const OnOctets& on_octets) {
  const files::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return tl::unexpected(files::system_error("read", path));
  WholePart part;
  for (std::uint64_t number = 1;; ++number) {
    auto length = read_some(file, kLengthBytes, path);
    if (!length) return pass(length);
    part.torn = !length->empty();
    if (length->size() < kLengthBytes) return part;
    const std::size_t size = read_u32_be(*length);
    if (size > format::kArchiveRecordBytesMax)
      return fail(format::kArchiveMalformed,
                  "record " + std::to_string(number) + ": this is not a Tamizdat archive, or it is damaged");
    const auto content = read_some(file, size, path);
    if (!content) return tl::unexpected(content.error());
    if (content->size() < size) return part;
    auto records = format::parse_archive(*length + *content);
    if (!records) return fail(records.error().code, "record " + std::to_string(number) + ": " + records.error().text);
    if (auto done = take_numbered(*std::move(records), number, take); !done) return pass(done);
    part = {part.octets + kLengthBytes + size, false};
    if (on_octets) on_octets(part.octets);
  }
}

Result<void> read_archive_bytes(BytesView archive, const TakeRecord& take) {
  auto records = format::parse_archive(archive);
  if (!records) return pass(records);
  for (std::size_t i = 0; i < records->size(); ++i)
    if (auto done = take(std::move((*records)[i])); !done)
      return fail(done.error().code, "record " + std::to_string(i + 1) + ": " + done.error().text);
  return {};
}

Result<ArchiveWriter> ArchiveWriter::open(const std::filesystem::path& path, std::uint64_t whole_octets) {
  files::Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
  if (!file || ::ftruncate(file.number(), static_cast<off_t>(whole_octets)) != 0 ||
      ::lseek(file.number(), 0, SEEK_END) < 0)
    return tl::unexpected(files::system_error("write", path));
  return ArchiveWriter(std::move(file), path);
}

Result<void> ArchiveWriter::append(format::RecordKind kind, BytesView bytes) {
  Bytes record;
  format::append_record(record, kind, bytes);
  for (BytesView rest = record; !rest.empty();) {
    const ssize_t written = ::write(file_.number(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return tl::unexpected(files::system_error("write", path_));
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> ArchiveWriter::finish() {
  if (::fsync(file_.number()) != 0) return tl::unexpected(files::system_error("write", path_));
  return {};
}

}  // namespace tamizdat::archives
