// One relay among its peers: when it dials, whose links it takes, and which of two links it keeps. The peer is played by
// hand.
#include "relay/federation/federation.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <set>

#include "relay/store/memory_store.h"
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
namespace {

using env::milliseconds;

// Two keys, the one with the smaller relay id first.
std::pair<format::SigningKey, format::SigningKey> two_identities() {
  auto one = tests::key_from("identity", 1);
  auto other = tests::key_from("identity", 2);
  if (other.public_key() < one.public_key()) std::swap(one, other);
  return {std::move(one), std::move(other)};
}

class FederationTest : public testing::Test {
 protected:
  enum class Self { kSmallerId, kLargerId };

  void SetUp() override { begin(Self::kSmallerId); }
  void TearDown() override { EXPECT_FALSE(federation) << "end() was not called"; }

  // The relay of this test.
  void begin(Self self) {
    federation.reset();
    charter_forks.reset();
    auto [smaller, larger] = two_identities();
    self_key = std::make_unique<format::SigningKey>(std::move(self == Self::kSmallerId ? smaller : larger));
    peer_key = std::make_unique<format::SigningKey>(std::move(self == Self::kSmallerId ? larger : smaller));
    environment.emplace(env::Environment{loop.executor(), loop.clock(), random, network, workers, log, metrics});
    statements.emplace(*environment, store);
    charter_forks.emplace(*environment, store, intake, statements->statements);
    federation.emplace(*environment, store, writer, intake, *charter_forks, blobs, statements->statements, *self_key, settings_with({peer_line()}));
  }
  sync::RelayAddress peer_line() const { return {id(*peer_key), place.host, place.port, Hash32(), "/link"}; }
  static sync::RelayAddress another_line() {
    return {id(tests::key_from("identity", 3)), "other.example", 8443, Hash32(), "/link"};
  }
  static Settings settings_with(std::vector<sync::RelayAddress> peers) {
    Settings settings;
    settings.peers = std::move(peers);
    return settings;
  }
  static RelayId id(const format::SigningKey& key) { return RelayId(key.public_key()); }
  sync::LinkEnds opened_by_peer() const { return {id(*peer_key), id(*self_key)}; }

  // Runs the relay while the peer does this, and ends it.
  void while_it_runs(env::awaitable<void> peer) {
    loop.run(run_both(std::move(peer)));
    federation.reset();
  }

  // Times between failed dials, until there are so many.
  env::awaitable<void> fail_to_dial(std::size_t times) {
    std::vector<milliseconds> at;
    log.on_line = [this, times, &at](const std::string& line) {
      if (line.find("link lost") != std::string::npos) at.push_back(loop.clock().elapsed());
      if (at.size() > times + 100) running.request_stop();  // it does not wait at all, and time stands still
    };
    while (at.size() <= times) co_await loop.clock().sleep_for(milliseconds(100));
    log.on_line = {};
    for (std::size_t i = 1; i < at.size(); ++i) waits.push_back(at[i] - at[i - 1]);
    waits.resize(times);
  }

  // The peer comes up after four failed dials, keeps the link for so long, cuts it, and measures the wait.
  env::awaitable<void> link_for(milliseconds duration) {
    co_await fail_to_dial(3);
    const auto listener = tests::must(network.listen(place, env::Transport::kTls));
    auto dialled = co_await listener->accept();
    const auto stream = tests::must(std::move(dialled));
    co_await answer_upgrade(*stream);
    co_await loop.clock().sleep_for(duration);
    const milliseconds cut_at = loop.clock().elapsed();
    stream->close();
    const auto again = co_await listener->accept();
    EXPECT_TRUE(again.has_value());
    waits = {loop.clock().elapsed() - cut_at};
  }

  // The responder's half of an Upgrade.
  env::awaitable<void> answer_upgrade(env::Stream& stream) {
    Bytes head;
    std::array<char, 4096> buffer;
    while (head.find("\r\n\r\n") == Bytes::npos) {
      const auto count = co_await stream.read_some(buffer);
      head.append(buffer.data(), tests::must(count));
    }
    const std::string field = std::string(sync::kLinkHeader) + ": ";
    const auto at = head.find(field) + field.size();
    const std::string hello = head.substr(at, head.find("\r\n", at) - at);
    const Hash32 exporter = tests::must(stream.exporter());
    const auto ends = tests::must(sync::verify_link_hello(sync::LinkRole::kInitiator, hello, id(*peer_key), exporter));
    const Bytes answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tamizdat-link/1\r\n" + field +
                         sync::make_link_hello(sync::LinkRole::kResponder, ends, exporter, *peer_key) + "\r\n\r\n";
    const auto written = co_await stream.write(answer);
    EXPECT_TRUE(written.has_value());
  }

  // The relay takes a link that the peer opened.
  env::awaitable<void> serve(env::Stream& stream, bool& ended) {
    co_await federation->serve_link(opened_by_peer(), stream, Bytes(), serving.get_token());
    ended = true;
  }
  env::awaitable<void> settle() { co_await loop.clock().sleep_for(milliseconds(100)); }
  double links() const { return metrics.value("tamizdat_links"); }

