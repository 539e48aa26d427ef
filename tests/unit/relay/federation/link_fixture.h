// Two links talk over memory, and a peer that keeps no rule talks to one: what tests of links have in common.
#pragma once

#include "relay/federation/fork_watch.h"
#include "relay/federation/link.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "relay/statements/standing.h"
#include "relay/store/memory_store.h"
#include "relay/store/withholding_store.h"
#include "tests/support/blob_folder.h"
#include "tests/support/counting_random.h"
#include "tests/support/held_statements.h"
#include "tests/support/loop_workers.h"
#include "tests/support/memory_stream.h"
#include "tests/support/project_builder.h"
#include "tests/support/recorded_log.h"
#include "tests/support/recorded_metrics.h"
#include "tests/support/test_loop.h"

namespace tamizdat::federation {

// Passes everything on and remembers the messages that are written.
class OverheardStream final : public env::Stream {
 public:
  OverheardStream(std::unique_ptr<env::Stream> stream, std::vector<sync::LinkMessage>& said)
      : stream_(std::move(stream)), said_(said) {}

  env::awaitable<Result<std::size_t>> read_some(std::span<char> out) override { return stream_->read_some(out); }
  env::awaitable<void> wait_for_input() override { return stream_->wait_for_input(); }
  env::awaitable<Result<void>> write(BytesView bytes) override {
    frames_.add(bytes);
    while (auto frame = tests::must(frames_.next())) said_.push_back(tests::must(sync::parse_link_message(*frame)));
    return stream_->write(bytes);
  }
  env::awaitable<Result<void>> shutdown() override { return stream_->shutdown(); }
  void close() override { stream_->close(); }
  Result<Hash32> exporter() const override { return stream_->exporter(); }

 private:
  std::unique_ptr<env::Stream> stream_;
  std::vector<sync::LinkMessage>& said_;
  sync::FrameReader frames_;
};

template <typename Message>
std::vector<Message> only(const std::vector<sync::LinkMessage>& messages) {
  std::vector<Message> out;
  for (const auto& message : messages)
    if (const auto* const one = std::get_if<Message>(&message)) out.push_back(*one);
  return out;
}

class FillableStore final : public store::MemoryStore {
 public:
  std::vector<Result<store::Committed>> commit(std::span<const store::Batch> batches) override {
    if (!disk_is_full) return MemoryStore::commit(batches);
    return std::vector<Result<store::Committed>>(batches.size(), fail(store::kStoreFailed, "the disk is full"));
  }
  bool disk_is_full = false;
};

// What Federation is to its links.
class Node {
 public:
  Node(tests::TestLoop& loop, env::Network& network, std::string_view name)
      : id(tests::key_from(name, 1).public_key()),
        workers(loop.executor()),
        env{loop.executor(), loop.clock(), random, network, workers, log, metrics},
        writer(store, workers, loop.executor()),
        intake(store, writer, workers, loop.clock()),
        blobs(store, *folder.files, workers),
        statements(env, store, name == "a" ? "the epoch of a.." : "the epoch of b.."),
        charter_forks(env, store, intake, statements.statements),
        puller(env, store, blobs),
        context{env, peers_store, intake, charter_forks, blobs, statements.statements, puller, admission, sources,
                [this](const Sources::Move& move) { move_source(move); }},
        changes(writer.subscribe([this](const store::Change& change) {
          if (const auto* const changed = std::get_if<store::CharterChanged>(&change)) {
            sources.recheck(*store.charter(changed->project));
            statements.statements.on_charter(changed->project);
          }
          for (const auto& [number, link] : links) link->announce(change);
          if (const auto* const grown = std::get_if<store::LogGrown>(&change))
            puller.on_grown(*grown, sources.source(grown->log));
        })),
        fork_watch(env, store, writer, statements.statements,
                   [this](const format::LogName& log_name) { for (const auto& [number, link] : links) link->subscribe(log_name); }),
        statement_changes(statements.statements.subscribe([this](const statements::StatementChange& change) {
          if (statements::concerns_growth(statements.statements, change)) {
            stop_growth(context, change.project, [this](LinkNumber number) {
              return links.contains(number) ? links.at(number) : nullptr;
            });
            for (const auto& [number, link] : links) link->look_again(change.project);
          }
          for (const auto& [number, link] : links) link->announce_statements();
        })) {
    admission.admission = policy::Admission::kOpen;
  }

