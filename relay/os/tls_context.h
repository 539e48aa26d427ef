// The OpenSSL settings of both sides. Internal to relay/os.
#pragma once

#include "relay/os/openssl.h"
#include "relay/os/tls_identity.h"

namespace tamizdat::os {

// TLS 1.3, session tickets, no early data, no client certificates, ALPN http/1.1. Errors: kCertificateInvalid,
// kTlsKeyInvalid.
Result<SslContextPtr> make_server_context(const TlsIdentity& identity);
// TLS 1.3; no CA is asked, the key is compared with a pin after the handshake.
SslContextPtr make_client_context();

}  // namespace tamizdat::os
