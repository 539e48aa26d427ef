#include "client-lib/attachments/captions.h"

#include <algorithm>

#include "proto/html/images.h"
#include "proto/html/sanitise.h"
#include "proto/html/text.h"

namespace tamizdat::attachments {
namespace {

// A paragraph; readers cut longer ones too.
constexpr std::size_t kCaptionBytesMax = 4096;

// What lies between the first tag that begins so and the next end; empty if there is none. The sanitiser escapes '<'
// everywhere else, and lets no '>' into an attribute.
std::string_view inside(std::string_view text, std::string_view begin, std::string_view end) {
  const auto tag = text.find(begin);
  if (tag == std::string_view::npos) return {};
  text.remove_prefix(std::min(text.find('>', tag), text.size() - 1) + 1);
  return text.substr(0, text.find(end));
}

}  // namespace

void take_captions(std::string_view text, std::vector<format::Attachment>& attachments) {
  constexpr std::string_view kEnd = "</figure>";
  while (true) {
    const auto end = text.find(kEnd);
    if (end == std::string_view::npos) return;
    // The innermost one that ends here.
    const auto begin = text.substr(0, end).rfind("<figure");
    const auto figure = begin == std::string_view::npos ? std::string_view() : text.substr(begin, end - begin);
    text.remove_prefix(end + kEnd.size());
    const auto shown = html::images_of(figure);
    const auto words = html::to_text(inside(figure, "<figcaption", "</figcaption>"));
    if (shown.size() != 1 || !words) continue;
    const auto found = std::ranges::find(attachments, *shown.begin(), &format::Attachment::blob);
    if (found != attachments.end() && found->caption.empty())
      found->caption = html::cut_utf8(html::collapse_space(*words), kCaptionBytesMax);
  }
}

}  // namespace tamizdat::attachments
