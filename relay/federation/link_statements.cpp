// How a link exchanges statements: what the peer sends is taken in its order, a few at a time in one commit, and how far it
// got is durable with it, so that the next link goes on from there. What does not verify here is refused or passed over
// and never remembered against the statement: a charter that comes later has it sent again.
#include <algorithm>
#include <utility>
#include <vector>

#include "relay/federation/link.h"

namespace tamizdat::federation {
namespace {

// What a peer may make us hold unverified.
constexpr std::size_t kStatementOctetsMax = 2 * 1024 * 1024;
// What each of them costs beside its octets, however small it is.
constexpr std::size_t kStatementOverhead = 512;
constexpr env::milliseconds kStatementRetryDelay{10'000};

// Errors that are no fault of the peer's: another charter is in force here, or it speaks a later version.
bool is_passed_over(ErrorCode code) {
  return code == statements::kStatementsUnknownProject || code == format::kStatementKindUnknown ||
         code == format::kFreezeOfUnknownCharter || code == format::kCharterForkOfUnknownCharter ||
         code == format::kCharterWrongPrevious || code == format::kStatementSignerUnknown ||
         code == format::kHeadOfUnknownDesk || code == format::kHeadOfClosedDesk || code == format::kReceiptOfUnknownLog ||
         code == statements::kStatementAhead || code == statements::kStatementsFull;
}

}  // namespace

// From where the peer's count stood when its last statement was durable here. A relay that was restored asks for all: among
// them is what it said itself and has forgotten.
void Link::ask_for_statements() {
  asked_for_all_ = context_.statements.is_restored();
  const auto mark = asked_for_all_ ? std::nullopt : context_.statements.mark_of(peer_);
  sync::StatementsFrom message;
  if (mark) message = {mark->epoch, mark->sequence};
  post(std::move(message));
}

void Link::announce_statements() { to_send_.notify_all(); }

Result<void> Link::on(sync::StatementsFrom& message) {
  statement_lane_.start(context_.statements, message);
  to_send_.notify_all();
  return {};
}

Result<void> Link::on(sync::StatementsOfProject& message) {
  if (context_.store.charter(message.project)) statement_lane_.request(message.project);
  to_send_.notify_all();
  return {};
}

Result<void> Link::on(sync::StatementMessage&) { return {}; }  // see read_frames()

Result<void> Link::on(sync::StatementsEpoch& message) {
  peer_count_.epoch = message.epoch;
  peer_count_.sequence = message.last;
  ++epochs_told_;
  statements_event_.notify_all();
  count_is_new_ = true;
  return {};
}

// Within the reading coroutine: a peer that sends faster than the disk takes waits on the line.
env::awaitable<void> Link::arrive(sync::StatementMessage message) {
  while (!ended_ && statement_octets_ > kStatementOctetsMax) co_await statements_taken_.wait(tasks_.token());
  statement_octets_ += message.statement.size() + kStatementOverhead;
  if (message.sequence != 0) {
    peer_count_.sequence = message.sequence;
    count_is_new_ = !peer_count_.epoch.empty();
  }
  arrived_statements_.push_back(std::move(message.statement));
  statements_event_.notify_all();
}

env::awaitable<void> Link::take_statements(std::stop_token stop) {
  while (!stop.stop_requested()) {
    if (arrived_statements_.empty() && !count_is_new_) {
      co_await statements_event_.wait(stop);
      continue;
    }
    std::vector<Bytes> group = std::exchange(arrived_statements_, {});
    std::optional<statements::PeerMark> count;
    if (std::exchange(count_is_new_, false)) count = peer_count_;
    const bool is_all = asked_for_all_ && epochs_told_ > 1;
    taking_statements_ = true;
    co_await take_statement_group(std::move(group), std::move(count), stop);
    if (is_all && !stop.stop_requested()) [[maybe_unused]] const auto done = co_await context_.statements.be_complete();
    taking_statements_ = false;
    statements_taken_.notify_all();
  }
}

env::awaitable<void> Link::take_statement_group(std::vector<Bytes> group, std::optional<statements::PeerMark> count,
                                                std::stop_token stop) {
  std::vector<Bytes> wanted;
  for (const Bytes& statement : group) {
    statement_octets_ -= statement.size() + kStatementOverhead;
    const auto name = format::peek_statement(statement);
    if (!name || policy::admit_project(context_.admission, name->project)) wanted.push_back(statement);
  }
  while (!stop.stop_requested()) {
    auto taken = co_await context_.statements.take_from(peer_, wanted, count);
    if (!taken) {  // the disk: the same again, later
      co_await context_.env.clock.sleep_for(kStatementRetryDelay, stop);
      continue;
    }
    for (std::size_t i = 0; i < taken->size(); ++i) {
      const auto& result = (*taken)[i];
      if (result) {
        if (result->is_new) statement_lane_.came_from_peer(result->sequence);
      } else if (is_passed_over(result.error().code)) {
        count_refusal(result.error().code);
      } else {
        const auto name = format::peek_statement(wanted[i]);
        refuse(name ? name->project : ProjectId(), result.error());
      }
    }
    co_return;
  }
}

}  // namespace tamizdat::federation
