// The responder's door: the handler of the secret link path. A peer that proves itself gets 101 and its link; everybody
// else, whatever is wrong with the request, gets what any path that does not exist gets.
#pragma once

#include "relay/federation/federation.h"
#include "relay/http/message.h"

namespace tamizdat::federation {

class LinkHandler : public http::Handler {
 public:
  // `otherwise` answers for the ordinary web site. Both outlive the handler.
  LinkHandler(Federation& federation, env::Environment& env, http::Handler& otherwise)
      : federation_(federation), env_(env), otherwise_(otherwise) {}

  std::size_t body_bytes_max(const http::Request& request) const override { return otherwise_.body_bytes_max(request); }
  env::awaitable<http::Response> handle(const http::Request& request) override;

 private:
  Result<http::Response> upgrade(const http::Request& request);

  Federation& federation_;
  env::Environment& env_;
  http::Handler& otherwise_;
};

}  // namespace tamizdat::federation
