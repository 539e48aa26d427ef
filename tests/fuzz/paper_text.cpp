// links: tamizdat_keys
// What is read from paper is printed as text that reads as the same.
#include <cstddef>
#include <cstdint>

#include "client-lib/keys/paper_text.h"
#include "proto/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = tamizdat::keys::read_paper_text({reinterpret_cast<const char*>(data), size});
  if (!read) return 0;
  const auto again = tamizdat::keys::read_paper_text(tamizdat::keys::paper_text(*read));
  TMZ_CHECK(again && *again == *read);
  return 0;
}
