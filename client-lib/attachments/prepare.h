// Files made into attachments of a body: a picture is encoded anew, so that what its file knows of place, device and
// person stays here; sound, film and PDF go as they are. What is returned lies in the desk's folder already, durably.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "client-lib/blobs/blob_folder.h"
#include "client-lib/pictures/pictures.h"
#include "proto/format/entry.h"

namespace tamizdat::attachments {

inline constexpr ErrorCode kNotForAsIs{"not-for-as-is"};

// The program brings pictures::reencode().
using Reencode = std::function<Result<std::vector<pictures::Picture>>(BytesView file)>;

// Errors: those of `reencode`, of the folder.
Result<format::Attachment> keep_picture(BytesView file, const Reencode& reencode, const blobs::BlobFolder& folder);
// From a file. Errors: also those of the file, which is named in all texts.
Result<format::Attachment> keep_picture_file(const std::filesystem::path& path, const Reencode& reencode,
                                             const blobs::BlobFolder& folder);
// With the file's name as its name. Errors: kNotForAsIs (a picture, or no sound, film or PDF that readers can open), those
// of the file and of the folder.
Result<format::Attachment> keep_as_is(const std::filesystem::path& path, const blobs::BlobFolder& folder);

}  // namespace tamizdat::attachments
