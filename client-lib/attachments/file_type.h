// What a file is by its content; its name decides nothing. Only what is needed to tell pictures, which are encoded anew,
// from sound, film and PDF, which go as they are.
#pragma once

#include <string_view>

#include "proto/base/bytes.h"

namespace tamizdat::attachments {

// The beginning of a file that is enough.
inline constexpr std::size_t kSignatureBytes = 64;

// JPEG, PNG, WebP, GIF, HEIC, AVIF or TIFF.
bool is_picture(BytesView beginning);
// Of sound, film and PDF: a media type that relays hand out as such, so that a browser plays it. Empty for anything else.
std::string_view media_type_as_is(BytesView beginning);

}  // namespace tamizdat::attachments
