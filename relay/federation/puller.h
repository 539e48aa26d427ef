// Brings the attachments that entries name and that are not whole here, from whatever links there are: asks as Pulls
// decides, stores what comes, ends links whose peers lie. An attachment that turns out to be damaged is brought anew.
// Loop thread only.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>

#include "relay/env/environment.h"
#include "relay/env/event.h"
#include "relay/federation/pulls.h"
#include "relay/store/blobs.h"
#include "relay/store/writer.h"

namespace tamizdat::federation {

class Puller {
 public:
  // A link, as far as it is needed here. Both are called until leave().
  struct Line {
    std::function<void(sync::LinkMessage)> post;
    std::function<void(const Error&)> end;  // the peer lied
  };

  // All outlive it.
  Puller(env::Environment& env, store::Store& store, store::Blobs& blobs);

  // Works until stopped.
  env::awaitable<void> run(std::stop_token stop);

  void join(LinkNumber link, const RelayId& peer, Line line);
  void leave(LinkNumber link);
  // The log grew; `from` is the link that brings it.
  void on_grown(const store::LogGrown& grown, std::optional<LinkNumber> from);

  // What links answer. An error ends the link.
  Result<void> on(LinkNumber link, sync::BlobBlock& block);
  Result<void> on(LinkNumber link, const sync::BlobNotHeld& message);
  void on(LinkNumber link, const sync::BlobHeld& message);

 private:
  env::awaitable<void> scan_store(std::stop_token stop);
  env::awaitable<void> scan_page();
  env::awaitable<void> look_up(std::stop_token stop);
  env::awaitable<void> store_arrived(std::stop_token stop);
  env::awaitable<void> watch(std::stop_token stop);
  env::awaitable<Result<void>> store_one(sync::BlobRun run, Bytes octets);
  Pulls::Arrival take_arrival();
  void settle(const Pulls::Arrival& arrival, const Result<void>& outcome);
  void on_trouble(const BlobId& blob, const Error& error);
  void on_change(const BlobId& blob, store::BlobState state);
  void want(const BlobId& blob, std::optional<LinkNumber> likely = {});
  void show_missing();
  void ask();
  env::awaitable<void> ask_when_due(std::stop_token stop);
  void ask_links();

  env::Environment& env_;
  store::Store& store_;
  store::Blobs& blobs_;
  Pulls pulls_;
  std::map<LinkNumber, Line> lines_;
  std::deque<Pulls::Arrival> arrived_;
  env::Event arrived_event_;
  env::Event to_look_up_;
  // Once a turn of the loop, however much has come meanwhile.
  bool ask_due_ = false;
  env::Event ask_event_;
  // The store is gone through at the start, again when there was no room for all that is missing, and later when some of
  // it was given up: somebody may have it by then.
  bool scan_due_ = true;
  bool scan_again_ = false;
  std::optional<BlobId> scanned_to_;
  std::optional<env::MonotonicTime> given_up_at_;
  env::Event scan_event_;
  std::optional<env::MonotonicTime> paused_since_;  // the disk is full
  env::Counter& asked_;
  env::Counter& received_;
  env::Counter& unneeded_;
  store::Blobs::Changes::Subscription changes_;
};

}  // namespace tamizdat::federation
