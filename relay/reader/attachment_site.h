// Gives out attachments: /b/<attachment id>, octets that never change, with ranges. What the browser may take them for
// comes from the entry that names them, and only harmless kinds are shown; all else is a download. Loop thread only.
#pragma once

#include "relay/http/message.h"
#include "relay/reader/article.h"
#include "relay/store/blobs.h"

namespace tamizdat::reader {

class AttachmentSite : public http::Handler {
 public:
  // All outlive it.
  AttachmentSite(const store::Store& store, store::Blobs& blobs, env::Workers& workers)
      : store_(store), blobs_(blobs), workers_(workers) {}

  env::awaitable<http::Response> handle(const http::Request& request) override;

 private:
  const store::Store& store_;
  store::Blobs& blobs_;
  env::Workers& workers_;
};

}  // namespace tamizdat::reader
