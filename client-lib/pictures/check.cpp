#include "client-lib/pictures/check.h"

#include <algorithm>
#include <iterator>

#include "client-lib/pictures/errors.h"

namespace tamizdat::pictures {
namespace {

using namespace std::string_view_literals;

// Takes octets from the front; whatever is not there reads as nothing, and ok() is false from then on.
class Octets {
 public:
  explicit Octets(BytesView bytes) : bytes_(bytes) {}
  bool ok() const { return ok_; }
  bool at_end() const { return bytes_.empty(); }
  BytesView rest() const { return bytes_; }
  BytesView take(std::size_t count) {
    if (count > bytes_.size()) {
      ok_ = false;
      bytes_ = {};
      return {};
    }
    const BytesView out = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return out;
  }
  std::uint32_t big_endian(std::size_t count) {
    std::uint32_t value = 0;
    for (const char c : take(count)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  std::uint32_t little_endian(std::size_t count) {
    std::uint32_t value = 0;
    unsigned shift = 0;
    for (const char c : take(count)) value |= std::uint32_t{static_cast<unsigned char>(c)} << shift, shift += 8;
    return value;
  }
  void require(bool right) { ok_ = ok_ && right; }

 private:
  BytesView bytes_;
  bool ok_ = true;
};

struct Size {
  std::uint32_t width;
  std::uint32_t height;
  friend bool operator==(Size, Size) = default;
};

// Behind an SOS: up to the next marker that is neither a stuffed octet nor a restart.
void skip_scan(Octets& in) {
  const BytesView data = in.rest();
  std::size_t at = 0;
  while (at + 1 < data.size()) {
    const auto next = static_cast<unsigned char>(data[at + 1]);
    if (data[at] == '\xFF' && next != 0 && (next < 0xD0 || next > 0xD7)) break;
    ++at;
  }
  in.take(at);
}

// ITU-T T.81 annex B: tables, one frame, scans. No APPn (Exif, XMP, ICC, JFIF with its thumbnail) and no comment.
bool is_bare_jpeg(Octets in, Size size) {
  constexpr std::uint32_t kTables[]{0xDB, 0xC4, 0xDD};
  in.require(in.take(2) == "\xFF\xD8");
  int frames = 0;
  while (in.ok()) {
    in.require(in.big_endian(1) == 0xFF);
    const std::uint32_t marker = in.big_endian(1);
    if (marker == 0xD9) return in.ok() && frames == 1 && in.at_end();
    const std::uint32_t length = in.big_endian(2);
    in.require(length >= 2);
    Octets segment(in.take(length - 2));
    if (marker == 0xC0 || marker == 0xC2) {
      segment.take(1);
      const std::uint32_t height = segment.big_endian(2);
      in.require(Size{segment.big_endian(2), height} == size && ++frames == 1);
    } else if (marker == 0xDA) {
      in.require(frames == 1);
      skip_scan(in);
    } else {
      in.require(std::find(std::begin(kTables), std::end(kTables), marker) != std::end(kTables));
    }
  }
  return false;
}

// W3C PNG section 11. A pHYs of 72 dots an inch is what the tool writes always.
bool is_bare_png(Octets in, Size size) {
  in.require(in.take(8) == "\x89PNG\r\n\x1A\n");
  bool first = true;
  while (in.ok()) {
    const std::uint32_t length = in.big_endian(4);
    const BytesView type = in.take(4);
    Octets data(in.take(length));
    in.take(4);
    in.require(first == (type == "IHDR"));
    first = false;
    if (type == "IEND") return in.ok() && length == 0 && in.at_end();
    if (type == "IHDR")
      in.require(length == 13 && data.big_endian(4) == size.width && data.big_endian(4) == size.height);
    else if (type == "pHYs")
      in.require(data.rest() == "\0\0\x0B\x13\0\0\x0B\x13\1"sv);
    else
      in.require(type == "PLTE" || type == "tRNS" || type == "IDAT");
  }
  return false;
}

void skip_sub_blocks(Octets& in) {
  std::uint32_t length = 1;
  while (in.ok() && length != 0) in.take(length = in.big_endian(1));
}

void take_colour_table(Octets& in, std::uint32_t flags) {
  if ((flags & 0x80) != 0) in.take(std::size_t{3} << ((flags & 7) + 1));
}

// GIF89a: frames, their timing, and how often they run. No comment, no text, no other application's block.
bool is_bare_gif(Octets in, Size size) {
  in.require(in.take(6) == "GIF89a");
  in.require(in.little_endian(2) == size.width && in.little_endian(2) == size.height);
  const std::uint32_t flags = in.big_endian(1);
  in.take(2);
  take_colour_table(in, flags);
  int frames = 0;
  while (in.ok()) {
    const std::uint32_t introducer = in.big_endian(1);
    if (introducer == 0x3B) return in.ok() && frames > 0 && in.at_end();
    if (introducer == 0x2C) {
      in.take(8);
      take_colour_table(in, in.big_endian(1));
      in.take(1);
      skip_sub_blocks(in);
      ++frames;
      continue;
    }
    in.require(introducer == 0x21);
    const std::uint32_t label = in.big_endian(1);
    if (label == 0xF9)
      in.require(in.take(1) == "\4" && in.take(4).size() == 4);
    else
      in.require(label == 0xFF && in.take(14) == "\x0BNETSCAPE2.0\3\1" && in.take(2).size() == 2);
    in.require(in.take(1) == "\0"sv);
  }
  return false;
}

struct Chunk {
  BytesView name;
  Octets data{{}};
};

Chunk take_chunk(Octets& in) {
  const BytesView name = in.take(4);
  const std::uint32_t length = in.little_endian(4);
  Chunk chunk{name, Octets(in.take(length))};
  in.take(length & 1);
  return chunk;
}

// A frame: its place and time, then nothing but a compressed picture, perhaps with an alpha plane.
bool is_bare_frame(Octets in) {
  in.take(16);
  while (in.ok() && !in.at_end()) {
    const Chunk chunk = take_chunk(in);
    in.require(chunk.name == "ALPH" || chunk.name == "VP8 " || chunk.name == "VP8L");
  }
  return in.ok();
}

// RFC 9649: an animation without ICCP, EXIF, XMP and unknown chunks.
bool is_bare_webp(Octets in, Size size) {
  const auto octets = in.rest().size();
  in.require(in.take(4) == "RIFF" && in.little_endian(4) + std::uint64_t{8} == octets && in.take(4) == "WEBP");
  Chunk header = take_chunk(in);
  constexpr std::uint32_t kAnimationAndAlpha = 0x12;
  in.require(header.name == "VP8X" && (header.data.little_endian(1) & ~kAnimationAndAlpha) == 0);
  header.data.take(3);
  in.require(header.data.little_endian(3) + 1 == size.width && header.data.little_endian(3) + 1 == size.height &&
             header.data.at_end());
  int frames = 0;
  while (in.ok() && !in.at_end()) {
    const Chunk chunk = take_chunk(in);
    const bool is_frame = chunk.name == "ANMF";
    frames += is_frame ? 1 : 0;
    in.require(is_frame ? is_bare_frame(chunk.data) : chunk.name == "ANIM" && chunk.data.rest().size() == 6);
  }
  return in.ok() && frames > 0;
}

}  // namespace

Result<void> check_picture(BytesView file, std::string_view media_type, std::uint32_t width, std::uint32_t height) {
  const Octets in(file);
  const Size size{width, height};
  const bool bare = media_type == "image/jpeg"   ? is_bare_jpeg(in, size)
                    : media_type == "image/png"  ? is_bare_png(in, size)
                    : media_type == "image/gif"  ? is_bare_gif(in, size)
                    : media_type == "image/webp" ? is_bare_webp(in, size)
                                                 : false;
  if (bare) return {};
  return fail(kImageToolFailed,
              "tamizdat-image gave something else than a bare picture; nothing of it was taken. Do not publish this file, and "
              "have somebody look at it: it may be made to attack");
}

}  // namespace tamizdat::pictures
