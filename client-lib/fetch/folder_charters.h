// The charters of a project in a folder of copies: `<project>.tamizdat`, an archive of the chain and behind it of what relays
// say of the project. It is what a reader has seen of the project, and the folder never goes back behind it: a relay that
// gives out an older charter, or another one, is told by its own verdict.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "client-lib/charters/chain.h"

namespace tamizdat::fetch {

class FolderCharters {
 public:
  // Errors: kCopyDamaged, those of the file.
  static Result<FolderCharters> open(const std::filesystem::path& folder, const ProjectId& project);

  // None before the first take().
  const std::optional<charters::Chain>& chain() const { return chain_; }
  // Durable when it returns, so that what is verified under a charter is never shown under an older one. What is older is
  // passed over; the caller sees chain() unchanged. `statements`: what relays say of the project, beside those that are kept;
  // where they have decided for another branch than this folder's, it goes over. Errors: format::kCharterForked while none
  // has won, or `relay` is on the branch that has lost; those of the file.
  Result<charters::Standing> take(const charters::Chain& theirs, const std::string& relay, std::span<const Bytes> statements);
  // As they were kept, unverified.
  const std::vector<Bytes>& statements() const { return statements_; }
  // In the place of those that were kept; after the first take(). Durable when it returns. Errors: those of the file.
  Result<void> keep_statements(std::vector<Bytes> statements);

 private:
  explicit FolderCharters(std::filesystem::path path) : path_(std::move(path)) {}
  Result<void> keep(const charters::Chain& chain);
  Result<void> write(const charters::Chain& chain) const;
  std::filesystem::path path_;
  std::optional<charters::Chain> chain_;
  std::vector<Bytes> statements_;
};

}  // namespace tamizdat::fetch
