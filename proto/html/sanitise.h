// The one HTML sanitiser of Tamizdat: the client calls it at import, the relay again at every rendering. What it gives
// is a strict subset (the table in elements.cpp): well-formed as XML too, no script, style or form, nothing that a
// browser would fetch by itself but attachments that the entry names. Pure and linear in its input; safe on hostile input of any form.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "proto/base/ids.h"
#include "proto/html/balance.h"  // the error codes

namespace tamizdat::html {

// An image that lies elsewhere.
struct Image {
  std::string written;  // its address as the text has it, white space around it cut off
  std::string url;      // the same as safe_url() gives it, http or https; empty if that refuses it
  std::string alt;
  std::string title;
};

struct SanitiseOptions {
  std::string_view base_url;  // of the page, for relative links; without one they are unwrapped
  // The attachment that takes the place of an image. Asked for each image that lies elsewhere, in the order of the text.
  std::function<std::optional<BlobId>(const Image&)> attachment_of = {};
};

// The text as allowed elements only. An image is <img src="tzblob1…" alt="…"/> where it is an attachment: written so
// already, or by `attachment_of`. Any other one becomes a link to it, with its alternative text or else its file name
// as the words. Sanitising the result again with any options gives the same bytes. A link that safe_url() refuses is
// unwrapped, an image likewise dropped, elements left empty go away.
// Errors: kHtmlTooLarge (also if the result would be), kHtmlNotUtf8, kHtmlTooManyElements.
Result<std::string> sanitise(std::string_view html, const SanitiseOptions& options = {});

// The words of `html` without markup, for titles and ledes: one line per block or <br>, white space collapsed, cleaned
// by clean_text(), images left out. Not escaped. Errors: as above.
Result<std::string> to_text(std::string_view html);

}  // namespace tamizdat::html
