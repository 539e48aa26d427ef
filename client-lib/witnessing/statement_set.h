// What relays say of a project, as it was brought from them or read from files: verified, each relay's newest word.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "proto/format/freshness.h"

namespace tamizdat::witnessing {

using StatementPointer = std::shared_ptr<const format::VerifiedStatement>;

class StatementSet {
 public:
  // `also`: relays whose words are kept though the charter does not list them; they count for nothing.
  explicit StatementSet(std::vector<format::PolicyRelay> also = {}) : also_(std::move(also)) {}

  void allow(format::PolicyRelay relay) { also_.push_back(std::move(relay)); }

  // Keeps it unless a newer one of the same relay about the same is here. `chain` is that of its project, version 1
  // first. Errors: those of format::verify_statement.
  Result<void> take(std::span<const format::VerifiedCharter> chain, Bytes statement);
  // Of all that a relay gave, what verifies; nothing without a charter.
  void take_all(std::span<const format::VerifiedCharter> chain, std::span<const Bytes> statements);

  std::vector<StatementPointer> of(const ProjectId& project) const;

 private:
  struct Slot {
    ProjectId project;
    format::StatementKind kind{};
    Hash32 slot;
    friend auto operator<=>(const Slot&, const Slot&) = default;
  };
  std::vector<format::PolicyRelay> also_;
  std::map<Slot, StatementPointer> held_;
};

// What stops the project until its next charter, if `charter` is the one in force.
std::optional<format::Freeze> freeze_of(const format::VerifiedCharter& charter, std::span<const StatementPointer> statements);

// The sizes at which relays have cosigned the log.
std::set<std::uint64_t> cosigned_sizes(std::span<const StatementPointer> statements, const LogId& log);
// And at which they have signed receipts.
std::set<std::uint64_t> receipt_sizes(std::span<const StatementPointer> statements, const LogId& log);
// The entries whose retraction relays prove: they show the text no more, and may have erased it.
std::set<EntryId> retracted_by(std::span<const StatementPointer> statements);

// `<project>.statements`, in which earlier versions kept what relays say of a project: it is read, and no longer written.
std::filesystem::path older_statements_file(const std::filesystem::path& folder, const ProjectId& project);
inline constexpr std::string_view kOlderStatementsEnding = ".statements";

}  // namespace tamizdat::witnessing
