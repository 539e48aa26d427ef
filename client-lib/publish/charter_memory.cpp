#include "client-lib/publish/charter_memory.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "client-lib/publish/receipts.h"

namespace tamizdat::publish {
namespace {

struct KeptFork {
  Bytes proof;
  format::CharterFork fork;
};

Result<std::vector<KeptFork>> kept_forks(desk::DeskStore& store, std::span<const format::VerifiedCharter> chain) {
  const auto kept = store.statements().all();
  if (!kept) return tl::unexpected(kept.error());
  std::vector<KeptFork> out;
  for (const Bytes& octets : *kept) {
    const auto name = format::peek_statement(octets);
    if (!name || name->kind != format::StatementKind::kCharterFork) continue;
    const auto verified = format::verify_statement({chain}, octets);
    const auto* const fork = verified ? verified->as<format::CharterFork>() : nullptr;
    if (fork != nullptr) out.push_back({octets, *fork});
  }
  return out;
}

// One a version is enough: whoever signs two can sign a hundred.
Result<void> remember(desk::DeskStore& store, const std::vector<KeptFork>& kept, const charters::Resolved& resolved) {
  bool is_kept = false;
  for (const auto& [proof, fork] : kept) {
    is_kept |= resolved.dispute && fork.version == resolved.dispute->version;
    const bool is_decided = !resolved.dispute || fork.version < resolved.dispute->version;
    if (is_decided)
      if (auto done = store.statements().forget(proof); !done) return done;
  }
  if (!resolved.dispute || is_kept) return {};
  return store.statements().keep(resolved.proof);
}

}  // namespace

Result<Settled> resolve_and_remember(desk::DeskStore& store, const charters::Chain& known, std::span<const charters::Chain> others,
                                     std::span<const Bytes> statements) {
  const auto kept = kept_forks(store, known.charters());
  if (!kept) return tl::unexpected(kept.error());
  std::vector<Bytes> all(statements.begin(), statements.end());
  for (const auto& [proof, fork] : *kept) all.push_back(proof);
  Settled out{charters::resolve(known, others, all), false};
  if (auto done = remember(store, *kept, out.resolved); !done) return pass(done);
  if (!out.resolved.dispute || kept->empty()) return out;
  auto shown = charters::resolve(known, others, statements);
  if (shown.dispute) return out;
  out.only_remembered = true;
  out.resolved.chain = std::move(shown.chain);
  out.resolved.went_over = shown.went_over;
  return out;
}

Result<std::optional<format::CharterFork>> remembered_fork(desk::DeskStore& store, const desk::Project& project) {
  const auto kept = store.statements().all();
  if (!kept) return tl::unexpected(kept.error());
  if (kept->empty()) return std::optional<format::CharterFork>();  // as a rule, and a long chain takes its time
  const auto forks = kept_forks(store, verified_chain(project));
  if (!forks) return tl::unexpected(forks.error());
  const auto first = std::ranges::min_element(*forks, {}, [](const KeptFork& each) { return each.fork.version; });
  return first == forks->end() ? std::nullopt : std::optional(first->fork);
}

}  // namespace tamizdat::publish
