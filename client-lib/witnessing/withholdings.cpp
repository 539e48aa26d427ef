#include "client-lib/witnessing/withholdings.h"

#include <algorithm>

namespace tamizdat::witnessing {

std::vector<format::Withholding> withholdings_of(std::span<const StatementPointer> statements) {
  std::vector<format::Withholding> out;
  for (const auto& statement : statements)
    if (const auto* const notice = statement->as<format::Withholding>(); notice != nullptr && !notice->lifted)
      out.push_back(*notice);
  std::ranges::stable_sort(out, {}, &format::Withholding::time);
  return out;
}

}  // namespace tamizdat::witnessing
