// The files of the folder resources/ (templates, style sheet, icon), compiled in.
#pragma once

#include <string_view>

namespace tamizdat::reader {

// The content of resources/`name`, which must exist.
std::string_view resource(std::string_view name);

}  // namespace tamizdat::reader
