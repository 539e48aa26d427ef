// Whose contradictions are looked at, when one peer brings many.
#include "relay/statements/standing.h"
#include "tests/unit/relay/federation/link_fixture.h"

namespace tamizdat::federation {
namespace {

class ForkWatchTest : public LinkTest {
 protected:
  static constexpr std::size_t kDesks = 40;
  ForkWatchTest() {
    a.take(forking.charters());
    for (std::size_t desk = 0; desk < kDesks; ++desk) {
      forking.log(desk).append_articles(2);
      a.take(forking.log(desk).bundle(0, 2));
    }
    loop.poll();
  }
  ~ForkWatchTest() override { end(); }
  void watch() {
    boost::asio::co_spawn(loop.executor(), a.fork_watch.run(stop.get_token()), boost::asio::detached);
    loop.poll();
  }
  void end() {
    stop.request_stop();
    loop.poll();
  }
  static RelayId peer(std::uint64_t number) { return RelayId(tests::key_from("peer", number).public_key()); }
  // Another history of this desk comes from there.
  void contradict(std::size_t desk, std::optional<RelayId> from) {
    auto other = forking.log(desk).forked_at(1);
    format::Body body;
    body.title = "Another history";
    other.append(std::move(body));
    boost::asio::co_spawn(loop.executor(), give(a, other.bundle(0, 2), from), boost::asio::detached);
    loop.poll();
  }
  static env::awaitable<void> give(Node& node, format::VerifiedBundle bundle, std::optional<RelayId> from) {
    const auto refused = co_await node.intake.commit(std::move(bundle), from);
    EXPECT_EQ(refused.error().code, store::kLogForked);
  }
  bool is_proven(std::size_t desk) {
    return a.statements.statements.find(forking.id(), format::StatementKind::kForkProof, forking.log(desk).id().value) != nullptr;
  }
  std::size_t proven() {
    std::size_t out = 0;
    for (std::size_t desk = 0; desk < kDesks; ++desk) out += is_proven(desk) ? 1U : 0U;
    return out;
  }
  tests::ProjectBuilder forking{{.seed = 7, .desks = kDesks}};
  std::stop_source stop;
};

TEST_F(ForkWatchTest, OnePeersNoiseCostsOthersNothing) {
  for (std::size_t desk = 0; desk < 30; ++desk) contradict(desk, peer(1));
  contradict(30, peer(2));
  contradict(31, std::nullopt);
  EXPECT_EQ(a.metrics.value("tamizdat_forks_passed_over_total"), 22);
  watch();
  EXPECT_TRUE(is_proven(30));
  EXPECT_TRUE(is_proven(31));
  EXPECT_EQ(proven(), 10U);
  EXPECT_EQ(a.metrics.value("tamizdat_forks_proven_total"), 10);
  contradict(29, peer(1));
  EXPECT_TRUE(is_proven(29)) << "there is room again";
}

TEST_F(ForkWatchTest, OriginsTakeTurns) {
  std::vector<std::size_t> order;
  const auto subscription = a.statements.statements.subscribe([&](const statements::StatementChange& change) {
    for (std::size_t desk = 0; desk < kDesks; ++desk)
      if (change.slot == forking.log(desk).id().value) order.push_back(desk);
  });
  for (std::size_t desk = 0; desk < 6; ++desk) contradict(desk, peer(1));
  contradict(6, peer(2));
  watch();
  ASSERT_EQ(order.size(), 7U);
  EXPECT_LE(std::ranges::find(order, 6U) - order.begin(), 1);
}

}  // namespace
}  // namespace tamizdat::federation
