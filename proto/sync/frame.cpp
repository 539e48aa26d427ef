#include "proto/sync/frame.h"

#include "proto/base/check.h"

namespace tamizdat::sync {
namespace {

constexpr std::size_t kLengthBytes = 4;

}  // namespace

Bytes frame(BytesView message) {
  TMZ_CHECK(message.size() <= kFrameBytesMax);
  Bytes out;
  out.reserve(kLengthBytes + message.size());
  append_u32_be(out, static_cast<std::uint32_t>(message.size()));
  out += message;
  return out;
}

void FrameReader::add(BytesView bytes) {
  buffer_.erase(0, used_);
  used_ = 0;
  buffer_ += bytes;
}

Result<std::optional<Bytes>> FrameReader::next() {
  const BytesView rest = BytesView(buffer_).substr(used_);
  if (rest.size() < kLengthBytes) return std::optional<Bytes>();
  const std::size_t length = read_u32_be(rest);
  if (length > kFrameBytesMax)
    return fail(kFrameTooLarge, "a frame of " + std::to_string(length) + " octets exceeds " +
                                    std::to_string(kFrameBytesMax));
  if (rest.size() - kLengthBytes < length) return std::optional<Bytes>();
  used_ += kLengthBytes + length;
  return std::optional<Bytes>(Bytes(rest.substr(kLengthBytes, length)));
}

Result<void> FrameReader::finish() const {
  if (used_ != buffer_.size()) return fail(kFrameTruncated, "the link ended in the middle of a frame");
  return {};
}

}  // namespace tamizdat::sync
