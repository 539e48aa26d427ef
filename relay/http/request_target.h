// The request target (RFC 9112 section 3.2): path and query, percent-decoded strictly. Internal to relay/http.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proto/base/result.h"

namespace tamizdat::http {

struct Target {
  std::string host;  // of the absolute form, which counts instead of the Host field; else empty
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;
};

// Origin form, or absolute form of an http or https URI. Errors: kRequestMalformed.
Result<Target> parse_target(std::string_view target);

// A name, an IPv4 address or an IPv6 address in brackets, and perhaps a port: what links may safely begin with. No user
// info and no percent escapes (RFC 3986 allows them, nobody who means a web site sends them).
bool is_host(std::string_view text);

}  // namespace tamizdat::http
