// links: tamizdat_format
// What others seal for us: slots, letters and submissions of strangers are read without harm, and nothing that nobody signed
// passes for a letter.
#include <cstddef>
#include <cstdint>

#include "proto/base/check.h"
#include "proto/format/letter.h"
#include "proto/format/limits.h"

namespace {

using namespace tamizdat;
using namespace tamizdat::format;

// As a SealedPart and as padding: sealed here, it opens again and says the same.
void check_slot(BytesView bytes) {
  static_cast<void>(parse_slot(bytes).has_value());
  static const Bytes secret(32, 's'), random(kSlotRandomBytes, 'r');
  static const Hash32 recipient = sealing_public_key(secret).value();
  if (bytes.empty() || bytes.size() > slot_capacity(kSlotSizes.front())) return;
  const SealedPart part{Hash32{}, 0, 1, Bytes(bytes)};
  const auto slot = seal_slot(part, std::span(&recipient, 1), timestamp_from_unix(86400), kSlotSizes.front(), random);
  TMZ_CHECK(slot && slot->size() == kSlotSizes.front());
  const SealingPair pair{recipient, secret};
  const auto opened = open_slot(*slot, std::span(&pair, 1));
  TMZ_CHECK(opened && opened->octets == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView bytes(reinterpret_cast<const char*>(data), size);
  check_slot(bytes);
  const auto sender = peek_sender(bytes);
  TMZ_CHECK(!sender || !bytes.empty());
  static_cast<void>(verify_submission(bytes, RelayId(), Hash32{}).has_value());
  return 0;
}
