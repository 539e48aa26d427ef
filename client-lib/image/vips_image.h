// Between Pixels and libvips; its exceptions stop here.
#pragma once

#include <new>
#include <string>
#include <vips/vips8>

#include "client-lib/image/pixels.h"
#include "client-lib/pictures/errors.h"

namespace tamizdat::image {

// A view of the samples, which must outlive it.
vips::VImage view_of(const Pixels& pixels);

// Decodes all of an 8-bit image with at most 4 bands.
Pixels pixels_of(const vips::VImage& image);

// The last line of libvips' complaint; those before it may be of what a decoder tried and did without.
std::string complaint(const vips::VError& error);

// Whether that is for want of memory, or of room for the stack of a thread.
bool lacks_memory(const vips::VError& error);

inline tl::unexpected<Error> too_little_memory() {
  return fail(pictures::kImageTooLarge, "the picture needs more memory than is allowed: save it smaller");
}

// What `work` returns; what libvips throws becomes kImageToolFailed, for work on pixels that are decoded already.
template <typename Work>
auto guarded(const Work& work) -> Result<decltype(work())> {
  vips_error_clear();  // of what a decoder has tried before it succeeded
  try {
    return work();
  } catch (const vips::VError& error) {
    if (lacks_memory(error)) return too_little_memory();
    return fail(pictures::kImageToolFailed, "cannot encode this picture (" + complaint(error) +
                                                "): please report it, and publish it smaller or in another type");
  }
}

}  // namespace tamizdat::image
