// A project's charters from version 1 to the one in force, each verified against the one before it; and how two such
// chains of one project stand to each other, which is what tells an old copy from a fork.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "proto/format/verify.h"

namespace tamizdat::charters {

class Chain {
 public:
  // Errors: those of verify_charter_chain.
  static Result<Chain> verify(std::span<const Bytes> signed_charters);

  const format::VerifiedCharter& in_force() const { return charters_.back(); }
  std::uint64_t version() const { return charters_.size(); }
  const ProjectId& project() const { return charters_.front().project(); }
  // `version` from 1 on.
  const format::VerifiedCharter& at(std::uint64_t version) const { return charters_[static_cast<std::size_t>(version - 1)]; }
  const std::vector<format::VerifiedCharter>& charters() const { return charters_; }
  std::vector<Bytes> signed_charters() const;
  // The next version. Errors: those of verify_charter_update; then it is as before.
  Result<void> append(Bytes signed_charter);

 private:
  explicit Chain(format::VerifiedCharter first) : charters_{std::move(first)} {}
  std::vector<format::VerifiedCharter> charters_;
};

enum class Standing : std::uint8_t {
  kSame,
  kOlder,   // the other one is a beginning of the known one
  kNewer,   // the other one continues it
  kForked,  // two charters of one version, both signed by enough root keys
};

// How `other` stands to `known`, of the same project.
Standing compare(const Chain& known, const Chain& other);

// The first version of which two forked chains have two charters.
std::uint64_t fork_version(const Chain& one, const Chain& other);

}  // namespace tamizdat::charters
