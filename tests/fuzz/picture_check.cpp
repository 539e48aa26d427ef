// links: tamizdat_pictures
// A picture that is taken as bare ends where it says: one octet more or less is refused. The first octet chooses the type,
// the next four the size.
#include <array>
#include <cstddef>
#include <cstdint>

#include "client-lib/pictures/check.h"
#include "proto/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array kTypes{"image/jpeg", "image/png", "image/gif", "image/webp"};
  if (size < 6) return 0;
  const auto* type = kTypes[data[0] % kTypes.size()];
  const std::uint32_t width = data[1] | std::uint32_t{data[2]} << 8;
  const std::uint32_t height = data[3] | std::uint32_t{data[4]} << 8;
  const tamizdat::Bytes file(reinterpret_cast<const char*>(data) + 5, size - 5);
  if (tamizdat::pictures::check_picture(file, type, width, height)) {
    TMZ_CHECK(!tamizdat::pictures::check_picture(file + 'x', type, width, height));
    TMZ_CHECK(!tamizdat::pictures::check_picture(file.substr(0, file.size() - 1), type, width, height));
  }
  return 0;
}
