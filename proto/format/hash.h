// SHA-256 through OpenSSL EVP (SHA-NI where the processor has it) and the domain separation of design section 3.
#pragma once

#include <initializer_list>
#include <string_view>

#include "proto/base/hash32.h"

struct evp_md_ctx_st;

namespace tamizdat::format {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  Sha256& add(BytesView bytes);
  Hash32 finish();  // and starts anew

 private:
  evp_md_ctx_st* context_;
};

// SHA-256 of the parts one after the other.
Hash32 sha256(std::initializer_list<BytesView> parts);

// "tamizdat/v1/<what>" and a zero octet: the first octets of everything hashed or signed, unless RFC 6962, C2SP or
// BEP 52 fixes the bytes.
Bytes domain_prefix(std::string_view what);
Hash32 domain_hash(std::string_view what, std::initializer_list<BytesView> parts);

}  // namespace tamizdat::format
