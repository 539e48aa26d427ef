// links: tamizdat_image
// The type of a picture is known by its first octets and, for TIFF, its first directory; nothing is read beyond the file.
#include <cstddef>
#include <cstdint>

#include "client-lib/image/lookalikes.h"
#include "client-lib/image/kind.h"
#include "proto/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const tamizdat::Bytes file(reinterpret_cast<const char*>(data), size);
  tamizdat::image::is_animated_png(file);
  const auto kind = tamizdat::image::kind_of(file);
  if (kind && *kind == tamizdat::image::Kind::kTiff) TMZ_CHECK(!tamizdat::image::is_camera_raw(file));
  return 0;
}
