// From a handler's Response to octets: conditional requests, compression, the fields that the server adds. Pure.
// Internal to relay/http.
#pragma once

#include <memory>

#include "proto/base/time.h"
#include "relay/http/message.h"
#include "relay/http/range.h"

namespace tamizdat::http {

// RFC 9110 section 13.2.2: If-None-Match first, by weak comparison; without it If-Modified-Since, which is met by any
// time that is not before the last modification. For GET and HEAD and status 200; otherwise `response` is left alone.
void apply_conditions(const Request& request, Response& response);

enum class Persistence { kKeepAlive, kClose };

struct WireResponse {
  Bytes head;
  std::shared_ptr<const Content> content;  // keeps `body` alive
  BytesView body;
  std::optional<Source> source;  // what follows the head instead of `body`
  OctetRange range;              // of it
};

// `gzip_bytes_min`: below it a text is not compressed.
WireResponse wire_response(const Request& request, Response response, Timestamp now, Persistence persistence,
                           std::size_t gzip_bytes_min);

}  // namespace tamizdat::http
