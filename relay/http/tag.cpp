#include <openssl/evp.h>

#include "proto/base/check.h"
#include "relay/http/message.h"

namespace tamizdat::http {

const std::string& Content::tag() const {
  constexpr std::size_t kTagOctets = 16;  // nobody can make two contents of one tag that we also serve
  if (!tag_.empty()) return tag_;
  Bytes digest(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  TMZ_CHECK(EVP_Digest(bytes_.data(), bytes_.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
                       EVP_sha256(), nullptr) == 1);
  tag_ = to_base64url(BytesView(digest).substr(0, kTagOctets));
  return tag_;
}

}  // namespace tamizdat::http
