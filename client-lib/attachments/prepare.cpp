#include "client-lib/attachments/prepare.h"

#include <fcntl.h>

#include "client-lib/attachments/file_type.h"
#include "client-lib/files/files.h"
#include "client-lib/pictures/limits.h"
#include "proto/base/check.h"
#include "proto/format/limits.h"
#include "proto/html/text.h"

namespace tamizdat::attachments {
namespace {

constexpr std::size_t kNameBytesMax = 255;

Result<Bytes> beginning_of(const std::filesystem::path& path) {
  const files::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (!file) return tl::unexpected(files::system_error("read", path));
  if (error) return fail(files::kFileFailed, "cannot read " + path.string() + ": it is no ordinary file");
  return files::read_at(file, path, 0, static_cast<std::size_t>(std::min<std::uintmax_t>(size, kSignatureBytes)));
}

}  // namespace

Result<format::Attachment> keep_picture(BytesView file, const Reencode& reencode, const blobs::BlobFolder& folder) {
  const auto pictures = reencode(file);
  if (!pictures) return tl::unexpected(pictures.error());
  TMZ_CHECK(!pictures->empty() && pictures->size() <= format::kRenditionsMax + 1);
  format::Attachment out;
  for (const auto& picture : *pictures) {
    const auto blob = folder.keep(picture.octets);
    if (!blob) return tl::unexpected(blob.error());
    if (&picture != &pictures->back()) {
      out.renditions.push_back({*blob, picture.media_type, picture.width, picture.height});
      continue;
    }
    out.blob = *blob;
    out.media_type = picture.media_type;
    out.width = picture.width;
    out.height = picture.height;
  }
  return out;
}

Result<format::Attachment> keep_picture_file(const std::filesystem::path& path, const Reencode& reencode,
                                             const blobs::BlobFolder& folder) {
  const auto file = files::read_file(path, pictures::kFileBytesMax);
  if (!file) return tl::unexpected(file.error());
  if (!media_type_as_is(*file).empty())
    return fail(pictures::kImageTypeUnknown, path.string() + ": this is no picture; sound, film and PDF go unchanged, with "
                                                             "all that they tell of their author, by --as-is FILE");
  auto out = keep_picture(*file, reencode, folder);
  if (!out) return fail(out.error().code, path.string() + ": " + out.error().text);
  return out;
}

Result<format::Attachment> keep_as_is(const std::filesystem::path& path, const blobs::BlobFolder& folder) {
  const auto beginning = beginning_of(path);
  if (!beginning) return tl::unexpected(beginning.error());
  if (is_picture(*beginning))
    return fail(kNotForAsIs, path.string() + ": this is a picture: give it with --attach, which takes out what it tells of "
                                             "place, device and person");
  const auto media_type = media_type_as_is(*beginning);
  if (media_type.empty())
    return fail(kNotForAsIs, path.string() + ": only sound (MP3, M4A, Ogg), film (MP4, WebM, Ogg) and PDF can be attached "
                                             "as they are: convert it first, MOV to MP4 and what a camera calls raw to JPEG");
  const auto blob = folder.keep_file(path);
  if (!blob) return tl::unexpected(blob.error());
  format::Attachment out;
  out.blob = *blob;
  out.media_type = media_type;
  out.name = html::cut_utf8(html::collapse_space(html::clean_text(path.filename().string())), kNameBytesMax);
  return out;
}

}  // namespace tamizdat::attachments
