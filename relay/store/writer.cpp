#include "relay/store/writer.h"

#include <optional>
#include <utility>

#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>

#include "proto/base/check.h"

namespace tamizdat::store {

struct Writer::Waiting {
  explicit Waiting(Batch batch_) : batch(std::move(batch_)) {}
  Batch batch;
  std::optional<Result<Committed>> result;
  env::Event done;
};

struct Writer::Group {
  std::vector<Batch> batches;
  std::vector<Waiting*> waiting;
  std::vector<Result<Committed>> results;
};

namespace {

std::size_t octets_of(const Batch& batch) {
  std::size_t octets = 0;
  if (const auto* const bundle = std::get_if<format::VerifiedBundle>(&batch.content)) {
    for (const auto& entry : bundle->entries())
      octets += entry.header_bytes().size() + (entry.body() ? entry.body()->size() : 0);
  } else if (const auto* const update = std::get_if<Charters>(&batch.content)) {
    for (const auto& charter : update->charters) octets += charter.signed_bytes().size();
  }
  return octets;
}

}  // namespace

Writer::Writer(Store& store, env::Workers& workers, env::Executor loop, GroupLimits limits)
    : store_(store), workers_(workers), loop_(std::move(loop)), limits_(limits) {}

Writer::~Writer() { TMZ_CHECK(queue_.empty() && !group_); }

env::awaitable<Result<Committed>> Writer::commit(Batch batch) {
  if (stopping_) co_return fail(kWriterStopped, "the relay is stopping: send it again when it is back");
  Waiting waiting(std::move(batch));
  queue_.push_back(&waiting);
  if (!group_) start_group();
  while (!waiting.result) co_await waiting.done.wait();
  co_return *std::move(waiting.result);
}

env::awaitable<void> Writer::stop() {
  stopping_ = true;
  while (group_) co_await idle_.wait();
}

// Takes what waits, up to the limits, and gives it to a worker.
void Writer::start_group() {
  group_ = std::make_unique<Group>();
  std::size_t octets = 0;
  while (!queue_.empty() && group_->batches.size() < limits_.batches_max) {
    octets += octets_of(queue_.front()->batch);
    if (octets > limits_.octets_max && !group_->batches.empty()) break;
    group_->waiting.push_back(queue_.front());
    group_->batches.push_back(std::move(queue_.front()->batch));
    queue_.pop_front();
  }
  // Tracked: the loop must not run out of work and end while the group is away.
  env::Executor loop = boost::asio::prefer(loop_, boost::asio::execution::outstanding_work.tracked);
  workers_.post([this, group = group_.get(), loop = std::move(loop)] {
    group->results = store_.commit(group->batches);
    boost::asio::post(loop, [this, group] { finish_group(*group); });
  });
}

void Writer::finish_group(Group& group) {
  TMZ_CHECK(group.results.size() == group.batches.size());
  for (std::size_t i = 0; i < group.batches.size(); ++i)
    if (group.results[i])
      announce(group.batches[i], *group.results[i]);
    else if (group.results[i].error().code == kLogForked)
      contradictions_.emit(std::get<format::VerifiedBundle>(group.batches[i].content), group.batches[i].from);
  for (std::size_t i = 0; i < group.batches.size(); ++i) {
    group.waiting[i]->result = std::move(group.results[i]);
    group.waiting[i]->done.notify_all();
  }
  group_.reset();
  if (!queue_.empty())
    start_group();
  else
    idle_.notify_all();
}

void Writer::announce(const Batch& batch, const Committed& committed) {
  Change change;
  if (const auto* const bundle = std::get_if<format::VerifiedBundle>(&batch.content)) {
    if (!committed.changed) return;
    const format::VerifiedHead& head = bundle->head();
    change = LogGrown{head.log(), {head.project(), head.desk()}, committed.changed->from, committed.changed->to,
                      committed.blobs, committed.retracted};
  } else if (const auto* const erasure = std::get_if<Erasure>(&batch.content)) {
    if (!committed.changed) return;
    change = EntryErased{format::log_id(erasure->log.project, erasure->log.desk), erasure->log, erasure->index, erasure->entry,
                         erasure->blobs};
  } else {
    if (committed.size_before == committed.size_after) return;
    change = CharterChanged{std::get<Charters>(batch.content).charters.front().project()};
  }
  changes_.emit(change);
}

}  // namespace tamizdat::store
