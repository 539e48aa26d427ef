#include "relay/os/tls_context.h"

#include <utility>

#include <openssl/pem.h>

#include "proto/base/check.h"

namespace tamizdat::os {

namespace {

constexpr unsigned char kAlpn[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

SslContextPtr make_context(const SSL_METHOD* method) {
  SslContextPtr context(SSL_CTX_new(method));
  TMZ_CHECK(context);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  // Writes go record by record and may be repeated from another buffer; idle connections give their buffers back.
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  // One call of the kernel for a record, or for several small ones, instead of two.
  SSL_CTX_set_read_ahead(context.get(), 1);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  return context;
}

// Clients that offer only other protocols go on without ALPN: HTTP/1.1 is what they get anyway.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned offered_size, void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kAlpn, sizeof kAlpn, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

OpensslPtr<BIO, BIO_free_all> memory_of(BytesView pem) {
  return OpensslPtr<BIO, BIO_free_all>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

bool use_certificates(SSL_CTX* context, BytesView pem) {
  const auto memory = memory_of(pem);
  const OpensslPtr<X509, X509_free> leaf(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) return false;
  while (X509* next = PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr)) {
    if (SSL_CTX_add0_chain_cert(context, next) != 1) {
      X509_free(next);
      return false;
    }
  }
  ERR_clear_error();  // the end of the file is an error to OpenSSL
  return true;
}

}  // namespace

Result<SslContextPtr> make_server_context(const TlsIdentity& identity) {
  SslContextPtr context = make_context(TLS_server_method());
  if (!use_certificates(context.get(), identity.certificate_pem)) {
    return fail(kCertificateInvalid, "the TLS certificate file is not a PEM certificate: " + openssl_errors());
  }
  const auto memory = memory_of(identity.key_pem);
  const OpensslPtr<EVP_PKEY, EVP_PKEY_free> key(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr));
  if (!key) {
    return fail(kTlsKeyInvalid, "the TLS key file is not an unencrypted PEM private key: " + openssl_errors());
  }
  if (SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1 || SSL_CTX_check_private_key(context.get()) != 1) {
    return fail(kTlsKeyInvalid, "the TLS key and certificate do not belong together: " + openssl_errors());
  }
  // Tickets alone carry the sessions; early data stays off, since its bytes can be replayed.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_early_data(context.get(), 0);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  return context;
}

SslContextPtr make_client_context() {
  SslContextPtr context = make_context(TLS_client_method());
  TMZ_CHECK(SSL_CTX_set_alpn_protos(context.get(), kAlpn, sizeof kAlpn) == 0);
  return context;
}

}  // namespace tamizdat::os
