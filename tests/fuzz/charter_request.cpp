// links: tamizdat_charters
// A request that is read is written as one that reads as the same, with the same signatures.
#include <cstddef>
#include <cstdint>

#include "client-lib/charters/request.h"
#include "proto/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto request = tamizdat::charters::parse_request({reinterpret_cast<const char*>(data), size});
  if (!request) return 0;
  const auto again = tamizdat::charters::parse_request(tamizdat::charters::serialise_request(*request));
  TMZ_CHECK(again && again->proposed.hash == request->proposed.hash && again->proposed.signers == request->proposed.signers);
  return 0;
}
