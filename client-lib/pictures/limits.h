// Limits of pictures, for `tamizdat-image` and for the client that runs it and does not trust it.
#pragma once

#include <array>
#include <cstdint>

namespace tamizdat::pictures {

// A camera's JPEG has 5 to 30 MiB; a TIFF of 12 megapixels has 36.
inline constexpr std::uint64_t kFileBytesMax = std::uint64_t{64} << 20;
// All renditions together.
inline constexpr std::uint64_t kOutputBytesMax = std::uint64_t{64} << 20;
// It bounds memory: a decoder may need eight octets a pixel, for an interlaced PNG of 16 bits.
inline constexpr std::uint64_t kPixelsMax = 100'000'000;
// Of all frames together. It bounds time: GIF takes up to a second a million pixels, for all renditions.
inline constexpr std::uint64_t kAnimationPixelsMax = 50'000'000;
inline constexpr std::uint32_t kFramesMax = 1000;
// The longer side of the full picture: enough for a page of print, and for every screen.
inline constexpr std::uint32_t kSideMax = 4096;
// Widths of the smaller renditions: a phone on a bad line, and the column of a page.
inline constexpr std::array<std::uint32_t, 2> kSmallWidths{480, 960};

}  // namespace tamizdat::pictures
