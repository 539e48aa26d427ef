#include "relay/federation/link.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "relay/env/deadline.h"

namespace tamizdat::federation {
namespace {

// Without their codes, which peers could invent.
constexpr env::MetricName kRefusedByPeersMetric{"tamizdat_link_refusals_by_peers_total",
                                                "What this relay sent or announced and peers did not take."};
constexpr env::MetricName kReceivedMetric{"tamizdat_link_received_octets_total", "Octets of bundles received from peers."};
constexpr env::MetricName kSentMetric{"tamizdat_link_sent_octets_total", "Octets of bundles sent to peers."};

// How long an ending link may take to tell the peer why.
constexpr env::milliseconds kFarewellMax{5'000};
constexpr std::size_t kReadBytes = 64 * 1024;

// Errors that are nobody's fault at the other end, or leave nobody there to tell.
bool is_of_the_line(ErrorCode code) {
  return code == env::kStreamCut || code == env::kStreamClosed || code == env::kTlsFailed || code == env::kTimeLimit;
}

}  // namespace

Link::Link(LinkContext& context, LinkNumber number, RelayId peer, env::Stream& stream, Bytes read_ahead)
    : context_(context),
      number_(number),
      peer_(peer),
      stream_(stream),
      blob_changes_(context.blobs.subscribe([this](const BlobId& blob, store::BlobState state) { on_blob(blob, state); })),
      refused_log_(context.env.log, "refused from peer", peer),
      refused_by_peer_log_(context.env.log, "peer refuses", peer),
      tasks_(context.env.executor) {
  frames_.add(read_ahead);
}

env::awaitable<Result<void>> Link::run(std::stop_token stop) {
  const std::stop_callback<std::function<void()>> on_stop(stop, [this] { close(); });
  post(sync::Credit{kWindowOctets});
  post(sync::FrontierDigest{sync::frontier_digest(frontier_of(context_.store))});
  ask_for_statements();
  join_puller();
  if (context_.pool != nullptr) {
    slot_lane_.emplace(*context_.pool);
    slot_changes_ = context_.pool->changes().subscribe([this](const std::optional<Hash32>& slot) {
      slot_lane_->on_change(slot);
      post_slot_messages();
    });
    post(sync::SealedHeld{context_.pool->digest(), {}});
  }
  tasks_.spawn(read_messages());
  tasks_.spawn(take_statements(tasks_.token()));
  tasks_.spawn(take_bundles(tasks_.token()));
  auto written = co_await write_all();
  end(std::move(written));
  context_.puller.leave(number_);
  co_await say_farewell();
  stream_.close();
  tasks_.stop();
  co_await tasks_.join();
  co_return std::move(outcome_);
}

void Link::close() { end({}); }

// The writer notices and closes the stream, which ends the reader. A writer that waits for a peer who does not read
// notices nothing: then the limit closes it.
void Link::end(Result<void> outcome) {
  if (ended_) return;
  ended_ = true;
  outcome_ = std::move(outcome);
  farewell_limit_.emplace(context_.env.clock, kFarewellMax, stream_);
  to_send_.notify_all();
}

void Link::end_flood(std::string_view why) {
  if (ended_) return;
  count_refusal(kPeerFloods);
  end(fail(kPeerFloods, std::string(why)));
}

// ---- writing ----

void Link::post(sync::LinkMessage message) {
  if (outbox_.control_waiting() >= kControlMax) return end_flood("the peer asks more than it reads");
  outbox_.post(std::move(message));
  to_send_.notify_all();
}

env::awaitable<Result<void>> Link::write_all() {
  const auto peer_size = [this](const LogId& log) { return context_.sources.size_at(number_, log); };
  while (!ended_) {
    Result<void> written;
    if (auto control = outbox_.take_control()) {
      written = co_await write_message(*std::move(control));
    } else if (auto charters = outbox_.take_charters(context_.store)) {
      written = co_await write_message(*std::move(charters));
    } else if (auto statement = statement_lane_.next(context_.statements)) {
      written = co_await write_statement(*std::move(statement));
    } else if (auto frontier = outbox_.take_frontier(context_.store, peer_size)) {
      written = co_await write_message(*std::move(frontier));
    } else if (auto behind = std::exchange(bundle_was_last_, false) ? statement_lane_.behind() : std::nullopt) {
      written = co_await write_statement(*std::move(behind));
    } else if (const auto range = outbox_.next_range(context_.store)) {
      bundle_was_last_ = true;
      written = co_await write_range(*range);
    } else if (auto last = statement_lane_.behind()) {
      written = co_await write_statement(*std::move(last));
    } else if (const auto slot = slot_lane_ ? slot_lane_->next_answer() : std::nullopt) {
      written = co_await answer_slot_request(*slot);
    } else if (const auto blocks = blob_lane_.next()) {
      written = co_await answer_blob_request(*blocks);
    } else {
      const env::Wake wake = co_await to_send_.wait_for(context_.env.clock, kPingInterval);
      if (wake == env::Wake::kLimit) post(sync::Ping{number_});
    }
    if (!written) co_return written;
  }
  co_return Result<void>();
}

env::awaitable<Result<void>> Link::write_message(sync::LinkMessage message) {
  const Bytes bytes = sync::frame(sync::serialise_link_message(message));
  auto written = co_await stream_.write(bytes);
  co_return written;
}

env::awaitable<Result<void>> Link::write_statement(StatementLane::Message statement) {
  sync::LinkMessage message = std::visit([](auto& value) { return sync::LinkMessage(std::move(value)); }, statement);
  auto written = co_await write_message(std::move(message));
  co_return written;
}

env::awaitable<Result<void>> Link::write_range(Outbox::Range range) {
  auto read = [this, range] { return context_.store.bundle(range.log, range.from, format::kBundleEntriesMax); };
  auto bundle = co_await env::run_blocking(context_.env.workers, std::move(read));
  if (!bundle) {
    context_.env.log.error("cannot read what a peer asked for", {{"peer", peer_.text()}, {"error", bundle.error()}});
    outbox_.unsubscribe(range.log);
    co_return Result<void>();
  }
  const std::size_t octets = bundle->bytes.size();
  sync::BundleMessage message{std::move(bundle->bytes)};
  auto written = co_await write_message(std::move(message));
  if (!written) co_return written;
  outbox_.sent(range, bundle->to, octets);
  // A closing may have come meanwhile: then the peer's share of the log is void, and must be told what is left.
  if (const auto log = context_.store.log(range.log); log && outbox_.subscribed(range.log))
    context_.sources.offer(number_, log->name, bundle->to, log->size, context_.env.clock.monotonic());
  context_.env.metrics.counter(kSentMetric).add(octets);
  co_return Result<void>();
}

// What still waits in the control lane says why the link ends.
env::awaitable<void> Link::say_farewell() {
  while (auto control = outbox_.take_control()) {
    const auto written = co_await write_message(*std::move(control));
    if (!written) co_return;
  }
  [[maybe_unused]] const auto closed = co_await stream_.shutdown();
}

// ---- reading ----

env::awaitable<void> Link::read_messages() {
  auto outcome = co_await read_frames();
  if (!outcome && !is_of_the_line(outcome.error().code)) refuse(ProjectId(), outcome.error());
  end(std::move(outcome));
}

env::awaitable<Result<void>> Link::read_frames() {
  std::vector<char> buffer(kReadBytes);
  while (!ended_) {
    auto frame = frames_.next();
    if (!frame) co_return tl::unexpected(frame.error());
    if (*frame) {
      auto message = sync::parse_link_message(**frame);
      if (!message) co_return tl::unexpected(message.error());
      Result<void> handled;
      if (auto* const charters = std::get_if<sync::Charters>(&*message))
        handled = co_await take_charters(std::move(*charters));
      else if (auto* const statement = std::get_if<sync::StatementMessage>(&*message))
        co_await arrive(std::move(*statement));
      else
        handled = std::visit([this](auto& value) { return on(value); }, *message);
      if (!handled) co_return handled;
      continue;
    }
    const auto count = co_await env::read_some_within(context_.env.clock, kSilenceMax, stream_, buffer);
    if (!count) co_return tl::unexpected(count.error());
    if (*count == 0) co_return frames_.finish();
    frames_.add({buffer.data(), *count});
  }
  co_return Result<void>();
}

Result<void> Link::on(sync::FrontierDigest& message) {
  // One answer a link: it is all that is held here.
  if (std::exchange(digest_taken_, true)) return {};
  std::vector<sync::ProjectState> frontier = frontier_of(context_.store);
  if (sync::frontier_digest(frontier) == message.digest) {
    const env::MonotonicTime now = context_.env.clock.monotonic();
    for (const auto& project : frontier)
      for (const auto& log : project.logs)
        context_.sources.offer(number_, {project.project, log.desk}, log.size, log.size, now);
    return {};
  }
  for (auto& part : sync::split_frontier(std::move(frontier))) post(std::move(part));
  return {};
}

Result<void> Link::on(sync::Frontier& message) {
  for (const auto& project : message.projects) consider(project);
  return {};
}

Result<void> Link::on(sync::CharterRequest& message) {
  if (!context_.store.charter(message.project)) return {};
  outbox_.request_charters(message.project);
  to_send_.notify_all();
  return {};
}

Result<void> Link::on(sync::Charters&) { return {}; }  // see read_frames()

Result<void> Link::on(sync::Subscribe& message) {
  const LogId id = format::log_id(message.log.project, message.log.desk);
  if (!context_.store.log(id)) return {};  // announced once, gone since: its desk was closed
  outbox_.subscribe(id, message.from);
  to_send_.notify_all();
  return {};
}

Result<void> Link::on(sync::Unsubscribe& message) {
  outbox_.unsubscribe(format::log_id(message.log.project, message.log.desk));
  return {};
}

Result<void> Link::on(sync::BundleMessage& message) {
  outstanding_ += message.bundle.size();
  context_.env.metrics.counter(kReceivedMetric).add(message.bundle.size());
  if (outstanding_ > kWindowOctets + format::kBundleBytesMax)
    return fail(kCreditExceeded, "the peer sends more than it was granted");
  arrived_.push_back(std::move(message.bundle));
  arrived_event_.notify_all();
  return {};
}

Result<void> Link::on(sync::Credit& message) {
  outbox_.add_credit(std::min(message.octets, kWindowOctets));
  to_send_.notify_all();
  return {};
}

Result<void> Link::on(sync::Refusal& message) {
  context_.env.metrics.counter(kRefusedByPeersMetric).add();
  refused_by_peer_log_.write(message.project, message.code, message.text);
  return {};
}

Result<void> Link::on(sync::Ping& message) {
  post(sync::Pong{message.token});
  return {};
}

Result<void> Link::on(sync::Pong&) { return {}; }
Result<void> Link::on(sync::SealedHeld& message) {
  if (!slot_lane_) return {};
  slot_lane_->on(message);
  post_slot_messages();
  return {};
}

Result<void> Link::on(sync::SealedRequest& message) {
  if (!slot_lane_) return {};
  if (!slot_lane_->on(message)) return fail(kPeerFloods, "the peer asks for more slots than it may");
  to_send_.notify_all();
  return {};
}

Result<void> Link::on(sync::SealedSlot& message) {
  if (!slot_lane_) return {};
  if (auto wanted = slot_lane_->on(message); !wanted) return wanted;
  if (!message.slot.empty()) tasks_.spawn(take_slot(std::move(message.slot)));
  post_slot_messages();
  return {};
}

Result<void> Link::on(sync::UnknownMessage&) { return {}; }

// ---- what the relay tells the link ----

void Link::announce(const store::Change& change) {
  if (const auto* const grown = std::get_if<store::LogGrown>(&change)) {
    outbox_.announce(grown->log);
  } else if (const auto* const changed = std::get_if<store::CharterChanged>(&change)) {
    const ProjectId project = changed->project;
    outbox_.announce(project);
    announce_closed_logs(project);
    // This charter may let those count that the former one did not. Proofs of retractions come before the logs: an entry
    // without its text is taken only where its retraction is known.
    post(sync::StatementsOfProject{project});
    if (const auto waiting = awaiting_charter_.extract(project)) consider(waiting.mapped());
    look_again(project);
  }
  to_send_.notify_all();
}

// Where the peer's log was cut, its subscription stands at an entry that no longer counts: it subscribes again when it
// learns from the announcement what its closing left.
void Link::announce_closed_logs(const ProjectId& project) {
  const auto charter = context_.store.charter(project);
  if (!charter) return;
  for (const auto& desk : charter->content().closed_desks) {
    const LogId log = format::log_id(project, desk.id);
    outbox_.unsubscribe(log);
    outbox_.announce(log);
  }
}

void Link::subscribe(const format::LogName& name) {
  const auto held = context_.store.log(format::log_id(name.project, name.desk));
  post(sync::Subscribe{name, held ? held->size : 0});
}

void Link::unsubscribe(const format::LogName& name) { post(sync::Unsubscribe{name}); }

}  // namespace tamizdat::federation
