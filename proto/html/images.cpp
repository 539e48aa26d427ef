#include "proto/html/images.h"

namespace tamizdat::html {
namespace {

// As sanitise() writes it, which escapes '<' and quotes wherever else they come.
constexpr std::string_view kBegin = "<img src=\"";
constexpr std::string_view kAlt = "\" alt=\"";
constexpr std::string_view kEnd = "\"/>";

}  // namespace

std::string with_images(std::string_view sanitised, const WriteImage& write) {
  std::string out;
  while (true) {
    const auto at = sanitised.find(kBegin);
    out += sanitised.substr(0, at);
    if (at == std::string_view::npos) return out;
    const auto image = sanitised.substr(at, sanitised.find('>', at) + 1 - at);
    sanitised.remove_prefix(at + image.size());
    const auto alt_at = image.find(kAlt, kBegin.size());
    if (alt_at == std::string_view::npos || !image.ends_with(kEnd)) continue;
    const auto blob = BlobId::parse(image.substr(kBegin.size(), alt_at - kBegin.size()));
    const auto alt = image.substr(alt_at + kAlt.size(), image.size() - kEnd.size() - alt_at - kAlt.size());
    if (blob) out += write(*blob, alt);
  }
}

std::set<BlobId> images_of(std::string_view sanitised) {
  std::set<BlobId> out;
  with_images(sanitised, [&out](const BlobId& blob, std::string_view) {
    out.insert(blob);
    return std::string();
  });
  return out;
}

}  // namespace tamizdat::html
