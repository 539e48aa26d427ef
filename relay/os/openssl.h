// OpenSSL's objects with owners and its errors as text. Internal to relay/os.
#pragma once

#include <memory>
#include <string>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "proto/base/hash32.h"

namespace tamizdat::os {

template <auto Free>
struct OpensslDeleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <typename T, auto Free>
using OpensslPtr = std::unique_ptr<T, OpensslDeleter<Free>>;

using SslPtr = OpensslPtr<SSL, SSL_free>;
using SslContextPtr = OpensslPtr<SSL_CTX, SSL_CTX_free>;

// The reason of the last error of this thread in OpenSSL's words; empties its error queue.
inline std::string openssl_errors() {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = error != 0 ? ERR_reason_error_string(error) : nullptr;
  return reason ? reason : "no reason given";
}

// SHA-256 of the certificate's DER SubjectPublicKeyInfo.
Hash32 key_pin_of(const X509* certificate);

}  // namespace tamizdat::os
