// What readers are told in the place of a text that is not here.
#pragma once

#include <string>

#include "relay/reader/article.h"
#include "relay/reader/tongue.h"

namespace tamizdat::reader {

// In the place of the headline. The article is gone.
std::string gone_title(const Article& article, Tongue tongue);
// Why, in a sentence or two; of an embargo until when, of a retraction since when and for what reason.
std::string gone_text(const Article& article, Tongue tongue);

}  // namespace tamizdat::reader