  void move_source(const Sources::Move& move) {
    if (move.from)
      if (const auto from = links.find(*move.from); from != links.end()) from->second->unsubscribe(move.log);
    if (const auto to = links.find(move.to); to != links.end()) to->second->subscribe(move.log);
  }
  void take(const std::vector<format::VerifiedCharter>& charters) {
    boost::asio::co_spawn(env.executor, commit(charters), boost::asio::detached);
  }
  void take_statement(Bytes statement) {
    boost::asio::co_spawn(env.executor, commit(std::move(statement)), boost::asio::detached);
  }
  void take(format::VerifiedBundle bundle) {
    boost::asio::co_spawn(env.executor, commit(std::move(bundle)), boost::asio::detached);
  }
  std::uint64_t held(const LogId& id_) const {
    const auto found = store.log(id_);
    return found ? found->size : 0;
  }
  double refused(std::string_view reason) const {
    return metrics.value("tamizdat_link_refused_total{reason=\"" + std::string(reason) + "\"}");
  }

  RelayId id;
  tests::LoopWorkers workers;
  tests::CountingRandom random;
  tests::RecordedLog log;
  tests::RecordedMetrics metrics;
  env::Environment env;
  FillableStore store;
  store::Withheld withheld;
  store::WithholdingStore peers_store{store, withheld, store::Audience::kPeers};
  store::Writer writer;
  store::Intake intake;
  tests::BlobFolder folder;
  store::Blobs blobs;
  tests::HeldStatements statements;
  forks::CharterForks charter_forks;
  Puller puller;
  policy::AdmissionRules admission;
  Sources sources;
  LinkContext context;
  std::map<LinkNumber, Link*> links;
  std::vector<sync::LinkMessage> said;
  Result<void> outcome;
  bool ended = false;

 private:
  env::awaitable<void> commit(std::vector<format::VerifiedCharter> charters) {
    const auto done = co_await intake.commit(std::move(charters));
    EXPECT_TRUE(done.has_value());
  }
  env::awaitable<void> commit(format::VerifiedBundle bundle) {
    const auto done = co_await intake.commit(std::move(bundle));
    EXPECT_TRUE(done.has_value());
  }
  env::awaitable<void> commit(Bytes statement) {
    const auto done = co_await statements.statements.take(std::move(statement));
    EXPECT_TRUE(done.has_value());
  }

  store::Writer::Subscription changes;

 public:
  ForkWatch fork_watch;

 private:
  statements::Statements::Changes::Subscription statement_changes;
};

class LinkTest : public testing::Test {
 protected:
  // Something to do, and what must come true then.
  struct Step {
    std::function<void()> act;
    std::function<bool()> until;
  };

  // Links a and b, goes through the steps, and stops both links.
  void talk(std::vector<Step> steps) { loop.run(converse(std::move(steps))); }

  // Speaks these octets to a link of b, ends its own half of the line or not, and listens until b's link has ended.
  // What b said is in b.said.
  enum class Then { kListen, kEnd };
  Result<void> abuse(std::vector<Bytes> octets, Then then = Then::kListen) {
    loop.run(speak(std::move(octets), then));
    return b.outcome;
  }
  static Bytes framed(sync::LinkMessage message) { return sync::frame(sync::serialise_link_message(message)); }

  void fill(Node& node, std::uint64_t entries) {
    if (project.log().size() < entries) project.log().append_articles(entries - project.log().size());
    node.take(project.charters());
    if (entries > 0) node.take(project.log().bundle(0, entries));
    loop.poll();
  }
  bool b_holds(std::uint64_t entries) const { return b.held(log_id) == entries; }

  tests::TestLoop loop;
  tests::MemoryNetwork network;
  tests::ProjectBuilder project;
  LogId log_id = project.log().id();
  Node a{loop, network, "a"};
  Node b{loop, network, "b"};

  env::awaitable<void> run_link(Node& node, LinkNumber number, RelayId peer, env::Stream& stream,
                                std::stop_token stop) {
    Link link(node.context, number, peer, stream, Bytes());
    node.links.emplace(number, &link);
    node.outcome = co_await link.run(stop);
    node.links.erase(number);
    for (const auto& move : node.sources.forget(number, loop.clock().monotonic())) node.move_source(move);
    node.ended = true;
  }

  env::awaitable<void> wait_for(std::function<bool()> condition) {
    for (int i = 0; i < 100 && !condition(); ++i) co_await loop.clock().sleep_for(env::milliseconds(500));
    EXPECT_TRUE(condition()) << "waited in vain";
  }

