// links: tamizdat_base
// A bech32m text that is taken prints as itself again, and so does an id.
#include <cstddef>
#include <cstdint>

#include "proto/base/bech32m.h"
#include "proto/base/check.h"
#include "proto/base/ids.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const tamizdat::Bytes text(reinterpret_cast<const char*>(data), size);
  if (const auto taken = tamizdat::decode_bech32m(text)) {
    TMZ_CHECK(tamizdat::encode_bech32m(taken->prefix, taken->payload) == text);
  }
  if (const auto project = tamizdat::ProjectId::parse(text)) TMZ_CHECK(project->text() == text);
  return 0;
}
