#include "relay/os/tls_identity.h"

#include <arpa/inet.h>

#include <ctime>
#include <memory>
#include <utility>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include "proto/base/check.h"
#include "relay/os/files.h"
#include "relay/os/openssl.h"
#include "relay/os/tls_context.h"

namespace tamizdat::os {

namespace {

constexpr std::size_t kPemBytesMax = 64 << 10;  // a chain of several RSA certificates is under 10 KiB
constexpr std::int64_t kDay = 86'400;

Bytes take_pem(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(size)};
}

OpensslPtr<X509, X509_free> first_of(BytesView pem) {
  const OpensslPtr<BIO, BIO_free_all> memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return OpensslPtr<X509, X509_free>(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
}

bool add_extension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const OpensslPtr<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// The value of a subjectAltName is parsed by OpenSSL: a comma would begin another name.
bool is_host(const std::string& host) {
  if (host.empty() || host.size() > 253) return false;
  for (const char c : host) {
    const bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                    c == '.' || c == ':' || c == '_';
    if (!ok) return false;
  }
  return host.find(':') == std::string::npos || is_ip_address(host);
}

bool set_serial(X509* certificate) {
  unsigned char serial[16];
  if (RAND_bytes(serial, sizeof serial) != 1) return false;
  serial[0] &= 0x7F;  // positive, RFC 5280 section 4.1.2.2
  const OpensslPtr<BIGNUM, BN_free> number(BN_bin2bn(serial, sizeof serial, nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_validity(X509* certificate, Timestamp now) {
  return ASN1_TIME_set(X509_getm_notBefore(certificate), unix_seconds(now) - kDay) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), unix_seconds(now) + 3650 * kDay) != nullptr;
}

bool set_names(X509* certificate, const std::string& host) {
  // A common name holds 64 characters (RFC 5280, ub-common-name); longer hosts stand in the alternative name only.
  X509_NAME* name = X509_get_subject_name(certificate);
  const std::string common_name = host.substr(0, 64);
  return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, octets(common_name),
                                    static_cast<int>(common_name.size()), -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1 &&
         add_extension(certificate, NID_subject_alt_name, (is_ip_address(host) ? "IP:" : "DNS:") + host) &&
         add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE");
}

}  // namespace

bool is_ip_address(const std::string& host) {
  unsigned char address[sizeof(in6_addr)];
  return inet_pton(AF_INET, host.c_str(), address) == 1 || inet_pton(AF_INET6, host.c_str(), address) == 1;
}

Result<TlsIdentity> generate_certificate(const std::string& host, Timestamp now) {
  if (!is_host(host)) {
    return fail(kCertificateInvalid, "'" + host + "' is neither a host name nor an IP address");
  }
  const OpensslPtr<EVP_PKEY, EVP_PKEY_free> key(EVP_EC_gen("P-256"));
  const OpensslPtr<X509, X509_free> certificate(X509_new());
  const OpensslPtr<BIO, BIO_free_all> key_pem(BIO_new(BIO_s_mem()));
  const OpensslPtr<BIO, BIO_free_all> certificate_pem(BIO_new(BIO_s_mem()));
  TMZ_CHECK(key && certificate && key_pem && certificate_pem);
  const bool made = X509_set_version(certificate.get(), X509_VERSION_3) == 1 && set_serial(certificate.get()) &&
                    set_validity(certificate.get(), now) && set_names(certificate.get(), host) &&
                    X509_set_pubkey(certificate.get(), key.get()) == 1 &&
                    X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0 &&
                    PEM_write_bio_X509(certificate_pem.get(), certificate.get()) == 1 &&
                    PEM_write_bio_PKCS8PrivateKey(key_pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1;
  if (!made) return fail(kCertificateInvalid, "cannot make a certificate for " + host + ": " + openssl_errors());
  TlsIdentity identity;
  identity.key_pem = take_pem(key_pem.get());
  identity.certificate_pem = take_pem(certificate_pem.get());
  return identity;
}

Result<Hash32> key_pin(BytesView certificate_pem) {
  const auto certificate = first_of(certificate_pem);
  if (!certificate) return fail(kCertificateInvalid, "not a PEM certificate: " + openssl_errors());
  return key_pin_of(certificate.get());
}

Result<Timestamp> certificate_end(BytesView certificate_pem) {
  const auto certificate = first_of(certificate_pem);
  if (!certificate) return fail(kCertificateInvalid, "not a PEM certificate: " + openssl_errors());
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1)
    return fail(kCertificateInvalid, "the end of the certificate is no time: " + openssl_errors());
  return timestamp_from_unix(::timegm(&end));
}

Hash32 key_pin_of(const X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  TMZ_CHECK(size > 0);
  Hash32 pin;
  SHA256(der, static_cast<std::size_t>(size), pin.octets.data());
  OPENSSL_free(der);
  return pin;
}

Result<void> check_identity(const TlsIdentity& identity) {
  const auto context = make_server_context(identity);
  if (!context) return tl::unexpected(context.error());
  return {};
}

Result<void> write_identity(const TlsIdentity& identity, const std::filesystem::path& key_file,
                            const std::filesystem::path& certificate_file) {
  if (auto written = write_file(key_file, identity.key_pem, FileMode::kPrivate); !written) return written;
  return write_file(certificate_file, identity.certificate_pem, FileMode::kPublic);
}

Result<Bytes> read_key(const std::filesystem::path& key_file) { return read_private_file(key_file, kPemBytesMax); }

Result<Bytes> read_certificate(const std::filesystem::path& certificate_file) {
  return read_file(certificate_file, kPemBytesMax);
}

}  // namespace tamizdat::os
