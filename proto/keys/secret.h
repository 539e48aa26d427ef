// Octets that must not stay behind: in memory that libsodium keeps out of swap, guards and wipes. Move only.
#pragma once

#include <cstdint>
#include <span>

#include "proto/base/bytes.h"

namespace tamizdat::keys {

class Secret {
 public:
  Secret() = default;               // empty
  explicit Secret(std::size_t size);  // `size` zero octets
  // The caller wipes the original.
  static Secret copy_of(BytesView bytes);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  BytesView view() const { return {reinterpret_cast<const char*>(octets_), size_}; }
  std::span<std::uint8_t> writable() { return {octets_, size_}; }
  bool empty() const { return size_ == 0; }

 private:
  std::uint8_t* octets_ = nullptr;
  std::size_t size_ = 0;
};

// Overwrites `bytes` in a way that no optimiser removes, and empties it.
void wipe(Bytes& bytes);

}  // namespace tamizdat::keys
