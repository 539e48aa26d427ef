#include "relay/federation/puller.h"

#include <utility>
#include <vector>

#include "proto/format/attachment.h"
#include "proto/format/limits.h"
#include "relay/env/task_group.h"

namespace tamizdat::federation {
namespace {

constexpr env::MetricName kMissingMetric{"tamizdat_attachments_missing",
                                         "Attachments that entries name and that are not whole here, as far as known."};
constexpr env::MetricName kAskedMetric{"tamizdat_link_asked_blocks_total",
                                       "Blocks of attachments and of their leaf hashes asked of peers."};
constexpr env::MetricName kReceivedMetric{"tamizdat_link_received_blocks_total",
                                          "Blocks of attachments and of their leaf hashes received from peers."};
constexpr env::MetricName kUnneededMetric{"tamizdat_link_unneeded_blocks_total",
                                          "Of these, blocks that were here already or not wanted any more."};

constexpr env::milliseconds kWatchInterval{1'000};
// With a full disk nothing gets better sooner.
constexpr env::milliseconds kDiskRetryDelay{10'000};
// A file that cannot be used concerns one attachment, and rarely mends itself.
constexpr env::milliseconds kFileRetryDelay{300'000};
// The store is gone through again so long after some of what is missing was given up.
constexpr env::milliseconds kRescanDelay{300'000};
constexpr std::size_t kScanPage = 256;
// Blocks that are stored in one go; and how many such are under way, so that one that waits for the disk holds up nobody.
constexpr std::uint64_t kStoreRunMax = 64;
constexpr int kStoreTasks = 2;

std::vector<Hash32> split_leaves(BytesView octets) {
  std::vector<Hash32> leaves;
  for (; !octets.empty(); octets.remove_prefix(sizeof(Hash32::octets)))
    leaves.push_back(*Hash32::from(octets.substr(0, sizeof(Hash32::octets))));
  return leaves;
}

bool is_a_lie(const Error& error) { return error.code == format::kBlobLeavesWrong || error.code == format::kBlockWrong; }

}  // namespace

Puller::Puller(env::Environment& env, store::Store& store, store::Blobs& blobs)
    : env_(env),
      store_(store),
      blobs_(blobs),
      asked_(env.metrics.counter(kAskedMetric)),
      received_(env.metrics.counter(kReceivedMetric)),
      unneeded_(env.metrics.counter(kUnneededMetric)),
      changes_(blobs.subscribe([this](const BlobId& blob, store::BlobState state) { on_change(blob, state); })) {}

env::awaitable<void> Puller::run(std::stop_token stop) {
  env::TaskGroup tasks(env_.executor, stop);
  tasks.spawn(scan_store(tasks.token()));
  tasks.spawn(look_up(tasks.token()));
  for (int i = 0; i < kStoreTasks; ++i) tasks.spawn(store_arrived(tasks.token()));
  tasks.spawn(watch(tasks.token()));
  tasks.spawn(ask_when_due(tasks.token()));
  co_await tasks.join();
}

// ---- links ----

void Puller::join(LinkNumber link, const RelayId& peer, Line line) {
  lines_.emplace(link, std::move(line));
  pulls_.join(link, peer);
  ask();
}

void Puller::leave(LinkNumber link) {
  lines_.erase(link);
  pulls_.leave(link);
  ask();
}

Result<void> Puller::on(LinkNumber link, sync::BlobBlock& block) {
  received_.add();
  auto taken = pulls_.on_block(link, std::move(block), env_.clock.monotonic());
  if (!taken) return pass(taken);
  if (!taken->was_needed) unneeded_.add();
  if (taken->to_store) {
    arrived_.push_back(*std::move(taken->to_store));
    arrived_event_.notify_all();
  }
  ask();
  return {};
}

Result<void> Puller::on(LinkNumber link, const sync::BlobNotHeld& message) {
  if (auto fits = pulls_.on_not_held(link, message.run, env_.clock.monotonic()); !fits) return fits;
  ask();
  return {};
}

void Puller::on(LinkNumber link, const sync::BlobHeld& message) {
  if (pulls_.on_held(link, message.blob)) ask();
}

void Puller::ask() {
  ask_due_ = true;
  ask_event_.notify_all();
}

env::awaitable<void> Puller::ask_when_due(std::stop_token stop) {
  while (!stop.stop_requested()) {
    if (std::exchange(ask_due_, false))
      ask_links();
    else
      co_await ask_event_.wait(stop);
  }
}

// In turns, so that links share what several of them have.
void Puller::ask_links() {
  if (paused_since_) return;
  for (bool asked = true; asked;) {
    asked = false;
    for (const auto& [number, line] : lines_) {
      const auto run = pulls_.next(number, env_.clock.monotonic());
      if (!run) continue;
      line.post(sync::BlobRequest{*run});
      asked_.add(run->count);
      asked = true;
    }
  }
  to_look_up_.notify_all();
}

env::awaitable<void> Puller::watch(std::stop_token stop) {
  for (;;) {
    const env::Wake wake = co_await env_.clock.sleep_for(kWatchInterval, stop);
    if (wake == env::Wake::kStopped) co_return;
    const env::MonotonicTime now = env_.clock.monotonic();
    if (paused_since_ && now - *paused_since_ >= kDiskRetryDelay) paused_since_.reset();
    pulls_.watch(now);
    if (scan_due_ && pulls_.is_full() && pulls_.make_room() > 0) given_up_at_ = now;
    if (given_up_at_ && !scan_due_ && now - *given_up_at_ >= kRescanDelay) {
      given_up_at_.reset();
      scan_due_ = true;
    }
    scan_event_.notify_all();
    show_missing();
    ask();
  }
}

// ---- what is missing ----

void Puller::want(const BlobId& blob, std::optional<LinkNumber> likely) {
  if (blobs_.state(blob) == store::BlobState::kWhole || pulls_.want(blob, likely)) return;
  scan_again_ = scan_due_;
  scan_due_ = true;
}

void Puller::on_grown(const store::LogGrown& grown, std::optional<LinkNumber> from) {
  for (const auto& blob : grown.blobs) want(blob, from);
  if (!grown.blobs.empty()) ask();
}

void Puller::on_change(const BlobId& blob, store::BlobState state) {
  if (state == store::BlobState::kWhole)
    pulls_.forget(blob);
  else
    want(blob);
  show_missing();
  ask();
}

void Puller::show_missing() { env_.metrics.gauge(kMissingMetric).set(static_cast<double>(pulls_.wanted())); }

env::awaitable<void> Puller::scan_store(std::stop_token stop) {
  while (!stop.stop_requested()) {
    if (scan_due_ && !pulls_.is_full())
      co_await scan_page();
    else
      co_await scan_event_.wait(stop);
  }
}

env::awaitable<void> Puller::scan_page() {
  auto read = [this, after = scanned_to_] { return store_.blobs_after(after, kScanPage); };
  const auto page = co_await env::run_blocking(env_.workers, std::move(read));
  for (const auto& blob : page) {
    if (blobs_.state(blob) != store::BlobState::kWhole) {
      const bool named = co_await blobs_.is_named(blob);
      const bool came_meanwhile = blobs_.state(blob) == store::BlobState::kWhole;
      if (named && !came_meanwhile && !pulls_.want(blob)) break;
    }
    scanned_to_ = blob;
  }
  if (page.size() < kScanPage && scanned_to_ == (page.empty() ? scanned_to_ : page.back())) {
    scan_due_ = std::exchange(scan_again_, false);
    scanned_to_.reset();
  }
  ask();
}

env::awaitable<void> Puller::look_up(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const auto blob = pulls_.next_to_look_up();
    if (!blob) {
      co_await to_look_up_.wait(stop);
      continue;
    }
    const auto lack = co_await blobs_.lacking(*blob);
    if (blobs_.state(*blob) == store::BlobState::kWhole) {
      pulls_.forget(*blob);
    } else if (lack) {
      pulls_.looked_up(*blob, lack->leaves ? Pulls::Leaves::kMissing : Pulls::Leaves::kHeld, lack->blocks);
    } else if (lack.error().code == store::kBlobNotNamed) {
      pulls_.forget(*blob);
    } else {
      on_trouble(*blob, lack.error());
    }
    ask();
  }
}

// ---- storing ----

env::awaitable<void> Puller::store_arrived(std::stop_token stop) {
  while (!stop.stop_requested()) {
    if (arrived_.empty()) {
      co_await arrived_event_.wait(stop);
      continue;
    }
    auto arrival = take_arrival();
    const auto outcome = co_await store_one(arrival.run, std::move(arrival.octets));
    settle(arrival, outcome);
    ask();
  }
}

// The next block, and those that follow it in the attachment and here.
Pulls::Arrival Puller::take_arrival() {
  Pulls::Arrival out = std::move(arrived_.front());
  arrived_.pop_front();
  while (!arrived_.empty() && out.run.part == sync::BlobPart::kContent && out.run.count < kStoreRunMax) {
    const Pulls::Arrival& next = arrived_.front();
    if (next.link != out.link || next.run.blob != out.run.blob || next.run.part != out.run.part ||
        next.run.first != out.run.first + out.run.count)
      break;
    out.octets += next.octets;
    ++out.run.count;
    arrived_.pop_front();
  }
  return out;
}

env::awaitable<Result<void>> Puller::store_one(sync::BlobRun run, Bytes octets) {
  if (run.part == sync::BlobPart::kLeaves) {
    auto leaves = split_leaves(octets);
    auto put = co_await blobs_.put_leaves(run.blob, std::move(leaves));
    co_return put;
  }
  auto put = co_await blobs_.put_blocks(run.blob, run.first, std::move(octets));
  if (!put) co_return pass(put);
  co_return Result<void>();
}

void Puller::settle(const Pulls::Arrival& arrival, const Result<void>& outcome) {
  if (outcome) return pulls_.stored(arrival.link, arrival.run);
  pulls_.lost(arrival.link, arrival.run);
  const Error& error = outcome.error();
  if (is_a_lie(error)) {
    pulls_.distrust(arrival.peer, env_.clock.monotonic());
    if (const auto line = lines_.find(arrival.link); line != lines_.end()) line->second.end(error);
  } else if (error.code == store::kBlobNotNamed) {
    pulls_.forget(arrival.run.blob);
  } else if (error.code == store::kBlobLeavesMissing) {
    pulls_.look_up_again(arrival.run.blob);
  } else {
    on_trouble(arrival.run.blob, error);
  }
}

// A full disk stops all attachments, what is wrong with files of one stops that one.
void Puller::on_trouble(const BlobId& blob, const Error& error) {
  const env::MonotonicTime now = env_.clock.monotonic();
  if (error.code == store::kBlobDamaged) return pulls_.look_up_again(blob);
  if (error.code != store::kDiskFull) {
    env_.log.error("cannot use the files of an attachment", {{"attachment", blob.text()}, {"error", error}});
    return pulls_.defer(blob, now + kFileRetryDelay);
  }
  if (paused_since_) return;
  env_.log.error("cannot store attachments that peers send", {{"error", error}});
  paused_since_ = now;
}

}  // namespace tamizdat::federation
