#include "relay/federation/link.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "relay/env/deadline.h"

namespace tamizdat::federation {
namespace {

constexpr env::MetricName kRefusedMetric{"tamizdat_link_refused_total", "What peers sent and this relay did not take."};
// Without their codes, which peers could invent.
constexpr env::MetricName kRefusedByPeersMetric{"tamizdat_link_refusals_by_peers_total",
                                                "What this relay sent or announced and peers did not take."};
constexpr env::MetricName kReceivedMetric{"tamizdat_link_received_octets_total", "Octets of bundles received from peers."};
constexpr env::MetricName kSentMetric{"tamizdat_link_sent_octets_total", "Octets of bundles sent to peers."};

// How long an ending link may take to tell the peer why.
constexpr env::milliseconds kFarewellMax{5'000};
// With a full disk nothing gets better sooner.
constexpr env::milliseconds kStoreRetryDelay{10'000};
constexpr std::size_t kReadBytes = 64 * 1024;

// The peer told us less of this project than its own charter version needs: newer facts replace older ones.
void merge(const sync::ProjectState& from, sync::ProjectState& to) {
  to.charter_version = from.charter_version;
  to.charter_hash = from.charter_hash;
  for (const auto& log : from.logs) {
    const auto known = std::ranges::find(to.logs, log.desk, &sync::LogState::desk);
    if (known == to.logs.end())
      to.logs.push_back(log);
    else
      *known = log;
  }
}

// Errors by which a bundle is no lie of this peer: another charter is in force there, or somebody gave it entries
// without their bodies. Only this log is not taken from it.
bool spoils_one_log(ErrorCode code) {
  return code == store::kUnknownProject || code == format::kHeadOfUnknownDesk || code == format::kHeadOfClosedDesk ||
         code == policy::kBodyMissing;
}

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
      refused_log_(context.env.log, "refused from peer", peer),
      refused_by_peer_log_(context.env.log, "peer refuses", peer),
      tasks_(context.env.executor) {
  frames_.add(read_ahead);
}

env::awaitable<Result<void>> Link::run(std::stop_token stop) {
  const std::stop_callback<std::function<void()>> on_stop(stop, [this] { close(); });
  post(sync::Credit{kWindowOctets});
  post(sync::FrontierDigest{sync::frontier_digest(frontier_of(context_.store))});
  tasks_.spawn(read_messages());
  tasks_.spawn(take_bundles(tasks_.token()));
  auto written = co_await write_all();
  end(std::move(written));
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
    } else if (auto frontier = outbox_.take_frontier(context_.store, peer_size)) {
      written = co_await write_message(*std::move(frontier));
    } else if (const auto range = outbox_.next_range(context_.store)) {
      written = co_await write_range(*range);
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

void Link::consider(const sync::ProjectState& project) {
  if (refused_.contains(project.project)) return;
  if (auto allowed = policy::admit_project(context_.admission, project.project); !allowed)
    return refuse_project(project.project, allowed.error());
  const auto charter = context_.store.charter(project.project);
  if (!charter || charter->version() < project.charter_version) return await_charter(project);
  if (charter->version() == project.charter_version && charter->hash() != project.charter_hash)
    return refuse_project(project.project, {format::kCharterForked, "another charter of the same version is in force "
                                                                    "here: two charters contradict each other"});
  offer_logs(*charter, project);
}

void Link::await_charter(const sync::ProjectState& project) {
  const auto [waiting, first] = awaiting_charter_.try_emplace(project.project, project);
  if (awaiting_charter_.size() > kProjectsMax) return end_flood("the peer announces too many projects");
  const bool asked = !first && waiting->second.charter_version == project.charter_version;
  merge(project, waiting->second);
  if (waiting->second.logs.size() > sync::kProjectLogsMax)
    return end_flood("the peer announces more logs of a project than a charter can have desks");
  if (!asked) post(sync::CharterRequest{project.project});
}

void Link::offer_logs(const format::VerifiedCharter& charter, const sync::ProjectState& project) {
  for (const auto& log : project.logs) {
    const format::ClosedDesk* const closed = charter.content().closed_desk(log.desk);
    if (closed == nullptr && charter.content().desk(log.desk) == nullptr) continue;
    if (closed != nullptr && log.size > closed->size) continue;  // of a peer that has not taken the charter yet
    const format::LogName name{project.project, log.desk};
    const LogId id = format::log_id(name.project, name.desk);
    const auto held = context_.store.log(id);
    const std::uint64_t held_size = held ? held->size : 0;
    // A source that announces the log has ended the subscription when it took the charter (announce_closed_logs).
    if (closed != nullptr && context_.sources.source(id) == number_ && log.size > held_size) subscribe(name);
    apply(context_.sources.offer(number_, name, log.size, held_size, context_.env.clock.monotonic()));
  }
}

void Link::apply(const std::optional<Sources::Move>& move) {
  if (move) context_.move_source(*move);
}

Result<void> Link::on(sync::CharterRequest& message) {
  if (!context_.store.charter(message.project)) return {};
  outbox_.request_charters(message.project);
  to_send_.notify_all();
  return {};
}

Result<void> Link::on(sync::Charters&) { return {}; }  // see take_charters()

// Within the reading coroutine, so that nothing that depends on the charters is looked at before they are durable.
env::awaitable<Result<void>> Link::take_charters(sync::Charters message) {
  for (auto& charter : message.signed_charters) {
    chain_octets_ += charter.size();
    chain_.push_back(std::move(charter));
  }
  if (chain_.size() > format::kCharterChainMax || chain_octets_ > format::kCharterChainBytesMax)
    co_return fail(kPeerFloods, "the peer sends a charter chain without an end");
  if (message.more) co_return Result<void>();
  chain_octets_ = 0;
  auto chain = co_await context_.intake.verify_charters(std::exchange(chain_, {}));
  if (!chain) co_return tl::unexpected(chain.error());
  const ProjectId project = chain->front().project();
  if (auto allowed = policy::admit_project(context_.admission, project); !allowed) {
    refuse(project, allowed.error());
    co_return Result<void>();
  }
  const auto taken = co_await context_.intake.commit(*std::move(chain));
  if (!taken && taken.error().code == store::kStoreFailed) {
    if (awaiting_charter_.contains(project) && asking_again_.insert(project).second) {
      context_.env.log.error("cannot store charters that peers send", {{"error", taken.error()}});
      tasks_.spawn(ask_again(project, tasks_.token()));
    }
  } else if (!taken) {
    refuse(project, taken.error());
  }
  co_return Result<void>();
}

// Beside the reader, which goes on taking what needs no disk.
env::awaitable<void> Link::ask_again(ProjectId project, std::stop_token stop) {
  co_await context_.env.clock.sleep_for(kStoreRetryDelay, stop);
  asking_again_.erase(project);
  if (!stop.stop_requested() && awaiting_charter_.contains(project)) post(sync::CharterRequest{project});
}

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
Result<void> Link::on(sync::UnknownMessage&) { return {}; }

// ---- taking bundles ----

env::awaitable<void> Link::take_bundles(std::stop_token stop) {
  while (!stop.stop_requested()) {
    if (arrived_.empty()) {
      co_await arrived_event_.wait(stop);
      continue;
    }
    Bytes bytes = std::move(arrived_.front());
    arrived_.pop_front();
    const std::size_t octets = bytes.size();
    const auto name = format::peek_log(bytes);
    auto bundle = co_await context_.intake.verify_bundle(std::move(bytes));
    Result<void> usable;
    if (!bundle)
      usable = tl::unexpected(bundle.error());
    else
      usable = policy::admit_bundle(context_.admission, *bundle);
    if (usable) {
      tasks_.spawn(commit_bundle(*std::move(bundle), octets, stop));
      continue;
    }
    refuse(name ? name->project : ProjectId(), usable.error());
    if (!name || !spoils_one_log(usable.error().code)) co_return end(std::move(usable));
    outstanding_ -= octets;
    post(sync::Credit{octets});
    // A branch that a closing ended was under way before the peer took the charter; then it ends the subscription itself,
    // and what its closing left may be subscribed to by now.
    if (usable.error().code != format::kHeadOfClosedDesk) give_up(*name);
  }
}

// Runs beside the next bundle's verification, so that the writer can gather a group. Credit follows durability.
env::awaitable<void> Link::commit_bundle(format::VerifiedBundle bundle, std::size_t octets, std::stop_token stop) {
  const format::LogName name{bundle.head().project(), bundle.head().desk()};
  const LogId id = bundle.head().log();
  const auto committed = co_await context_.intake.commit(std::move(bundle));
  if (!committed && committed.error().code == store::kStoreFailed) {
    context_.env.log.error("cannot store what peers send", {{"error", committed.error()}});
    co_await context_.env.clock.sleep_for(kStoreRetryDelay, stop);
  }
  if (stop.stop_requested()) co_return;
  outstanding_ -= octets;
  post(sync::Credit{octets});
  if (committed) {
    context_.sources.progress(id, committed->size_after, context_.env.clock.monotonic());
  } else if (committed.error().code == store::kLogForked) {
    refuse(name.project, committed.error());
    give_up(name);
  } else if (context_.sources.source(id) == number_) {
    subscribe(name);  // a gap, or another charter since: from what is held now
  }
}

// Another peer may bring the log whole.
void Link::give_up(const format::LogName& name) {
  unsubscribe(name);
  apply(context_.sources.give_up(number_, format::log_id(name.project, name.desk), context_.env.clock.monotonic()));
}

void Link::end_flood(std::string_view why) {
  if (ended_) return;
  count_refusal(kPeerFloods);
  end(fail(kPeerFloods, std::string(why)));
}

// Told once a link. A peer that may have many projects may announce them all; above what is remembered they are only
// counted.
void Link::refuse_project(const ProjectId& project, const Error& error) {
  if (refused_.size() >= kProjectsMax) return count_refusal(error.code);
  refused_.insert(project);
  refuse(project, error);
}

void Link::count_refusal(ErrorCode code) {
  context_.env.metrics.counter(kRefusedMetric, {{"reason", code.name()}}).add();
}

void Link::refuse(const ProjectId& project, const Error& error) {
  count_refusal(error.code);
  refused_log_.write(project, error.code.name(), error.text);
  post(sync::Refusal{project, std::string(error.code.name()), error.text});
}

// ---- what the relay tells the link ----

void Link::announce(const store::Change& change) {
  if (const auto* const grown = std::get_if<store::LogGrown>(&change)) {
    outbox_.announce(grown->log);
  } else {
    const ProjectId& project = std::get<store::CharterChanged>(change).project;
    outbox_.announce(project);
    announce_closed_logs(project);
    if (const auto waiting = awaiting_charter_.extract(project)) consider(waiting.mapped());
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
