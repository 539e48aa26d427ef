#include "client-lib/witnessing/statement_set.h"

namespace tamizdat::witnessing {

Result<void> StatementSet::take(std::span<const format::VerifiedCharter> chain, Bytes statement) {
  auto verified = format::verify_statement({chain, also_}, std::move(statement));
  if (!verified) return pass(verified);
  StatementPointer& held = held_[{verified->project(), verified->kind(), verified->slot()}];
  if (held == nullptr || format::replaces(*verified, *held))
    held = std::make_shared<const format::VerifiedStatement>(*std::move(verified));
  return {};
}

void StatementSet::take_all(std::span<const format::VerifiedCharter> chain, std::span<const Bytes> statements) {
  if (chain.empty()) return;
  for (const Bytes& statement : statements) {
    // Kinds of later versions, and relays that the charter here does not list, count for nothing and harm nobody.
    const auto ignored = take(chain, statement);
    static_cast<void>(ignored);
  }
}

std::vector<StatementPointer> StatementSet::of(const ProjectId& project) const {
  std::vector<StatementPointer> out;
  for (auto held = held_.lower_bound({project, {}, {}}); held != held_.end() && held->first.project == project; ++held)
    out.push_back(held->second);
  return out;
}

std::optional<format::Freeze> freeze_of(const format::VerifiedCharter& charter, std::span<const StatementPointer> statements) {
  for (const auto& statement : statements)
    if (const auto* const freeze = statement->as<format::Freeze>(); freeze != nullptr && freeze->charter == charter.hash()) return *freeze;
  return std::nullopt;
}

std::set<std::uint64_t> cosigned_sizes(std::span<const StatementPointer> statements, const LogId& log) {
  std::set<std::uint64_t> out;
  for (const auto& statement : statements)
    if (const auto* const head = statement->as<format::WitnessedHead>(); head != nullptr && head->log == log)
      out.insert(head->cosigned.checkpoint.size);
  return out;
}

std::set<std::uint64_t> receipt_sizes(std::span<const StatementPointer> statements, const LogId& log) {
  std::set<std::uint64_t> out;
  for (const auto& statement : statements)
    if (const auto* const signed_receipt = statement->as<format::RelayReceipt>(); signed_receipt != nullptr && signed_receipt->receipt.log == log)
      out.insert(signed_receipt->receipt.size);
  return out;
}

std::set<EntryId> retracted_by(std::span<const StatementPointer> statements) {
  std::set<EntryId> out;
  for (const auto& statement : statements)
    if (const auto* const proof = statement->as<format::RetractionProof>()) out.insert(proof->target);
  return out;
}

std::filesystem::path older_statements_file(const std::filesystem::path& folder, const ProjectId& project) {
  return folder / (project.text() + std::string(kOlderStatementsEnding));
}

}  // namespace tamizdat::witnessing
