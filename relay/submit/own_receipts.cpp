#include "relay/submit/own_receipts.h"

#include <algorithm>

#include "proto/format/receipt.h"

namespace tamizdat::submit {

OwnReceipts::OwnReceipts(env::Environment& env, const store::Store& store, statements::Statements& statements, const Hash32& mirror_key)
    : env_(env),
      store_(store),
      statements_(statements),
      mirror_key_(mirror_key),
      changes_(statements.subscribe([this](const statements::StatementChange& change) {
        if (change.kind == format::StatementKind::kReceipt) came_.notify_all();
      })) {}

Bytes OwnReceipts::find(const ProjectId& project, const LogId& log, std::uint64_t size) const {
  const auto held = statements_.find(project, format::StatementKind::kReceipt, format::receipt_slot(log, mirror_key_));
  const auto* const given = held ? held->as<format::RelayReceipt>() : nullptr;
  if (given == nullptr || given->receipt.size < size) return {};
  // Peers bring a relay back what it signed before it lost a part of its store.
  const auto now = store_.log(log);
  const bool is_held = now && (given->receipt.size < now->size || (given->receipt.size == now->size && given->receipt.root == now->root));
  return is_held ? Bytes(held->octets()) : Bytes();
}

env::awaitable<Bytes> OwnReceipts::wait_for(ProjectId project, LogId log, std::uint64_t size, seconds limit) {
  const env::MonotonicTime end = env_.clock.monotonic() + std::min(limit, kWaitMax);
  for (;;) {
    Bytes receipt = find(project, log, size);
    const auto left = std::chrono::duration_cast<env::milliseconds>(end - env_.clock.monotonic());
    if (!receipt.empty() || left.count() <= 0) co_return receipt;
    co_await came_.wait_for(env_.clock, left);
  }
}

}  // namespace tamizdat::submit
