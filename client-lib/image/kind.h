// Which of the six types a picture is, by its first octets; its name and what a server said do not matter.
#pragma once

#include <cstdint>

#include "proto/base/bytes.h"
#include "proto/base/result.h"

namespace tamizdat::image {

enum class Kind : std::uint8_t { kJpeg, kPng, kWebp, kGif, kHeic, kTiff };

// Errors: kImageTypeUnknown, naming the type where it is a known one that is not taken.
Result<Kind> kind_of(BytesView file);

}  // namespace tamizdat::image
