// links: tamizdat_article
// Any octets as an article in Markdown and in HTML, with every other picture placed: what comes out has title and language,
// is clean, and is what the sanitiser gives.
#include <cstddef>
#include <cstdint>

#include "client-lib/article/compose.h"
#include "proto/base/bytes.h"
#include "proto/base/check.h"
#include "proto/html/text.h"

namespace {

using namespace tamizdat;

std::optional<BlobId> attachment_of(const html::Image& image) {
  TMZ_CHECK(!image.written.empty());
  if (image.written.size() % 2 == 0) return std::nullopt;
  return BlobId{Hash32(), image.written.size()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(reinterpret_cast<const char*>(data), size);
  for (const auto markup : {article::Markup::kMarkdown, article::Markup::kHtml}) {
    const auto article = article::compose(input, markup, {}, {"ru", {}}, attachment_of);
    if (!article) continue;
    TMZ_CHECK(!article->body.title.empty() && !article->body.language.empty() && !article->body.html.empty());
    for (const std::string* text : {&article->body.title, &article->body.html, &article->photo_credit})
      TMZ_CHECK(is_utf8(*text) && html::clean_text(*text) == *text);
    const auto again = html::sanitise(article->body.html);
    TMZ_CHECK(again && *again == article->body.html);
  }
  return 0;
}
