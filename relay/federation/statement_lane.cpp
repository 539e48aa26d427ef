#include "relay/federation/statement_lane.h"

#include <algorithm>

namespace tamizdat::federation {

using statements::Statements;

namespace {

std::optional<StatementLane::Message> take_front(std::deque<statements::StatementPointer>& queue) {
  if (queue.empty()) return std::nullopt;
  sync::StatementMessage message{0, Bytes(queue.front()->octets())};
  queue.pop_front();
  return message;
}

}  // namespace

void StatementLane::start(const Statements& statements, const sync::StatementsFrom& from) {
  const bool goes_on = from.epoch == statements.epoch() && from.after <= statements.last();
  cursor_ = urgent_ = told_ = goes_on ? from.after : 0;
  asked_ = true;
  to_tell_ = to_tell_end_ = true;
}

std::optional<StatementLane::Message> StatementLane::next(const Statements& statements) {
  if (auto urgent = next_urgent(statements)) return urgent;
  while (of_projects_.empty() && !requested_.empty())
    for (auto& statement : statements.of(requested_.extract(requested_.begin()).value()))
      (statements::is_urgent(statement->kind()) ? of_projects_ : behind_).push_back(std::move(statement));
  if (auto urgent = take_front(of_projects_)) return urgent;
  return next_in_order(statements);
}

std::optional<StatementLane::Message> StatementLane::behind() { return take_front(behind_); }

// Out of order only where others would come before it.
std::optional<StatementLane::Message> StatementLane::next_urgent(const Statements& statements) {
  if (!asked_ || to_tell_) return std::nullopt;
  while (const auto urgent = statements.next_after(std::max(urgent_, cursor_), Statements::Which::kUrgent)) {
    if (const auto first = statements.next_after(cursor_, Statements::Which::kAll); first->sequence == urgent->sequence)
      return std::nullopt;
    urgent_ = urgent->sequence;
    if (!from_peer_.contains(urgent->sequence)) return sync::StatementMessage{0, Bytes(urgent->statement->octets())};
  }
  return std::nullopt;
}

std::optional<StatementLane::Message> StatementLane::next_in_order(const Statements& statements) {
  if (!asked_) return std::nullopt;
  if (std::exchange(to_tell_, false)) return sync::StatementsEpoch{statements.epoch(), cursor_};
  while (const auto next = statements.next_after(cursor_, Statements::Which::kAll)) {
    cursor_ = next->sequence;
    const bool sent = cursor_ <= urgent_ && statements::is_urgent(next->statement->kind());
    if (from_peer_.erase(cursor_) > 0 || sent) continue;
    told_ = cursor_;
    return sync::StatementMessage{cursor_, Bytes(next->statement->octets())};
  }
  if (!std::exchange(to_tell_end_, false) && told_ == cursor_) return std::nullopt;
  told_ = cursor_;
  return sync::StatementsEpoch{statements.epoch(), cursor_};
}

}  // namespace tamizdat::federation
