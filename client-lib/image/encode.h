// Pixels to the files that readers get: JPEG for photographs, PNG for few colours and for what one can look through;
// an animation stays GIF or WebP. Every browser of the last twenty years shows these but animated WebP, which is taken
// over only where the newsroom made it.
#pragma once

#include <cstdint>
#include <string_view>

#include "client-lib/image/pixels.h"

namespace tamizdat::image {

enum class Format : std::uint8_t { kJpeg, kPng, kGif, kWebp };

// Which one suits the full picture; its renditions take the same. Errors: kImageToolFailed.
Result<Format> format_for(Kind kind, const Pixels& full);

std::string_view media_type(Format format);

// Without any metadata. Errors: kImageToolFailed.
Result<Bytes> encode(const Pixels& pixels, Format format);

}  // namespace tamizdat::image
