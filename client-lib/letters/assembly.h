// A letter out of its parts. Who knows the hash of a letter can seal parts that claim to be of it, so there may be several
// for one place and only the whole tells which are true: they are tried, up to a bound, and a part is thrown away only where
// it alone is shown to be false. Pure.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "proto/base/hash32.h"
#include "proto/base/result.h"

namespace tamizdat::letters {

// A letter of the largest size has no more; a part that claims another number is not kept.
std::uint32_t letter_parts_max();

struct KeptPart {
  Hash32 slot;
  std::uint32_t part = 0;
  std::uint32_t parts = 0;
};

struct Assembly {
  std::optional<Bytes> letter;      // signed, of the hash that was asked for
  bool has_all_places = false;      // there is a part for each place; without a letter some of them are forged
  std::vector<Hash32> false_slots;  // which claim to be all of it and are not
};

// The octets of a part; none if it opens no more.
using PartOctets = std::function<Result<std::optional<Bytes>>(const Hash32& slot)>;
// Errors: those of `octets_of`.
Result<Assembly> assemble(const Hash32& letter, std::span<const KeptPart> kept, const PartOctets& octets_of);

}  // namespace tamizdat::letters
