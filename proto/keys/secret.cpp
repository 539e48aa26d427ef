#include "proto/keys/secret.h"

#include <sodium.h>

#include <cstring>
#include <utility>

#include "proto/base/check.h"

namespace tamizdat::keys {

Secret::Secret(std::size_t size) : size_(size) {
  TMZ_CHECK(sodium_init() >= 0);
  octets_ = static_cast<std::uint8_t*>(sodium_malloc(size));
  TMZ_CHECK(octets_ != nullptr);
  std::memset(octets_, 0, size);
}

Secret Secret::copy_of(BytesView bytes) {
  Secret out(bytes.size());
  std::memcpy(out.octets_, bytes.data(), bytes.size());
  return out;
}

Secret::Secret(Secret&& other) noexcept
    : octets_(std::exchange(other.octets_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  std::swap(octets_, other.octets_);
  std::swap(size_, other.size_);
  return *this;
}

Secret::~Secret() { sodium_free(octets_); }

void wipe(Bytes& bytes) {
  sodium_memzero(bytes.data(), bytes.size());
  bytes.clear();
}

}  // namespace tamizdat::keys
