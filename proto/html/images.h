// The attachments that a sanitised text shows. Pure; linear in the text.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "proto/base/ids.h"

namespace tamizdat::html {

// The markup for one attachment that a text shows; `alt` is escaped already.
using WriteImage = std::function<std::string(const BlobId& blob, std::string_view alt)>;

// `sanitised`, a result of sanitise(), with each image as `write` gives it.
std::string with_images(std::string_view sanitised, const WriteImage& write);
// The attachments that it shows.
std::set<BlobId> images_of(std::string_view sanitised);

}  // namespace tamizdat::html
