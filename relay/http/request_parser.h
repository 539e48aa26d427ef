// From octets to a strict Request, without I/O: Beast's parser behind checks that it does not make. What two readers of
// one byte stream could take for two different requests is refused. Internal to relay/http; Beast stays in the .cpp.
#pragma once

#include <cstddef>
#include <memory>

#include "relay/http/message.h"

namespace tamizdat::http {

inline constexpr ErrorCode kRequestMalformed{"http-request-malformed"};
inline constexpr ErrorCode kRequestAmbiguous{"http-request-ambiguous"};
inline constexpr ErrorCode kRequestHeadTooLarge{"http-request-head-too-large"};
inline constexpr ErrorCode kRequestBodyTooLarge{"http-request-body-too-large"};
inline constexpr ErrorCode kRequestUnsupported{"http-request-unsupported"};

// The status that answers an error of this parser.
int status_of_refusal(ErrorCode code);

// One request. Feed it the octets of the connection; what it does not take belongs to the next request.
class RequestParser {
 public:
  explicit RequestParser(std::size_t head_bytes_max);
  ~RequestParser();

  // Takes octets off the front of `buffer`: up to the end of the head, then up to the end of the body, not across both
  // in one call; none if there are too few to go on. What it leaves must come again, with more behind it. Chunk lines
  // and trailers together may have as much as a head and eight times the body. Errors: the codes above.
  Result<void> take(Bytes& buffer);
  bool head_done() const;
  bool done() const;

  // After the head, before the body. Errors: kRequestBodyTooLarge if the length that the head states is more.
  Result<void> limit_body(std::size_t bytes_max);
  bool expects_continue() const;
  bool keep_alive() const;
  // Everything but body, tls and connection is there after the head; the body is after done().
  Request& request();

 private:
  struct State;
  Result<void> take_head(Bytes& buffer);
  Result<void> read_head_fields();
  Result<void> take_body(Bytes& buffer);
  std::unique_ptr<State> state_;
};

}  // namespace tamizdat::http
