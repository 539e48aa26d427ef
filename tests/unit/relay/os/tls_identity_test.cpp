#include "relay/os/tls_identity.h"

#include <sys/stat.h>

#include <memory>

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "relay/os/files.h"
#include "relay/os/openssl.h"
#include "tests/support/temporary_folder.h"

namespace tamizdat::os {
namespace {

const Timestamp kNow = timestamp_from_unix(1795505030);

OpensslPtr<X509, X509_free> parse(const Bytes& pem) {
  const OpensslPtr<BIO, BIO_free_all> memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return OpensslPtr<X509, X509_free>(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
}

TEST(TlsIdentity, ANewCertificateIsSignedByItsOwnP256Key) {
  const auto identity = generate_certificate("relay.example", kNow);
  ASSERT_TRUE(identity);
  const auto certificate = parse(identity->certificate_pem);
  ASSERT_TRUE(certificate);
  const EVP_PKEY* key = X509_get0_pubkey(certificate.get());
  EXPECT_EQ(EVP_PKEY_get_bits(key), 256);
  EXPECT_EQ(X509_verify(certificate.get(), X509_get0_pubkey(certificate.get())), 1);
  EXPECT_EQ(X509_check_host(certificate.get(), "relay.example", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(certificate.get(), "other.example", 0, 0, nullptr), 0);
  // The handshake must fit the first packets of a line that is cut after 16 KB.
  EXPECT_LT(i2d_X509(certificate.get(), nullptr), 600);
}

TEST(TlsIdentity, ACertificateCanNameAnIpAddress) {
  for (const auto* host : {"192.0.2.1", "2001:db8::1"}) {
    const auto identity = generate_certificate(host, kNow);
    ASSERT_TRUE(identity) << host;
    EXPECT_EQ(X509_check_ip_asc(parse(identity->certificate_pem).get(), host, 0), 1) << host;
  }
}

TEST(TlsIdentity, AHostCannotSmuggleAnotherNameIn) {
  for (const auto* host : {"", "a,DNS:b", "a b", "a\nb", "a:b"}) {
    const auto identity = generate_certificate(host, kNow);
    ASSERT_FALSE(identity) << host;
    EXPECT_EQ(identity.error().code, kCertificateInvalid);
  }
}

TEST(TlsIdentity, ThePinBelongsToTheKeyAndNotToTheCertificate) {
  const auto one = generate_certificate("relay.example", kNow);
  const auto other = generate_certificate("relay.example", kNow);
  ASSERT_TRUE(one && other);
  const auto pin = key_pin(one->certificate_pem);
  ASSERT_TRUE(pin);
  EXPECT_NE(*pin, *key_pin(other->certificate_pem));
  EXPECT_EQ(*pin, key_pin_of(parse(one->certificate_pem).get()));
}

// openssl x509 -in relay.pem -pubkey -noout | openssl pkey -pubin -outform DER | openssl dgst -sha256
TEST(TlsIdentity, ThePinIsWhatOpensslPrints) {
  const auto pem = read_file(std::filesystem::path(TAMIZDAT_TEST_DATA) / "tls" / "relay.pem", 10'000);
  ASSERT_TRUE(pem);
  const auto pin = key_pin(*pem);
  ASSERT_TRUE(pin);
  EXPECT_EQ(to_hex(pin->view()), "0da7efefb855d8f0aebf022b967c84d2d4e4c0a12da36dcc615e2167efc43b49");
}

TEST(TlsIdentity, ANewCertificateEndsInTenYears) {
  const auto identity = generate_certificate("relay.example", kNow);
  ASSERT_TRUE(identity);
  EXPECT_EQ(certificate_end(identity->certificate_pem), kNow + std::chrono::days(3650));
  EXPECT_FALSE(certificate_end("nothing"));
}

TEST(TlsIdentity, APinNeedsACertificate) {
  const auto pin = key_pin("-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n");
  ASSERT_FALSE(pin);
  EXPECT_EQ(pin.error().code, kCertificateInvalid);
}

TEST(TlsIdentity, ComesBackFromItsFilesAndTheKeyIsPrivate) {
  const tests::TemporaryFolder folder;
  const auto identity = generate_certificate("relay.example", kNow);
  ASSERT_TRUE(identity);
  const auto key_file = folder.path() / "tls.key";
  const auto certificate_file = folder.path() / "tls.pem";
  ASSERT_TRUE(write_identity(*identity, key_file, certificate_file));
  struct stat facts {};
  ASSERT_EQ(::stat(key_file.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);

  EXPECT_EQ(read_key(key_file), identity->key_pem);
  EXPECT_EQ(read_certificate(certificate_file), identity->certificate_pem);

  ASSERT_EQ(::chmod(key_file.c_str(), 0644), 0);
  const auto refused = read_key(key_file);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, kFileNotPrivate);
}

TEST(TlsIdentity, RefusesAKeyOfAnotherCertificateAndWhatIsNoPem) {
  const auto one = generate_certificate("relay.example", kNow);
  const auto other = generate_certificate("relay.example", kNow);
  ASSERT_TRUE(one && other);
  EXPECT_TRUE(check_identity(*one));
  TlsIdentity mixed;
  mixed.key_pem = one->key_pem;
  mixed.certificate_pem = other->certificate_pem;
  TlsIdentity no_key = *one;
  no_key.key_pem = "secret";
  TlsIdentity no_certificate = *one;
  no_certificate.certificate_pem = one->key_pem;
  for (const auto& [identity, code] : {std::pair(&mixed, kTlsKeyInvalid), std::pair(&no_key, kTlsKeyInvalid),
                                       std::pair(&no_certificate, kCertificateInvalid)}) {
    const auto checked = check_identity(*identity);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, code) << checked.error().text;
  }
}

}  // namespace
}  // namespace tamizdat::os
