#include "client-lib/letters/assembly.h"

#include <map>

#include "proto/format/letter.h"
#include "proto/format/limits.h"

namespace tamizdat::letters {
namespace {

// Of 65 MiB each at most: some seconds.
constexpr std::size_t kTriesMax = 64;

using Places = std::vector<std::vector<Hash32>>;  // which slots claim to be each part

bool has_all(const Places& places) {
  for (const auto& slots : places)
    if (slots.empty()) return false;
  return true;
}

// The next choice of one slot for each place; false after the last one.
bool advance(std::vector<std::size_t>& choice, const Places& places) {
  for (std::size_t place = 0; place < places.size(); ++place) {
    if (++choice[place] < places[place].size()) return true;
    choice[place] = 0;
  }
  return false;
}

Result<Bytes> join(const std::vector<std::size_t>& choice, const Places& places, const PartOctets& octets_of) {
  Bytes out;
  for (std::size_t place = 0; place < places.size(); ++place) {
    const auto octets = octets_of(places[place][choice[place]]);
    if (!octets) return tl::unexpected(octets.error());
    if (!*octets) return Bytes();
    out += **octets;
  }
  return out;
}

}  // namespace

std::uint32_t letter_parts_max() {
  const std::size_t signed_bytes_max = format::kLetterBytesMax + 2 * format::kHeaderBytesMax;
  return static_cast<std::uint32_t>(signed_bytes_max / format::slot_capacity(format::kSlotSizes.back()) + 1);
}

Result<Assembly> assemble(const Hash32& letter, std::span<const KeptPart> kept, const PartOctets& octets_of) {
  std::map<std::uint32_t, Places> claims;  // by the number of parts
  for (const auto& part : kept) {
    if (part.part >= part.parts || part.parts > letter_parts_max()) continue;
    auto& places = claims[part.parts];
    places.resize(part.parts);
    places[part.part].push_back(part.slot);
  }
  Assembly out;
  for (const auto& [parts, places] : claims) {
    if (!has_all(places)) continue;
    out.has_all_places = true;
    std::vector<std::size_t> choice(places.size());
    std::size_t tries = 0;
    do {
      auto octets = join(choice, places, octets_of);
      if (!octets) return pass(octets);
      if (!octets->empty() && format::letter_hash(*octets) == letter) {
        out.letter = *std::move(octets);
        return out;
      }
      // One slot alone is as cheap to try as to keep.
      if (parts == 1) out.false_slots.push_back(places[0][choice[0]]);
    } while ((parts == 1 || ++tries < kTriesMax) && advance(choice, places));
  }
  // What was thrown away leaves nothing behind that could be put together.
  if (claims.size() == 1 && claims.begin()->first == 1) out.has_all_places = false;
  return out;
}

}  // namespace tamizdat::letters
