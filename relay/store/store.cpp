#include "relay/store/store.h"

namespace tamizdat::store {

std::optional<Store::Position> Store::entry_naming(const BlobId& blob) const {
  for (const auto& position : naming(blob))
    if (const auto found = entry(position.log, position.index); found && names(*found, blob)) return position;
  return std::nullopt;
}

}  // namespace tamizdat::store
