#include "relay/reader/attached.h"

#include <algorithm>
#include <array>

#include "relay/reader/plain_line.h"

namespace tamizdat::reader {
namespace {

// A caption is a paragraph at most; a name stands in a list.
constexpr std::size_t kCaptionBytesMax = 2000;
constexpr std::size_t kNameBytesMax = 200;

constexpr std::array<std::string_view, 12> kShown{
    "image/jpeg", "image/png",  "image/webp", "image/gif",  "image/avif", "audio/mpeg",
    "audio/mp4",  "audio/ogg",  "video/mp4",  "video/webm", "video/ogg",  "application/pdf"};

AttachedKind kind_of(std::string_view type) {
  if (type.starts_with("image/")) return AttachedKind::kPicture;
  if (type.starts_with("audio/")) return AttachedKind::kSound;
  if (type.starts_with("video/")) return AttachedKind::kFilm;
  return AttachedKind::kFile;
}

std::vector<AttachedSize> sizes_of(const format::Attachment& attachment) {
  std::vector<AttachedSize> out;
  const auto add = [&out](const auto& picture) {
    const auto type = served_type(picture.media_type);
    if (kind_of(type) == AttachedKind::kPicture && picture.width > 0 && picture.height > 0)
      out.push_back({picture.blob, type, picture.width, picture.height});
  };
  for (const auto& rendition : attachment.renditions) add(rendition);
  add(attachment);
  std::ranges::stable_sort(out, {}, &AttachedSize::width);
  return out;
}

}  // namespace

const AttachedSize& Attached::size_for(std::uint32_t width) const {
  const auto found = std::ranges::find_if(sizes, [width](const AttachedSize& size) { return size.width >= width; });
  return found == sizes.end() ? sizes.back() : *found;
}

std::string served_type(std::string_view media_type) {
  return std::string(std::ranges::find(kShown, media_type) != kShown.end() ? media_type : kDownloadType);
}

std::vector<Attached> attached_to(const format::Body& body) {
  std::vector<Attached> out;
  for (const auto& attachment : body.attachments) {
    Attached item;
    item.blob = attachment.blob;
    item.type = served_type(attachment.media_type);
    item.kind = kind_of(item.type);
    item.alt = plain_line(attachment.alt, kCaptionBytesMax);
    item.caption = plain_line(attachment.caption, kCaptionBytesMax);
    item.credit = plain_line(attachment.credit, kNameBytesMax);
    item.name = plain_line(attachment.name, kNameBytesMax);
    if (item.name.empty()) item.name = attachment.blob.text();
    if (item.kind == AttachedKind::kPicture) item.sizes = sizes_of(attachment);
    if (item.kind == AttachedKind::kPicture && item.sizes.empty()) item.kind = AttachedKind::kFile;  // no size: a link
    out.push_back(std::move(item));
  }
  return out;
}

}  // namespace tamizdat::reader
