#include "proto/format/hash.h"

#include <openssl/evp.h>

#include <utility>

#include "proto/base/check.h"

namespace tamizdat::format {
namespace {

// Fetched once: EVP_sha256() would look the algorithm up at each start.
const EVP_MD* sha256_method() {
  static const EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  TMZ_CHECK(method != nullptr);
  return method;
}

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  TMZ_CHECK(context_ != nullptr && EVP_DigestInit_ex2(context_, sha256_method(), nullptr) == 1);
}

Sha256::~Sha256() { EVP_MD_CTX_free(context_); }

Sha256::Sha256(Sha256&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}

Sha256& Sha256::operator=(Sha256&& other) noexcept {
  std::swap(context_, other.context_);
  return *this;
}

Sha256& Sha256::add(BytesView bytes) {
  TMZ_CHECK(EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1);
  return *this;
}

Hash32 Sha256::finish() {
  Hash32 out;
  TMZ_CHECK(EVP_DigestFinal_ex(context_, out.octets.data(), nullptr) == 1);
  TMZ_CHECK(EVP_DigestInit_ex2(context_, nullptr, nullptr) == 1);
  return out;
}

Hash32 sha256(std::initializer_list<BytesView> parts) {
  thread_local Sha256 hasher;  // allocating a context costs more than hashing a Merkle node
  for (const BytesView part : parts) hasher.add(part);
  return hasher.finish();
}

Bytes domain_prefix(std::string_view what) {
  Bytes out = "tamizdat/v1/";
  out += what;
  out += '\0';
  return out;
}

Hash32 domain_hash(std::string_view what, std::initializer_list<BytesView> parts) {
  thread_local Sha256 hasher;
  hasher.add(domain_prefix(what));
  for (const BytesView part : parts) hasher.add(part);
  return hasher.finish();
}

}  // namespace tamizdat::format
