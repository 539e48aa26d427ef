#include "client-lib/publish/receipts.h"

#include <algorithm>

#include "client-lib/archives/verifier.h"

namespace tamizdat::publish {
namespace {

bool is_listed(const desk::Project& project, const RelayId& relay) {
  return std::ranges::count(project.charter.content().witness.relays, relay, &format::PolicyRelay::relay) > 0;
}

// Roots of the desk's own log; trouble with its file is kept for the end.
class OwnRoots {
 public:
  OwnRoots(desk::DeskStore& store, std::uint64_t size) : store_(store), size_(size) {}
  std::optional<Hash32> operator()(std::uint64_t size) {
    if (size > size_) return std::nullopt;
    const auto root = store_.log().root_at(size);
    if (!root) trouble = root.error();
    return root ? std::optional(*root) : std::nullopt;
  }
  std::optional<Error> trouble;

 private:
  desk::DeskStore& store_;
  std::uint64_t size_;
};

}  // namespace

std::vector<format::VerifiedCharter> verified_chain(const desk::Project& project) {
  archives::Verifier verifier;
  for (const Bytes& charter : project.chain) static_cast<void>(verifier.take_charter(charter).has_value());
  return verifier.chain(project.charter.project());
}

witnessing::StatementSet ask_for_statements(const desk::Project& project, std::span<RelayView> relays,
                                            const Progress& progress) {
  witnessing::StatementSet out;
  for (auto& relay : relays) {
    if (relay.trouble || is_listed(project, relay.client.address().relay)) continue;
    if (const auto said = relay.client.descriptor())
      out.allow({said->relay, said->country, said->witness_key, said->mirror_key});
  }
  const auto chain = verified_chain(project);
  for (const auto& relay : relays)
    if (!relay.receipt.empty()) out.take_all(chain, {&relay.receipt, 1});
  ask_again(project, relays, out, progress);
  return out;
}

void ask_again(const desk::Project& project, std::span<RelayView> relays, witnessing::StatementSet& statements,
               const Progress& progress) {
  const auto chain = verified_chain(project);
  for (auto& relay : relays) {
    // A relay that takes nothing may tell why: a freeze, a fork.
    if (relay.trouble && relay.trouble->code != net::kRelayRefused) continue;
    progress("asking " + relay.name() + " for receipts", 0, 0);
    if (const auto brought = relay.client.statements(project.charter.project())) statements.take_all(chain, *brought);
  }
}

Result<std::vector<std::uint64_t>> retracted_entries(desk::DeskStore& store, const desk::Project& project,
                                                     const witnessing::StatementSet& statements) {
  auto out = store.log().retracted();
  if (!out) return out;
  for (const auto& id : witnessing::retracted_by(statements.of(project.charter.project()))) {
    const auto entry = store.log().find(id);
    if (!entry) return tl::unexpected(entry.error());
    if (*entry) out->push_back((*entry)->index);
  }
  std::ranges::sort(*out);
  out->erase(std::unique(out->begin(), out->end()), out->end());
  return out;
}

Result<witnessing::Copies> copies_of(desk::DeskStore& store, const desk::Project& project,
                                     const witnessing::StatementSet& statements, std::uint64_t from, std::uint64_t to,
                                     Timestamp now) {
  const auto head = store.log().head();
  if (!head) return tl::unexpected(head.error());
  const auto retracted = retracted_entries(store, project, statements);
  if (!retracted) return tl::unexpected(retracted.error());
  OwnRoots roots(store, head->size);
  const auto copies = witnessing::count_copies(
      {project.charter, project.log, from, to, head->size, std::ref(roots), *retracted, now}, statements.of(project.charter.project()));
  if (roots.trouble) return tl::unexpected(*roots.trouble);
  return copies;
}

Result<format::FreshnessVerdict> freshness_of(desk::DeskStore& store, const desk::Project& project,
                                              const witnessing::StatementSet& statements, Timestamp now) {
  const auto head = store.log().head();
  if (!head) return tl::unexpected(head.error());
  OwnRoots roots(store, head->size);
  const auto verdict = format::judge_freshness({project.charter, project.log, head->size, std::ref(roots)},
                                               statements.of(project.charter.project()), now);
  if (roots.trouble) return tl::unexpected(*roots.trouble);
  return verdict;
}

}  // namespace tamizdat::publish
