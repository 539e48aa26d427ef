// Files that begin like one of the six types and hold more than a decoder would show: nobody should publish the small
// preview, or the first frame, for the whole.
#pragma once

#include "proto/base/bytes.h"

namespace tamizdat::image {

// A raw file of a camera looks like TIFF, and needs to be developed: whether the first directory (TIFF 6.0 section 2) is a
// preview, or a mark of DNG or CR2 is there.
bool is_camera_raw(BytesView tiff);

// Whether a PNG has an animation (APNG, acTL before the first IDAT).
bool is_animated_png(BytesView png);

}  // namespace tamizdat::image
