// The attachments of one page, shown from the files beside it. What is not there stands as its words.
#pragma once

#include <filesystem>
#include <string>

#include "proto/format/entry.h"

namespace tamizdat::fetch {

// `text`: the sanitised text of `body`; `folder`: of the page. Pictures that the text does not show, sound, film and files
// follow it.
std::string with_attachments(const format::Body& body, const std::string& text, const std::filesystem::path& folder);

}  // namespace tamizdat::fetch
