// Decoded pixels and nothing else: what is not a colour of a pixel, or the pace of an animation, is not in here and so
// cannot get out again.
#pragma once

#include <cstdint>
#include <vector>

#include "client-lib/image/kind.h"
#include "proto/base/bytes.h"
#include "proto/base/result.h"

namespace tamizdat::image {

struct Pixels {
  Bytes samples;  // 8 bits each, sRGB or grey; frames one below the other
  int width = 0;
  int height = 0;  // of one frame
  int frames = 1;
  int bands = 3;  // 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha
  std::vector<int> delays;  // milliseconds, one a frame; of an animation only
  int loops = 0;            // 0: for ever

  bool has_alpha() const { return bands == 2 || bands == 4; }
};

// Before the sandbox: loads libvips and its decoders, and blocks all but those of the six types.
// Errors: kImageToolFailed.
Result<void> load_decoders();

// The picture upright, in sRGB, its longer side at most kSideMax. Size is judged from its header, before decoding.
// Errors: kImageBroken, kImageTooLarge, kImageDecoderMissing (for HEIC).
Result<Pixels> decode(Kind kind, BytesView file);

// The same picture `width` pixels wide. Errors: kImageToolFailed.
Result<Pixels> shrink(const Pixels& pixels, std::uint32_t width);

}  // namespace tamizdat::image
