// The client side of HTTP/1.1, just enough for the Upgrade request of a federation link: one head out, one head in.
#pragma once

#include <string>

#include "proto/base/bytes.h"
#include "proto/base/result.h"
#include "relay/env/clock.h"
#include "relay/env/coroutine.h"
#include "relay/env/network.h"
#include "relay/http/message.h"

namespace tamizdat::http {

inline constexpr ErrorCode kResponseInvalid{"http-response-invalid"};

// A class with a constructor, so that it may be a temporary beside co_await (relay/env/coroutine.h).
class ClientRequest {
 public:
  ClientRequest(std::string method_, std::string target_, std::string host_)
      : method(std::move(method_)), target(std::move(target_)), host(std::move(host_)) {}
  std::string method;
  std::string target;  // already percent-encoded, begins with '/'
  std::string host;    // the Host field
  Headers headers;     // the other fields
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  Bytes already_read;  // what came behind the head: body, or the protocol upgraded to
};

// Sends a request without a body and reads the head of its final response (interim ones but 101 are skipped), at most
// 16 KiB, in at most `limit`, after which the stream is closed. Errors: kResponseInvalid, kTimeLimit, and those of the stream.
env::awaitable<Result<ClientResponse>> request_head(env::Clock& clock, env::milliseconds limit, env::Stream& stream,
                                                    ClientRequest request);

}  // namespace tamizdat::http
