// The attachments of articles in a folder beside their archives, `attachments/<id>.jpg`: brought from whichever relay has
// them, each block checked before it is written, small ones first; what was cut goes on where it was cut.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "client-lib/net/relay_client.h"
#include "proto/format/entry.h"

namespace tamizdat::fetch {

inline constexpr std::string_view kAttachmentFolder = "attachments";

// With an ending that opens it in the right program, for the types that are no danger there; else without one.
std::string attachment_name(const BlobId& blob, std::string_view media_type);

struct WantedAttachment {
  BlobId blob;
  std::string media_type;
  friend auto operator<=>(const WantedAttachment&, const WantedAttachment&) = default;
};
// With its renditions.
std::vector<WantedAttachment> wanted_of(const format::Attachment& attachment);

struct AttachmentCount {
  std::uint64_t there = 0;    // afterwards
  std::uint64_t brought = 0;  // of these, in this run
  std::uint64_t missing = 0;  // no relay that was asked has them
};

// One relay of a run, and why it is not asked any more.
struct AttachmentSource {
  net::RelayClient relay;
  std::optional<Error>& trouble;
};

// `folder`: of the archives. Files that are there are not read again: `verify` does that. Errors: those of the files.
Result<AttachmentCount> bring_attachments(std::vector<WantedAttachment> wanted, const std::filesystem::path& folder,
                                          std::span<AttachmentSource> sources,
                                          const std::function<void(std::string_view, std::uint64_t, std::uint64_t)>& progress);

}  // namespace tamizdat::fetch
