// links: tamizdat_base
// An id that is taken prints as itself again, and is an id of one kind only.
#include <cstddef>
#include <cstdint>

#include "proto/base/check.h"
#include "proto/base/ids.h"
#include "proto/base/sealing_key_id.h"

namespace {

using namespace tamizdat;

template <typename... Kinds>
int kinds_that_take(std::string_view text) {
  const auto takes = [text]<typename Kind>() {
    const auto id = Kind::parse(text);
    TMZ_CHECK(!id || id->text() == text);
    return id ? 1 : 0;
  };
  return (takes.template operator()<Kinds>() + ...);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const int kinds = kinds_that_take<ProjectId, LogId, EntryId, DeskId, RelayId, RootKeyId, BlobId, SealingKeyId>(text);
  TMZ_CHECK(kinds <= 1);
  return 0;
}
