// Frames of the federation link: four octets of length, big endian, then one LinkMessage. Sans I/O: bytes are fed in as
// they arrive, whole messages come out.
#pragma once

#include <optional>

#include "proto/base/bytes.h"
#include "proto/base/result.h"
#include "proto/format/limits.h"

namespace tamizdat::sync {

inline constexpr ErrorCode kFrameTooLarge{"frame-too-large"};
inline constexpr ErrorCode kFrameTruncated{"frame-truncated"};

// A bundle and a few octets around it: nothing larger ever needs to wait in memory for one peer.
inline constexpr std::size_t kFrameBytesMax = format::kBundleBytesMax + 64;

Bytes frame(BytesView message);

class FrameReader {
 public:
  void add(BytesView bytes);
  // The next whole message, or nothing while more bytes are needed. Errors: kFrameTooLarge; the link must end then.
  Result<std::optional<Bytes>> next();
  // Call at the orderly end of the stream. Errors: kFrameTruncated.
  Result<void> finish() const;
  // Octets in memory: what next() had not handed out before the last add(), and what that added.
  std::size_t octets_held() const { return buffer_.size(); }

 private:
  Bytes buffer_;
  std::size_t used_ = 0;  // octets of buffer_ that next() has handed out
};

}  // namespace tamizdat::sync
