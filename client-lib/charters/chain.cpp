#include "client-lib/charters/chain.h"

#include <algorithm>

#include "proto/base/check.h"

namespace tamizdat::charters {

Result<Chain> Chain::verify(std::span<const Bytes> signed_charters) {
  if (signed_charters.empty()) return fail(format::kCharterNotFirst, "there is no charter");
  auto first = format::verify_first_charter(signed_charters.front());
  if (!first) return pass(first);
  Chain chain(*std::move(first));
  for (const Bytes& next : signed_charters.subspan(1))
    if (auto done = chain.append(next); !done) return pass(done);
  return chain;
}

std::vector<Bytes> Chain::signed_charters() const {
  std::vector<Bytes> out;
  for (const auto& charter : charters_) out.emplace_back(charter.signed_bytes());
  return out;
}

Result<void> Chain::append(Bytes signed_charter) {
  auto next = format::verify_charter_update(in_force(), std::move(signed_charter));
  if (!next) return pass(next);
  charters_.push_back(*std::move(next));
  return {};
}

Standing compare(const Chain& known, const Chain& other) {
  TMZ_CHECK(known.project() == other.project());
  const std::uint64_t common = std::min(known.version(), other.version());
  // Each charter names the one before it, so the last common version speaks for all.
  if (known.at(common).hash() != other.at(common).hash()) return Standing::kForked;
  if (known.version() == other.version()) return Standing::kSame;
  return other.version() < known.version() ? Standing::kOlder : Standing::kNewer;
}

std::uint64_t fork_version(const Chain& one, const Chain& other) {
  std::uint64_t version = 1;
  while (one.at(version).hash() == other.at(version).hash()) ++version;
  return version;
}

}  // namespace tamizdat::charters
