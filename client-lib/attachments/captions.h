// The captions of pictures that a sanitised text shows in figures.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/format/entry.h"

namespace tamizdat::attachments {

// Gives each attachment without a caption the words of the <figcaption> that stands in one <figure> with it alone, so that
// newsrooms which reprint the picture have them too. Linear in `text`, a result of html::sanitise().
void take_captions(std::string_view text, std::vector<format::Attachment>& attachments);

}  // namespace tamizdat::attachments