 private:
  env::awaitable<void> converse(std::vector<Step> steps) {
    auto [left, right] = tests::memory_stream_pair();
    OverheardStream a_end(std::move(left), a.said);
    OverheardStream b_end(std::move(right), b.said);
    env::TaskGroup tasks(loop.executor());
    tasks.spawn(a.puller.run(tasks.token()));
    tasks.spawn(b.puller.run(tasks.token()));
    for (Node* const node : {&a, &b}) {
      tasks.spawn(node->fork_watch.run(tasks.token()));
      tasks.spawn(node->charter_forks.run(tasks.token()));
      tasks.spawn(node->statements.statements.run(tasks.token()));
    }
    tasks.spawn(run_link(a, 1, b.id, a_end, tasks.token()));
    tasks.spawn(run_link(b, 1, a.id, b_end, tasks.token()));
    for (auto& step : steps) {
      if (step.act) step.act();
      co_await wait_for(step.until);
    }
    tasks.stop();
    co_await tasks.join();
  }

  env::awaitable<void> speak(std::vector<Bytes> octets, Then then) {
    auto [left, right] = tests::memory_stream_pair();
    OverheardStream b_end(std::move(right), b.said);
    env::TaskGroup tasks(loop.executor());
    tasks.spawn(b.puller.run(tasks.token()));
    tasks.spawn(run_link(b, 1, a.id, b_end, tasks.token()));
    for (const auto& part : octets) {
      const auto written = co_await left->write(part);
      if (!written) break;
    }
    if (then == Then::kEnd) {
      [[maybe_unused]] const auto ended = co_await left->shutdown();
    }
    std::array<char, 4096> buffer;
    for (;;) {
      const auto count = co_await left->read_some(buffer);
      if (!count || *count == 0) break;
    }
    b.workers.release();
    std::function<bool()> has_ended = [this] { return b.ended; };
    co_await wait_for(std::move(has_ended));
    tasks.stop();
    co_await tasks.join();
  }

 protected:
  // A peer speaks first on link 1 of b, and becomes the source of the log. When a has offered the log on link 2, the peer
  // goes on with these octets.
  env::awaitable<void> mislead(Bytes first, Bytes then, std::function<bool()> until) {
    auto [peer, b_peer] = tests::memory_stream_pair();
    auto [a_end, b_end] = tests::memory_stream_pair();
    env::TaskGroup tasks(loop.executor());
    tasks.spawn(run_link(b, 1, b.id, *b_peer, tasks.token()));
    co_await say(*peer, std::move(first));
    std::function<bool()> peer_is_source = [this] { return b.sources.source(log_id) == LinkNumber{1}; };
    co_await wait_for(std::move(peer_is_source));
    tasks.spawn(run_link(a, 1, b.id, *a_end, tasks.token()));
    tasks.spawn(run_link(b, 2, a.id, *b_end, tasks.token()));
    std::function<bool()> a_offers = [this] { return b.sources.size_at(2, log_id) > 0; };
    co_await wait_for(std::move(a_offers));
    co_await say(*peer, std::move(then));
    co_await wait_for(std::move(until));
    tasks.stop();
    co_await tasks.join();
  }
  static env::awaitable<void> say(env::Stream& stream, Bytes octets) {
    const auto written = co_await stream.write(octets);
    EXPECT_TRUE(written.has_value());
  }

  // Speaks these octets to a link of b and reads nothing until these steps are done; then all there is.
  env::awaitable<void> stall_while(std::vector<Bytes> octets, std::vector<Step> steps) {
    auto [left, right] = tests::memory_stream_pair();
    OverheardStream b_end(std::move(right), b.said);
    env::TaskGroup tasks(loop.executor());
    tasks.spawn(run_link(b, 1, a.id, b_end, tasks.token()));
    for (auto& part : octets) co_await say(*left, std::move(part));
    for (auto& step : steps) {
      co_await loop.clock().sleep_for(env::milliseconds(1'000));
      step.act();
      co_await wait_for(step.until);
    }
    tasks.spawn(read_all(*left));
    co_await loop.clock().sleep_for(env::milliseconds(1'000));
    tasks.stop();
    co_await tasks.join();
  }
  static env::awaitable<void> read_all(env::Stream& stream) {
    std::array<char, 4096> buffer;
    for (;;) {
      const auto count = co_await stream.read_some(buffer);
      if (!count || *count == 0) co_return;
    }
  }

  // Speaks these octets to a link of b, reads nothing, and stops the link when it has had time to answer.
  env::awaitable<void> stall_and_stop(std::vector<Bytes> octets) {
    auto [left, right] = tests::memory_stream_pair();
    env::TaskGroup tasks(loop.executor());
    tasks.spawn(run_link(b, 1, a.id, *right, tasks.token()));
    for (const auto& part : octets) {
      const auto written = co_await left->write(part);
      EXPECT_TRUE(written.has_value());
    }
    co_await loop.clock().sleep_for(env::milliseconds(1'000));
    tasks.stop();
    co_await tasks.join();
  }
};

}  // namespace tamizdat::federation
