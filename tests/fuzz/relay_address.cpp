// links: tamizdat_sync
// A relay address that is taken prints as itself again.
#include <cstddef>
#include <cstdint>

#include "proto/base/check.h"
#include "proto/sync/relay_address.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const tamizdat::BytesView line(reinterpret_cast<const char*>(data), size);
  const auto taken = tamizdat::sync::RelayAddress::parse(line);
  if (taken) TMZ_CHECK(taken->text() == line);
  return 0;
}
