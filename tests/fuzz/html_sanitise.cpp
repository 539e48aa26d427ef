// links: tamizdat_html
// Any bytes through the sanitiser: what comes out is stable under a second pass, well-formed, of allowed elements only,
// and holds no URL scheme but the four, and no image but attachments. Cut into parts, each part is well-formed and no
// letter is lost or repeated.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/base/bytes.h"
#include "proto/base/check.h"
#include "proto/html/elements.h"
#include "proto/html/images.h"
#include "proto/html/sanitise.h"
#include "proto/html/split.h"
#include "proto/html/text.h"

namespace {

using namespace tamizdat;

constexpr std::size_t kPartBytesMax = 200;

enum class Links { kComplete, kBare };  // a part may hold a link that lost its URL

std::string letters_of(std::string_view html) {
  auto words = html::to_text(html);
  TMZ_CHECK(words.has_value());
  auto letters = html::collapse_space(*words);
  std::erase(letters, ' ');
  return letters;
}

bool has_safe_link(std::string_view markup) {
  const std::size_t at = markup.find(" href=\"");
  if (at == std::string_view::npos) return false;
  const std::string_view url = markup.substr(at + 7);
  return url.starts_with("http://") || url.starts_with("https://") || url.starts_with("mailto:") || url.starts_with("tel:");
}

bool is_attachment(std::string_view markup) {
  constexpr std::string_view kBegin = "img src=\"";
  if (!markup.starts_with(kBegin)) return false;
  const std::string_view source = markup.substr(kBegin.size());
  const std::string_view id = source.substr(0, source.find('"'));
  const std::string_view rest = source.substr(id.size());
  return BlobId::parse(id).has_value() && rest.starts_with("\" alt=\"") && rest.ends_with("\"/");
}

// An independent, strict reading of the output.
void check_strict(std::string_view html, Links links) {
  std::vector<std::string_view> open;
  while (true) {
    const std::size_t at = html.find('<');
    TMZ_CHECK(html.substr(0, at).find('>') == std::string_view::npos);
    if (at == std::string_view::npos) break;
    const std::string_view markup = html.substr(at + 1, html.find('>', at) - at - 1);
    html.remove_prefix(at + markup.size() + 2);
    if (markup.starts_with('/')) {
      TMZ_CHECK(!open.empty() && open.back() == markup.substr(1));
      open.pop_back();
      continue;
    }
    const bool is_void = markup.ends_with('/');
    const std::string_view name = markup.substr(0, markup.find_first_of(" /"));
    TMZ_CHECK(html::allowed_tag(name).has_value());
    TMZ_CHECK(name != "img" || is_attachment(markup));
    TMZ_CHECK(name != "a" || has_safe_link(markup) || (links == Links::kBare && markup == "a"));
    if (!is_void) open.push_back(name);
  }
  TMZ_CHECK(open.empty());
}

// Every second image is one.
std::optional<BlobId> attachment_of(const html::Image& image) {
  if (image.written.size() % 2 == 0) return std::nullopt;
  return BlobId{Hash32(), image.written.size()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto once = html::sanitise(input, {"https://base.example/a/b?c", attachment_of});
  if (!once) return 0;
  TMZ_CHECK(is_utf8(*once));
  check_strict(*once, Links::kComplete);
  const auto twice = html::sanitise(*once);
  TMZ_CHECK(twice && *twice == *once);
  TMZ_CHECK(html::to_text(input).has_value());
  const auto same = [](const BlobId& blob, std::string_view alt) {
    return "<img src=\"" + blob.text() + "\" alt=\"" + std::string(alt) + "\"/>";
  };
  TMZ_CHECK(html::with_images(*once, same) == *once);
  std::string letters;
  for (const auto& part : html::split(*once, kPartBytesMax)) {
    check_strict(part, Links::kBare);
    letters += letters_of(part);
  }
  TMZ_CHECK(letters == letters_of(*once));
  return 0;
}