  // Both ends dial at the same time: the peer's link is open when the relay's own dial comes through.
  env::awaitable<void> dial_both_ways() {
    const auto listener = tests::must(network.listen(place, env::Transport::kTls));
    auto dialled = co_await listener->accept();
    const auto from_self = tests::must(std::move(dialled));
    auto [peer_end, self_end] = tests::memory_stream_pair();
    env::TaskGroup tasks(loop.executor());
    tasks.spawn(serve(*self_end, peers_link_ended));
    co_await settle();
    EXPECT_EQ(links(), 1);
    co_await answer_upgrade(*from_self);
    co_await settle();
    EXPECT_EQ(links(), 1);
    std::array<char, 1> octet;
    const auto count = co_await from_self->read_some(octet);
    own_link_lives = count.has_value();
    serving.request_stop();
    co_await tasks.join();
  }

  env::awaitable<void> open_twice() {
    auto [first_peer, first] = tests::memory_stream_pair();
    auto [second_peer, second] = tests::memory_stream_pair();
    bool first_ended = false;
    bool second_ended = false;
    env::TaskGroup tasks(loop.executor());
    tasks.spawn(serve(*first, first_ended));
    co_await settle();
    tasks.spawn(serve(*second, second_ended));
    co_await settle();
    EXPECT_TRUE(first_ended);
    EXPECT_FALSE(second_ended);
    EXPECT_EQ(links(), 1);
    serving.request_stop();
    co_await tasks.join();
  }

  // The peer has opened a link; then these settings are put in force.
  env::awaitable<void> change_settings(Settings settings) {
    auto [peer_end, self_end] = tests::memory_stream_pair();
    env::TaskGroup tasks(loop.executor());
    tasks.spawn(serve(*self_end, peers_link_ended));
    co_await settle();
    EXPECT_EQ(links(), 1);
    federation->use_settings(std::move(settings));
    co_await settle();
    link_ended_by_change = peers_link_ended;
    serving.request_stop();
    co_await tasks.join();
  }

  // How often the relay dials the place of `peer` in a minute after these settings were put in force.
  env::awaitable<void> count_dials(Settings settings, env::Address peer, std::size_t& dials) {
    co_await settle();  // it dials the first peer, in vain
    federation->use_settings(std::move(settings));
    const auto listener = tests::must(network.listen(peer, env::Transport::kTls));
    env::TaskGroup tasks(loop.executor());
    tasks.spawn(hang_up(*listener, dials));
    co_await loop.clock().sleep_for(std::chrono::minutes(1));
    listener->close();
    co_await tasks.join();
  }
  static env::awaitable<void> hang_up(env::Listener& listener, std::size_t& dials) {
    for (;;) {
      const auto dialled = co_await listener.accept();
      if (!dialled) co_return;
      ++dials;
      (*dialled)->close();
    }
  }

  // A peer that was welcomed while it was configured.
  env::awaitable<void> leave_during_the_handshake() {
    federation->use_settings(settings_with({}));
    auto [peer_end, self_end] = tests::memory_stream_pair();
    co_await federation->serve_link(opened_by_peer(), *self_end, Bytes(), serving.get_token());
  }

  tests::TestLoop loop;
  tests::LoopWorkers workers{loop.executor()};
  tests::CountingRandom random;
  tests::MemoryNetwork network;
  tests::RecordedLog log;
  tests::RecordedMetrics metrics;
  const env::Address place{"peer.example", 8443};
  std::unique_ptr<format::SigningKey> self_key, peer_key;
  std::optional<env::Environment> environment;
  std::optional<tests::HeldStatements> statements;
  store::MemoryStore store;
  store::Writer writer{store, workers, loop.executor()};
  store::Intake intake{store, writer, workers, loop.clock()};
  std::optional<forks::CharterForks> charter_forks;
  tests::BlobFolder folder;
  store::Blobs blobs{store, *folder.files, workers};
  std::optional<Federation> federation;
  std::stop_source running, serving;
  std::vector<milliseconds> waits;
  bool peers_link_ended = false;
  bool own_link_lives = false;
  bool link_ended_by_change = false;

