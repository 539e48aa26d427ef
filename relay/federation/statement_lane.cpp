#include "relay/federation/statement_lane.h"

#include <algorithm>

namespace tamizdat::federation {

using statements::Statements;

void StatementLane::start(const Statements& statements, const sync::StatementsFrom& from) {
  const bool goes_on = from.epoch == statements.epoch() && from.after <= statements.last();
  cursor_ = urgent_ = told_ = goes_on ? from.after : 0;
  asked_ = true;
  to_tell_ = to_tell_end_ = true;
}

std::optional<StatementLane::Message> StatementLane::next(const Statements& statements) {
  if (auto urgent = next_urgent(statements)) return urgent;
  while (of_project_.empty() && !requested_.empty()) {
    of_project_ = statements.of(requested_.extract(requested_.begin()).value());
    std::ranges::reverse(of_project_);
  }
  if (!of_project_.empty()) {
    const statements::StatementPointer statement = std::move(of_project_.back());
    of_project_.pop_back();
    return sync::StatementMessage{0, Bytes(statement->octets())};
  }
  return next_in_order(statements);
}

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
