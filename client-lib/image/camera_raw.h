// Raw files of cameras look like TIFF: what a decoder finds first in them is a small preview, and the picture itself needs to
// be developed.
#pragma once

#include "proto/base/bytes.h"

namespace tamizdat::image {

// Whether the first directory of a TIFF file (TIFF 6.0 section 2) is a preview, or a mark of DNG or CR2 is there.
bool is_camera_raw(BytesView tiff);

}  // namespace tamizdat::image
