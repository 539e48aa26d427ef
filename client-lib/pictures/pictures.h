// Pictures before they are signed: `tamizdat-image` decodes and encodes them anew in a process without privileges, so that
// no place, serial number, name or thumbnail survives. What comes back is checked again here, since that process has
// parsed a stranger's file.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "client-lib/pictures/errors.h"
#include "proto/base/bytes.h"

namespace tamizdat::pictures {

struct Picture {
  std::string media_type;  // image/jpeg, image/png; an animation is image/gif or image/webp
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  Bytes octets;
};

struct Options {
  std::filesystem::path tool;  // empty: find_tool()
  std::chrono::milliseconds time_max = std::chrono::seconds(90);
};

// `tamizdat-image` beside this program, in ../image/ (a build tree), in /usr/lib/tamizdat/, or in a folder of PATH.
// Errors: kImageToolMissing.
Result<std::filesystem::path> find_tool();

// The renditions of a picture, smallest first, the full one last; at least one. `file` is a JPEG, PNG, WebP, GIF, HEIC or
// TIFF by its content. Blocks until the program has ended. Errors: all of errors.h; the text lacks the name of the file.
Result<std::vector<Picture>> reencode(BytesView file, const Options& options);

}  // namespace tamizdat::pictures
