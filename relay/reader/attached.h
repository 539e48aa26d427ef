// The attachments of an article as readers may see them: kinds that browsers show without harm, lines cleaned and
// bounded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proto/format/entry.h"

namespace tamizdat::reader {

enum class AttachedKind { kPicture, kSound, kFilm, kFile };

struct AttachedSize {  // of a picture
  BlobId blob;
  std::string type;
  std::uint32_t width = 0;  // pixels, not 0
  std::uint32_t height = 0;
};

struct Attached {
  AttachedKind kind = AttachedKind::kFile;
  BlobId blob;
  std::string type;  // served_type()
  // One line of plain text each, not yet escaped; empty where the desk gave none.
  std::string alt;
  std::string caption;
  std::string credit;
  std::string name;  // never empty: a file without one has its id
  std::vector<AttachedSize> sizes;  // of a picture, by width; at least one

  // The narrowest of at least `width` pixels, else the widest.
  const AttachedSize& size_for(std::uint32_t width) const;
};

// Of the media type that a desk gave, what a browser may take it for: "application/octet-stream" for every kind that is
// not known to be harmless. SVG is not: it may hold scripts.
inline constexpr std::string_view kDownloadType = "application/octet-stream";
std::string served_type(std::string_view media_type);

std::vector<Attached> attached_to(const format::Body& body);

}  // namespace tamizdat::reader
