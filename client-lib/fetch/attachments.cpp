#include "client-lib/fetch/attachments.h"

#include <algorithm>
#include <array>

#include "client-lib/blobs/blob_part.h"
#include "client-lib/files/files.h"
#include "proto/format/limits.h"

namespace tamizdat::fetch {
namespace {

namespace fs = std::filesystem;

// Of one request, so that a cut costs little; a smaller attachment comes whole, without its leaf hashes.
constexpr std::uint64_t kBlocksMax = 64;

struct Ending {
  std::string_view media_type, ending;
};
constexpr std::array kEndings{Ending{"image/jpeg", ".jpg"},  Ending{"image/png", ".png"},  Ending{"image/webp", ".webp"},
                              Ending{"image/gif", ".gif"},   Ending{"image/avif", ".avif"}, Ending{"audio/mpeg", ".mp3"},
                              Ending{"audio/mp4", ".m4a"},   Ending{"audio/ogg", ".ogg"},  Ending{"video/mp4", ".mp4"},
                              Ending{"video/webm", ".webm"}, Ending{"video/ogg", ".ogv"},  Ending{"application/pdf", ".pdf"}};

bool is_there(const fs::path& path, const BlobId& blob) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return !error && size == blob.size;
}

// False if the relay does not have it. Errors: trouble with the relay or the file.
Result<bool> bring_small(net::RelayClient& relay, const BlobId& blob, const fs::path& path) {
  const auto octets = relay.blocks(blob, 0, kBlocksMax);
  if (!octets) return tl::unexpected(octets.error());
  if (!*octets) return false;
  const auto tree = format::BlobTree::from_bytes(**octets);
  if (!tree) return tl::unexpected(tree.error());
  auto part = blobs::BlobPart::open(path, blob, {tree->leaves().begin(), tree->leaves().end()});
  if (!part) return pass(part);
  if (auto done = part->take(0, **octets); !done) return pass(done);
  if (auto done = part->finish(); !done) return pass(done);
  return true;
}

Result<bool> bring_large(net::RelayClient& relay, const BlobId& blob, const fs::path& path,
                         const std::function<void(std::uint64_t)>& came) {
  auto leaves = relay.leaves(blob);
  if (!leaves) return pass(leaves);
  if (!*leaves) return false;
  auto part = blobs::BlobPart::open(path, blob, **std::move(leaves));
  if (!part) return pass(part);
  while (const auto next = part->missing(kBlocksMax)) {
    came(next->first * format::kBlockBytes);
    const auto octets = relay.blocks(blob, next->first, next->count);
    if (!octets) return tl::unexpected(octets.error());
    if (!*octets) return false;
    if (auto done = part->take(next->first, **octets); !done) return pass(done);
  }
  if (auto done = part->finish(); !done) return pass(done);
  return true;
}

bool is_of_the_file(const Error& error) {
  return error.code == files::kFileFailed || error.code == files::kFileMissing || error.code == files::kFileExists;
}

}  // namespace

std::string attachment_name(const BlobId& blob, std::string_view media_type) {
  const auto* const known = std::ranges::find(kEndings, media_type, &Ending::media_type);
  return blob.text() + std::string(known == kEndings.end() ? std::string_view() : known->ending);
}

std::vector<WantedAttachment> wanted_of(const format::Attachment& attachment) {
  std::vector<WantedAttachment> out{{attachment.blob, attachment.media_type}};
  for (const auto& rendition : attachment.renditions) out.push_back({rendition.blob, rendition.media_type});
  return out;
}

Result<AttachmentCount> bring_attachments(std::vector<WantedAttachment> wanted, const fs::path& folder,
                                          std::span<AttachmentSource> sources,
                                          const std::function<void(std::string_view, std::uint64_t, std::uint64_t)>& progress) {
  std::ranges::sort(wanted, [](const auto& left, const auto& right) {
    return std::pair(left.blob.size, left) < std::pair(right.blob.size, right);
  });
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  AttachmentCount count;
  if (wanted.empty()) return count;
  if (auto made = files::make_folder(folder / kAttachmentFolder, files::Visibility::kPublic); !made) return pass(made);
  std::uint64_t octets = 0, done_octets = 0;
  for (const auto& each : wanted) octets += each.blob.size;
  const auto bring = [&](const WantedAttachment& each, const fs::path& path) -> Result<bool> {
    for (auto& source : sources) {
      if (source.trouble) continue;
      const auto came = [&](std::uint64_t more) {
        progress("fetching attachments from " + source.relay.host_and_port(), done_octets + more, octets);
      };
      came(0);
      const auto done = format::block_count(each.blob.size) <= kBlocksMax ? bring_small(source.relay, each.blob, path)
                                                                          : bring_large(source.relay, each.blob, path, came);
      if (!done && is_of_the_file(done.error())) return done;
      if (!done) source.trouble = done.error();
      if (done && *done) return true;
    }
    return false;
  };
  for (const auto& each : wanted) {
    const auto path = folder / kAttachmentFolder / attachment_name(each.blob, each.media_type);
    const auto brought = is_there(path, each.blob) ? Result<bool>(false) : bring(each, path);
    if (!brought) return tl::unexpected(brought.error());
    done_octets += each.blob.size;
    ++(is_there(path, each.blob) ? count.there : count.missing);
    if (*brought) ++count.brought;
  }
  return count;
}

}  // namespace tamizdat::fetch