 private:
  env::awaitable<void> run_both(env::awaitable<void> peer) {
    env::TaskGroup tasks(loop.executor(), running.get_token());
    tasks.spawn(federation->run(tasks.token()));
    co_await std::move(peer);
    tasks.stop();
    co_await tasks.join();
  }
};

// ---- dialling ----

// These waits with jitter of one half, as the relay's random source draws them from its first draw on.
std::vector<milliseconds> with_jitter(const std::vector<int>& delays) {
  tests::CountingRandom random;
  std::vector<milliseconds> out;
  for (const int delay : delays) out.push_back(random.between(milliseconds(delay / 2), milliseconds(delay)));
  return out;
}

TEST_F(FederationTest, DoublesTheWaitAfterEachFailureUpToAMinute) {
  while_it_runs(fail_to_dial(9));
  const auto expected = with_jitter({500, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000});
  EXPECT_EQ(waits, expected);
  EXPECT_GT(std::set(waits.begin(), waits.end()).size(), 5U);
}

TEST_F(FederationTest, BeginsAnewAfterALinkThatLasted) {
  while_it_runs(link_for(Federation::kRetryDelayMax + milliseconds(1)));
  EXPECT_EQ(waits.back(), with_jitter({500, 1000, 2000, 4000, 500}).back());
}

TEST_F(FederationTest, GoesOnDoublingAfterALinkThatDidNotLast) {
  while_it_runs(link_for(milliseconds(1000)));
  EXPECT_EQ(waits.back(), with_jitter({500, 1000, 2000, 4000, 8000}).back());
}

// ---- two links to one peer ----

TEST_F(FederationTest, KeepsItsOwnLinkOfTwoThatWereDialledAtOnceIfItsIdIsSmaller) {
  while_it_runs(dial_both_ways());
  EXPECT_TRUE(own_link_lives);
  EXPECT_TRUE(peers_link_ended);
}

TEST_F(FederationTest, KeepsThePeersLinkOfTwoThatWereDialledAtOnceIfItsIdIsLarger) {
  begin(Self::kLargerId);
  while_it_runs(dial_both_ways());
  EXPECT_FALSE(own_link_lives);
}

// The peer lost the first one, and this end has not noticed.
TEST_F(FederationTest, TakesASecondLinkFromTheSameEndForTheFirst) {
  while_it_runs(open_twice());
}

// ---- other settings while it runs ----

TEST_F(FederationTest, APeerThatStaysKeepsItsLinkWhenOthersComeAndGo) {
  while_it_runs(change_settings(settings_with({another_line(), peer_line()})));
  EXPECT_FALSE(link_ended_by_change);
}

TEST_F(FederationTest, APeerThatIsGoneLosesTheLinkThatItOpened) {
  while_it_runs(change_settings(settings_with({another_line()})));
  EXPECT_TRUE(link_ended_by_change);
}

TEST_F(FederationTest, APeerWithAnotherAddressLineIsLinkedAnew) {
  auto moved = peer_line();
  moved.port = 9443;
  while_it_runs(change_settings(settings_with({moved})));
  EXPECT_TRUE(link_ended_by_change);
}

TEST_F(FederationTest, OtherRulesOfAdmissionBeginEveryLinkAnew) {
  auto settings = settings_with({peer_line()});
  settings.admission.admission = policy::Admission::kOpen;
  while_it_runs(change_settings(std::move(settings)));
  EXPECT_TRUE(link_ended_by_change);
}

TEST_F(FederationTest, ANewPeerIsDialled) {
  std::size_t dials = 0;
  while_it_runs(count_dials(settings_with({peer_line(), another_line()}), {"other.example", 8443}, dials));
  EXPECT_GT(dials, 3U);
}

TEST_F(FederationTest, APeerThatIsGoneIsNotDialled) {
  std::size_t dials = 0;
  while_it_runs(count_dials(settings_with({another_line()}), place, dials));
  EXPECT_EQ(dials, 0U);
}

TEST_F(FederationTest, APeerThatLeftDuringTheHandshakeGetsNoLink) {
  while_it_runs(leave_during_the_handshake());
  EXPECT_FALSE(log.has_line_with("link open"));
}

// ---- welcome ----

class WelcomeTest : public FederationTest {
 protected:
  Result<Federation::Welcome> welcome(const format::SigningKey& initiator, const Hash32& exporter) {
    const sync::LinkEnds ends{id(initiator), id(*self_key)};
    return federation->welcome(sync::make_link_hello(sync::LinkRole::kInitiator, ends, ours, initiator), exporter);
  }
  void TearDown() override { federation.reset(); }

  const Hash32 ours = tests::octets_from("exporter", 1);
};

TEST_F(WelcomeTest, AConfiguredPeerGetsAHelloThatProvesThisRelay) {
  const auto welcomed = welcome(*peer_key, ours);
  ASSERT_TRUE(welcomed);
  EXPECT_EQ(welcomed->ends.initiator, id(*peer_key));
  const auto ends = sync::verify_link_hello(sync::LinkRole::kResponder, welcomed->hello, id(*peer_key), ours);
  ASSERT_TRUE(ends);
  EXPECT_EQ(ends->responder, id(*self_key));
}

TEST_F(WelcomeTest, ARelayThatIsNotConfiguredIsUnknown) {
  const auto stranger = tests::key_from("stranger", 1);
  const auto refused = welcome(stranger, ours);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, kPeerUnknown);
}

TEST_F(WelcomeTest, AHelloOfAnotherConnectionIsRefused) {
  const auto refused = welcome(*peer_key, tests::octets_from("exporter", 2));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, sync::kHelloSignatureInvalid);
}

}  // namespace
}  // namespace tamizdat::federation
