// The relay's TLS key and certificate as PEM, and the pin by which peers and desks know the key.
#pragma once

#include <filesystem>
#include <string>

#include "proto/base/hash32.h"
#include "proto/base/result.h"
#include "proto/base/time.h"

namespace tamizdat::os {

inline constexpr ErrorCode kCertificateInvalid{"certificate-invalid"};
inline constexpr ErrorCode kTlsKeyInvalid{"tls-key-invalid"};

struct TlsIdentity {
  Bytes key_pem;          // PKCS #8
  Bytes certificate_pem;  // the leaf first, then its chain
};

// A new ECDSA P-256 key with a self-signed certificate for `host` (a name or an IP address), valid for ten years from
// the day before `now`: everybody who matters pins the key, and an expiry would only be an outage.
// Errors: kCertificateInvalid (the host cannot be put into a certificate).
Result<TlsIdentity> generate_certificate(const std::string& host, Timestamp now);

// Whether `host` is a literal IPv4 or IPv6 address: TLS treats those otherwise than names.
bool is_ip_address(const std::string& host);

// SHA-256 of the DER SubjectPublicKeyInfo of the first certificate. Errors: kCertificateInvalid.
Result<Hash32> key_pin(BytesView certificate_pem);

// When the first certificate ends (notAfter). Relays and newsrooms do not mind, browsers do. Errors: kCertificateInvalid.
Result<Timestamp> certificate_end(BytesView certificate_pem);

// Whether a server can show it. Errors: kCertificateInvalid, kTlsKeyInvalid (also of a key for another certificate).
Result<void> check_identity(const TlsIdentity& identity);

// The key file gets mode 0600 and must have it when read. Errors: those of files.h.
Result<void> write_identity(const TlsIdentity& identity, const std::filesystem::path& key_file,
                            const std::filesystem::path& certificate_file);
Result<Bytes> read_key(const std::filesystem::path& key_file);
Result<Bytes> read_certificate(const std::filesystem::path& certificate_file);

}  // namespace tamizdat::os
