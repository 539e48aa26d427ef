// Markdown (CommonMark with GitHub's tables, strikethrough and bare links) to HTML by cmark-gfm in its safe mode: raw
// HTML inside is left out. A paragraph that is one picture with a caption, ![words](photo.jpg "caption"), is a figure.
// The result still goes through the sanitiser.
#pragma once

#include <string>
#include <string_view>

namespace tamizdat::article {

struct RenderedMarkdown {
  std::string title;  // of a first-level heading that opens the text, which is then not in `html`; else empty
  std::string html;
};

// `text` is UTF-8.
RenderedMarkdown render_markdown(std::string_view text);

}  // namespace tamizdat::article
