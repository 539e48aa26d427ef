#include "relay/store/compacted_file.h"

#include <algorithm>
#include <vector>

#include "relay/store/octet_reader.h"
#include "relay/store/segment_scan.h"

namespace tamizdat::store {
namespace {

// A shorter run costs about as much to note as to keep.
constexpr std::size_t kHoleBytesMin = 64;
constexpr std::size_t kCountBytes = 4;
constexpr std::size_t kHoleBytes = 8;

struct Hole {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
  std::uint64_t end() const { return std::uint64_t{offset} + size; }
};

std::vector<Hole> holes_of(BytesView segment) {
  std::vector<Hole> out;
  for (std::size_t at = kSegmentHeaderBytes; at < segment.size();) {
    const std::size_t begin = segment.find('\0', at);
    if (begin == BytesView::npos) break;
    at = std::min(segment.find_first_not_of('\0', begin), segment.size());
    if (at - begin >= kHoleBytesMin)
      out.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at - begin)});
  }
  return out;
}

tl::unexpected<Error> damaged(const std::string& path) { return store_damaged("the table of holes in " + path + " is damaged"); }

// Nothing if it is not whole and in order.
std::optional<std::vector<Hole>> decode_holes(BytesView header, BytesView octets) {
  if (octets.size() < kCountBytes) return std::nullopt;
  const BytesView covered = octets.substr(0, octets.size() - kCountBytes);
  if (crc_of(header, covered) != read_u32_be(octets.substr(covered.size()))) return std::nullopt;
  OctetReader in(covered);
  std::vector<Hole> out(in.u32());
  std::uint64_t end = 0;
  for (Hole& hole : out) {
    hole = {in.u32(), in.u32()};
    if (hole.offset < std::max<std::uint64_t>(end, kSegmentHeaderBytes) || hole.size == 0) return std::nullopt;
    end = hole.end();
  }
  return out;
}

class CompactedFile final : public File {
 public:
  CompactedFile(std::unique_ptr<File> file, Bytes header, std::vector<Hole> holes)
      : file_(std::move(file)),
        header_(std::move(header)),
        holes_(std::move(holes)),
        data_at_(kSegmentHeaderBytes + kCountBytes + holes_.size() * kHoleBytes + kCountBytes) {
    for (const Hole& hole : holes_) {
      left_out_before_.push_back(left_out_);
      left_out_ += hole.size;
    }
  }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    const auto end = size();
    if (!end) return pass(end);
    if (offset >= *end) return std::size_t{0};
    out = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), *end - offset)));
    auto read = each_piece(offset, out.size(), [&](const Piece& piece) -> Result<void> {
      const auto target = out.subspan(piece.from, piece.size);
      if (piece.is_header) {
        std::ranges::copy(BytesView(header_).substr(piece.at, piece.size), target.begin());
      } else if (piece.is_hole) {
        std::ranges::fill(target, '\0');
      } else {
        const auto count = file_->read_at(piece.at, target);
        if (!count) return pass(count);
        if (*count != target.size()) return fail(kDiskFailed, "a compacted segment ends too early");
      }
      return {};
    });
    if (!read) return pass(read);
    return out.size();
  }

  // Over octets that are there; the zeros of a hole stay zeros, and the header is what it is.
  Result<void> write_at(std::uint64_t offset, BytesView bytes) override {
    return each_piece(offset, bytes.size(), [&](const Piece& piece) -> Result<void> {
      const BytesView octets = bytes.substr(piece.from, piece.size);
      if (piece.is_header) return {};
      if (!piece.is_hole) return file_->write_at(piece.at, octets);
      if (octets.find_first_not_of('\0') == BytesView::npos) return {};
      return fail(kDiskFailed, "a hole of a compacted segment cannot be written to");
    });
  }
  Result<void> sync(SyncSite site) override { return file_->sync(site); }
  Result<void> preallocate(std::uint64_t) override { return is_whole(); }
  Result<void> truncate(std::uint64_t) override { return is_whole(); }
  Result<std::uint64_t> size() const override {
    auto on_disk = file_->size();
    if (!on_disk) return on_disk;
    return std::max<std::uint64_t>(*on_disk, data_at_) - data_at_ + kSegmentHeaderBytes + left_out_;
  }

 private:
  struct Piece {
    bool is_header = false;
    bool is_hole = false;
    std::uint64_t at = 0;   // in the header, or in the file
    std::size_t from = 0;   // of what was asked for
    std::size_t size = 0;
  };

  // Calls `take` with the pieces that make up [offset, offset + size), until one fails.
  template <typename Take>
  Result<void> each_piece(std::uint64_t offset, std::size_t size, Take take) const {
    auto hole = std::ranges::upper_bound(holes_, offset, {}, &Hole::end);
    for (std::size_t from = 0; from < size;) {
      const std::uint64_t at = offset + from;
      Piece piece;
      piece.from = from;
      std::uint64_t end = offset + size;
      if (at < kSegmentHeaderBytes) {
        piece.is_header = true;
        piece.at = at;
        end = std::min<std::uint64_t>(end, kSegmentHeaderBytes);
      } else if (hole != holes_.end() && at >= hole->offset) {
        piece.is_hole = true;
        end = std::min(end, hole->end());
      } else {
        const std::uint64_t left_out = hole == holes_.end() ? left_out_ : left_out_before_[static_cast<std::size_t>(hole - holes_.begin())];
        piece.at = data_at_ + at - kSegmentHeaderBytes - left_out;
        if (hole != holes_.end()) end = std::min<std::uint64_t>(end, hole->offset);
      }
      piece.size = static_cast<std::size_t>(end - at);
      if (auto taken = take(piece); !taken) return taken;
      if (piece.is_hole && end == hole->end()) ++hole;
      from += piece.size;
    }
    return {};
  }

  static Result<void> is_whole() { return fail(kDiskFailed, "a compacted segment is whole and does not change its size"); }

  std::unique_ptr<File> file_;
  Bytes header_;
  std::vector<Hole> holes_;
  std::vector<std::uint64_t> left_out_before_;  // each hole
  std::uint64_t left_out_ = 0;
  std::uint64_t data_at_ = 0;
};

