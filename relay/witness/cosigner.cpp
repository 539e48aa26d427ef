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

// Blocks. Those are left that continue what was cosigned before.
void Cosigner::drop_contradicting(std::vector<Wanted>& heads, std::vector<Error>& errors) const {
  std::erase_if(heads, [&](const Wanted& head) {
    if (!head.before) return false;
    const auto root = store_.root_at(head.log->id, head.was.size);
    if (root && *root == head.was.root) return false;
    if (!root)
      errors.push_back(root.error());
    else
      errors.push_back({kCosignedAnother, "this relay cosigned another history of the log " + head.log->id.text() + " up to entry " +
                                              std::to_string(head.was.size) + " before: it cosigns this log no more. Was its data "
                                              "restored from a backup? Then the log is forked"});
    return true;
  });
}

Result<std::optional<Cosigner::Wanted>> Cosigner::wanted(const Due& due) const {
  const store::LogState& log = due.log;
  const bool is_whole = log.head.size() == log.size && log.head.root() == log.root;
  if (!statements_.may_sign() || !is_listed(due.charter) || !is_open(log, due.charter) || !is_whole) return std::optional<Wanted>();
  const Timestamp now = env_.clock.now();
  Wanted out{&log, statements::high_water_key(log.id), {}, {}, {log.size, log.root, now}};
  out.before = statements_.mark(out.key);
  if (!out.before) return std::optional(std::move(out));
  const auto was = HighWater::parse(*out.before);
  if (!was) return fail(statements::kStatementsDamaged, "the mark of what was cosigned of a log is damaged");
  out.was = *was;
  const auto* const last = own(log);
  const bool is_due = last == nullptr || last->cosigned.checkpoint.size != log.size || now - was->time >= due.age_max;
  if (!is_due || log.size < was->size || now <= was->time) return std::optional<Wanted>();
  return std::optional(std::move(out));
}

env::awaitable<std::vector<Error>> Cosigner::cosign(std::vector<Due> due) {
  std::vector<Error> errors;
  std::vector<Wanted> heads;
  for (const Due& item : due) {
    auto head = wanted(item);
    if (!head)
      errors.push_back(head.error());
    else if (*head)
      heads.push_back(**std::move(head));
  }
  auto check = [this, &heads, &errors] { drop_contradicting(heads, errors); };
  if (!heads.empty()) co_await env::run_blocking(env_.workers, std::move(check));
  if (heads.empty()) co_return errors;
  std::vector<statements::Statements::MarkChange> marks;
  for (const Wanted& head : heads) marks.push_back({head.key, head.before, head.mark.octets()});
  const auto marked = co_await statements_.replace_marks(std::move(marks));
  if (!marked) {
    errors.push_back(marked.error());
    co_return errors;
  }
  std::vector<Bytes> words;
  for (std::size_t i = 0; i < heads.size(); ++i) {
    if (!(*marked)[i]) continue;  // an own word of before has come meanwhile
    const Wanted& head = heads[i];
    words.push_back(format::make_cosigned_head(head.log->name.project,
                                               format::cosign(head.log->head.bytes(), relay_, key_, head.mark.time)));
  }
  const auto taken = co_await statements_.take_group(std::move(words));
  if (!taken) {
    errors.push_back(taken.error());
    co_return errors;
  }
  for (const auto& word : *taken)
    if (!word) errors.push_back(word.error());
  co_return errors;
}

}  // namespace tamizdat::witness
