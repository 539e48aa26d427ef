// Attachments as markup. Pictures stand where the text shows them, everything else that is attached follows the text.
#pragma once

#include <string>
#include <string_view>

#include "relay/reader/article.h"
#include "relay/reader/tongue.h"

namespace tamizdat::reader {

// For pages: each picture in the sizes that there are, so that a browser on a poor line fetches a small one; sound and
// film with a player that loads nothing by itself.
std::string page_text(const Article& article, Tongue tongue);

// For feeds, whose readers take much out: one size, links instead of players. `base` is "https://<host>" or empty.
std::string feed_text(const Article& article, std::string_view base, Tongue tongue);

// Where the octets of an attachment are.
std::string attachment_path(const BlobId& blob);
// Wide enough for a phone held sideways, and for a preview.
inline constexpr std::uint32_t kFeedPictureWidth = 900;

}  // namespace tamizdat::reader
