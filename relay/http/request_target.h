// The request target (RFC 9112 section 3.2): path and query, percent-decoded strictly. Internal to relay/http.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proto/base/result.h"

namespace tamizdat::http {

struct Target {
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;
};

// Origin form, or absolute form with scheme and authority cut off. Errors: kRequestMalformed.
Result<Target> parse_target(std::string_view target);

}  // namespace tamizdat::http
