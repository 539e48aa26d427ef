#include "relay/witness/cosigner.h"

#include <algorithm>

namespace tamizdat::witness {

bool Cosigner::is_listed(const format::VerifiedCharter& charter) const {
  return std::ranges::any_of(charter.content().witness.relays, [&](const format::PolicyRelay& relay) {
    return relay.relay == relay_ && relay.witness_key == key_.public_key();
  });
}

bool Cosigner::is_open(const store::LogState& log, const format::VerifiedCharter& charter) const {
  if (charter.content().desk(log.name.desk) == nullptr) return false;
  return statements_.find(log.name.project, format::StatementKind::kForkProof, log.id.value) == nullptr;
}

const format::WitnessedHead* Cosigner::own(const store::LogState& log) const {
  for (const auto& statement : statements_.of(log.name.project, format::StatementKind::kCosignedHead)) {
    const auto* const head = statement->as<format::WitnessedHead>();
    if (head != nullptr && head->log == log.id && head->relay.witness_key == key_.public_key()) return head;
  }
  return nullptr;
}

env::awaitable<Result<void>> Cosigner::check_continues(const store::LogState& log, HighWater mark) {
  auto read = [this, &log, &mark] { return store_.root_at(log.id, mark.size); };
  const auto root = co_await env::run_blocking(env_.workers, std::move(read));
  if (!root) co_return tl::unexpected(root.error());
  if (*root != mark.root)
    co_return fail(kCosignedAnother, "this relay cosigned another history of the log " + log.id.text() + " up to entry " +
                                         std::to_string(mark.size) + " before: it cosigns this log no more. Was its data "
                                         "restored from a backup? Then the log is forked");
  co_return Result<void>();
}

env::awaitable<Result<void>> Cosigner::cosign(store::LogState log, format::VerifiedCharter charter, seconds age_max) {
  const bool is_whole = log.head.size() == log.size && log.head.root() == log.root;
  if (!statements_.may_sign() || !is_listed(charter) || !is_open(log, charter) || !is_whole) co_return Result<void>();
  const Timestamp now = env_.clock.now();
  const Bytes key = statements::high_water_key(log.id);
  const auto before = statements_.mark(key);
  if (before) {
    const auto mark = HighWater::parse(*before);
    if (!mark) co_return fail(statements::kStatementsDamaged, "the mark of what was cosigned of a log is damaged");
    const auto* const last = own(log);
    const bool is_due = last == nullptr || last->cosigned.checkpoint.size != log.size || now - mark->time >= age_max;
    if (!is_due || log.size < mark->size || now <= mark->time) co_return Result<void>();
    auto continues = co_await check_continues(log, *mark);
    if (!continues) co_return continues;
  }
  HighWater mark{log.size, log.root, now};
  const auto marked = co_await statements_.replace_mark(key, before, mark.octets());
  if (!marked) co_return tl::unexpected(marked.error());
  if (!*marked) co_return Result<void>();  // an own word of before has come meanwhile
  Bytes statement =
      format::make_cosigned_head(log.name.project, format::cosign(log.head.bytes(), relay_, key_, now));
  const auto taken = co_await statements_.take(std::move(statement));
  if (!taken) co_return tl::unexpected(taken.error());
  co_return Result<void>();
}

}  // namespace tamizdat::witness
