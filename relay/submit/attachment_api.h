// The part of /v1 that takes attachments: leaf hashes, then blocks in any order, and says what is missing. Their octets
// are given out by the reader side. Loop thread.
#pragma once

#include <optional>
#include <string_view>

#include "relay/http/message.h"
#include "relay/store/blobs.h"

namespace tamizdat::submit {

class AttachmentApi {
 public:
  // `blobs` outlives it.
  explicit AttachmentApi(store::Blobs& blobs) : blobs_(blobs) {}

  // What a body that is put to /v1/attachments/<id>/<part> may have.
  static std::size_t body_bytes_max(std::string_view id, std::string_view part);
  // `part`: "" (what is held and what is missing) or "leaves".
  env::awaitable<Result<http::Response>> get(std::string_view id, std::string_view part);
  // `part`: "leaves" or "blocks", the latter from `first` on.
  env::awaitable<Result<http::Response>> put(std::string_view id, std::string_view part, std::uint64_t first, Bytes body);

 private:
  env::awaitable<Result<http::Response>> state_of(BlobId blob);
  store::Blobs& blobs_;
};

}  // namespace tamizdat::submit