Bytes header_of(SegmentHeader header, std::uint32_t version) {
  header.version = version;
  return encode(header);
}

}  // namespace

Result<OpenedSegment> open_segment(Disk& disk, const std::string& path) {
  auto file = disk.open(path);
  if (!file) return pass(file);
  const auto size = (*file)->size();
  if (!size) return pass(size);
  OpenedSegment out{nullptr, 0, *size};
  Bytes octets(kSegmentHeaderBytes + kCountBytes, '\0');
  const auto count = (*file)->read_at(0, octets);
  if (!count) return pass(count);
  const auto header = *count == octets.size() ? decode_segment_header(octets) : std::nullopt;
  if (!header || header->version != kCompactedVersion) {
    out.file = *std::move(file);
    return out;
  }
  const std::uint64_t holes = read_u32_be(BytesView(octets).substr(kSegmentHeaderBytes));
  if (holes * kHoleBytes > *size) return damaged(path);
  Bytes table(kCountBytes + static_cast<std::size_t>(holes) * kHoleBytes + kCountBytes, '\0');
  const auto read = (*file)->read_at(kSegmentHeaderBytes, table);
  if (!read) return pass(read);
  auto decoded = *read == table.size() ? decode_holes(BytesView(octets).substr(0, kSegmentHeaderBytes), table) : std::nullopt;
  if (!decoded) return damaged(path);
  for (const Hole& hole : *decoded) out.left_out += hole.size;
  const auto end = decoded->empty() ? 0 : decoded->back().end();
  const auto last = decoded->empty() ? 0 : decoded->back().size;
  out.file = std::make_unique<CompactedFile>(*std::move(file), header_of(*header, kSegmentVersion), *std::move(decoded));
  const auto whole = out.file->size();
  if (!whole) return pass(whole);
  if (end == *whole) out.left_out -= last;
  return out;
}

std::optional<Bytes> compacted(BytesView segment) {
  const auto header = decode_segment_header(segment);
  if (!header) return std::nullopt;
  const auto holes = holes_of(segment);
  Bytes out = header_of(*header, kCompactedVersion);
  append_u32_be(out, static_cast<std::uint32_t>(holes.size()));
  for (const Hole& hole : holes) {
    append_u32_be(out, hole.offset);
    append_u32_be(out, hole.size);
  }
  append_u32_be(out, crc_of({}, out));
  std::size_t at = kSegmentHeaderBytes;
  for (const Hole& hole : holes) {
    out += segment.substr(at, hole.offset - at);
    at = static_cast<std::size_t>(hole.end());
  }
  out += segment.substr(at);
  if (out.size() >= segment.size()) return std::nullopt;
  return out;
}

}  // namespace tamizdat::store
