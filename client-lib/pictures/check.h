// The second line of defence: what a picture of `tamizdat-image` consists of, read piece by piece. Anything else, above all
// anything that may hold metadata, is refused, so that a tool that was taken over by a hostile file cannot pass it on.
#pragma once

#include <cstdint>
#include <string_view>

#include "proto/base/bytes.h"
#include "proto/base/result.h"

namespace tamizdat::pictures {

// A JPEG, PNG, GIF or WebP file of this size which is whole, ends where it says and has no part but those that make up its
// pixels. The pixels themselves are not decoded. Errors: kImageToolFailed.
Result<void> check_picture(BytesView file, std::string_view media_type, std::uint32_t width, std::uint32_t height);

}  // namespace tamizdat::pictures
