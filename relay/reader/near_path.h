// What somebody may have wanted who asked for a path that is not there. A pure function of the path.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tamizdat::reader {

// A path that may exist and is near to this one: a feed under the name that other sites give it, an id without what
// stands before it, a tag in another form, a section with a typing error. Nothing if there is none.
std::optional<std::string> near_path(const std::vector<std::string>& segments);

}  // namespace tamizdat::reader
