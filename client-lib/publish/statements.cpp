#include "client-lib/publish/statements.h"

#include "client-lib/publish/receipts.h"

namespace tamizdat::publish {
namespace {

// A freeze ends with the charter after the one that it names, and a cosignature where its key has no say any more.
bool is_over(std::span<const format::VerifiedCharter> chain, const Bytes& statement) {
  const auto verified = format::verify_statement({chain}, statement);
  if (!verified) return true;
  const auto* const freeze = verified->as<format::Freeze>();
  return freeze != nullptr && freeze->charter != chain.back().hash();
}

// Two charters of one version are remembered (charter_memory.h), and relays have a way of their own to hear of them.
bool is_for_relays(const Bytes& statement) {
  const auto name = format::peek_statement(statement);
  return !name || name->kind != format::StatementKind::kCharterFork;
}

Result<std::vector<Bytes>> waiting_for(desk::DeskStore& store, const RelayView& relay) {
  auto waiting = store.statements().waiting_for(relay.client.address().relay);
  if (waiting) std::erase_if(*waiting, [](const Bytes& statement) { return !is_for_relays(statement); });
  return waiting;
}

Result<void> forget_what_is_over(desk::DeskStore& store, const desk::Project& project) {
  const auto kept = store.statements().all();
  if (!kept) return tl::unexpected(kept.error());
  if (kept->empty()) return {};  // as a rule, and a long chain takes its time
  const auto chain = verified_chain(project);
  for (const Bytes& statement : *kept)
    if (is_over(chain, statement))
      if (auto done = store.statements().forget(statement); !done) return done;
  return {};
}

}  // namespace

Result<std::optional<format::Freeze>> freeze_in_force(desk::DeskStore& store, const desk::Project& project) {
  const auto kept = store.statements().all();
  if (!kept) return tl::unexpected(kept.error());
  if (kept->empty()) return std::optional<format::Freeze>();
  witnessing::StatementSet statements;
  statements.take_all(verified_chain(project), *kept);
  return witnessing::freeze_of(project.charter, statements.of(project.charter.project()));
}

Result<void> remember_freeze(desk::DeskStore& store, const desk::Project& project, const witnessing::StatementSet& statements) {
  for (const auto& statement : statements.of(project.charter.project())) {
    const auto* const freeze = statement->as<format::Freeze>();
    if (freeze == nullptr || freeze->charter != project.charter.hash()) continue;
    if (auto done = store.statements().keep(statement->octets()); !done) return done;
  }
  return {};
}

Result<void> count_waiting_statements(desk::DeskStore& store, std::span<RelayView> relays) {
  for (auto& relay : relays) {
    const auto waiting = waiting_for(store, relay);
    if (!waiting) return tl::unexpected(waiting.error());
    relay.statements_waiting = waiting->size();
  }
  return {};
}

Result<void> send_statements(desk::DeskStore& store, const desk::Project& project, RelayView& relay) {
  if (auto done = forget_what_is_over(store, project); !done) return done;
  const auto waiting = waiting_for(store, relay);
  if (!waiting) return tl::unexpected(waiting.error());
  for (const Bytes& statement : *waiting) {
    if (auto sent = relay.client.put_statement(statement); !sent) {
      relay.statements_trouble = std::move(sent).error();
      break;
    }
    if (auto done = store.statements().taken(relay.client.address().relay, statement); !done) return done;
  }
  return {};
}

}  // namespace tamizdat::publish
