#include "relay/daemon/reload.h"

#include <array>
#include <utility>

#include <gtest/gtest.h>

#include "relay/daemon/settings.h"
#include "relay/env/task_group.h"
#include "tests/support/loop_workers.h"
#include "tests/support/test_loop.h"

namespace tamizdat::daemon {
namespace {

Hash32 key(char first) { return *Hash32::from(Bytes(32, first)); }

// The TLS keys of the tests: slow to make, and every test may change its copy.
const os::TlsIdentity& tls(int number) {
  static const std::array<os::TlsIdentity, 2> made{
      *os::generate_certificate("one.example", timestamp_from_unix(1795505030)),
      *os::generate_certificate("two.example", timestamp_from_unix(1795505030))};
  return made.at(static_cast<std::size_t>(number));
}

class CompareForReload : public testing::Test {
 protected:
  static Installation installation() {
    Installation made{default_config(), {key('i'), key('w'), key('m')}, tls(0)};
    made.config.file = "relay.toml";
    return made;
  }
  std::string difference() const {
    const auto compared = compare_for_reload(now, next);
    EXPECT_TRUE(compared) << compared.error().text;
    return compared ? *compared : "";
  }
  std::string refusal() const {
    const auto compared = compare_for_reload(now, next);
    EXPECT_FALSE(compared);
    return compared ? "" : compared.error().text;
  }

  Installation now = installation();
  Installation next = installation();
};

TEST_F(CompareForReload, NothingIsDifferentInTheSame) { EXPECT_EQ(difference(), "nothing is different"); }

TEST_F(CompareForReload, NamesWhatARunningRelayTakesUp) {
  next.config.connections_max = 77;
  next.config.admission = policy::Admission::kListed;
  next.config.projects = {ProjectId()};
  next.tls.certificate_pem += "\n# and the authority's own certificate\n";
  EXPECT_EQ(difference(), "projects.admission, projects.list, limits.connections, the certificate");
}

// Each key that is refused stands for one that the daemon takes once.
TEST_F(CompareForReload, RefusesEachKeyThatNeedsARestartWithItsLine) {
  next.config.listen = env::Address("127.0.0.1", 1);
  next.config.data_folder = "elsewhere";
  next.config.connections_max = 77;
  next.config.lines = {{"relay.listen", 7}};
  EXPECT_EQ(refusal(),
            "relay.toml:7: relay.listen: a change needs a restart: restart the relay, or put the old value back\n"
            "relay.toml: store.folder: a change needs a restart: restart the relay, or put the old value back");
}

TEST_F(CompareForReload, TakesOnlySettingsThatTheRelayPutsInForce) {
  std::string reloadable;
  for (const Setting& setting : settings())
    if (setting.taken_up == TakenUp::kAtReload) reloadable.append(setting.key).append(" ");
  // relay.public_addresses is used by `address` alone, keys.passphrase_file at the next start, the others by run.cpp and
  // Relay::use_config().
  EXPECT_EQ(reloadable,
            "relay.public_addresses projects.admission projects.list keys.passphrase_file tls.certificate tls.key limits.connections "
            "limits.stop_time log.level peer.address ");
}

TEST_F(CompareForReload, RefusesATlsKeyThatPeersDoNotKnow) {
  next.tls = tls(1);
  next.config.lines = {{"tls.key", 40}};
  EXPECT_TRUE(refusal().starts_with("relay.toml:40: tls.key: is a new key, and peers and newsrooms know this relay by "
                                    "the old one (pin ")) << refusal();
}

TEST_F(CompareForReload, RefusesTheKeysOfAnotherRelay) {
  next.keys.mirror = key('x');
  EXPECT_NE(refusal().find("keys holds other keys"), std::string::npos) << refusal();
}

// Reloads with a file that is a number; it is read on a worker that can be held.
class ReloadsTest : public testing::Test {
 protected:
  Reloads::Steps steps() {
    Reloads::Steps made;
    made.load = [this]() -> Result<Installation> {
      ++loads;
      if (file < 0) return fail(kConfigInvalid, "negative");
      Installation read{default_config(), {key('i'), key('w'), key('m')}, tls(0)};
      read.config.connections_max = file;
      if (change_after_load != 0) file = std::exchange(change_after_load, 0);
      return read;
    };
    made.take_up = [this](Installation next) -> Result<std::string> {
      in_force = next.config.connections_max;
      return std::to_string(in_force);
    };
    made.begin = [this] { said += "begin "; };
    made.end = [this](const Result<std::string>& outcome) { said += outcome ? "done " : "refused "; };
    return made;
  }
  env::awaitable<void> settle() { co_await loop.clock().sleep_for(env::milliseconds(1)); }
  env::awaitable<void> ask(std::string& answer) {
    const auto outcome = co_await reloads.reload(stop.get_token());
    answer = outcome ? *outcome : outcome.error().text;
  }
  env::awaitable<void> while_it_runs(env::awaitable<void> what) {
    env::TaskGroup tasks(loop.executor(), stop.get_token());
    tasks.spawn(reloads.run(workers, tasks.token()));
    co_await std::move(what);
    stop.request_stop();
    co_await tasks.join();
  }
  env::awaitable<void> take_one_and_refuse_one() {
    file = 5;
    std::string answer;
    co_await ask(answer);
    EXPECT_EQ(answer, "5");
    file = -1;
    co_await ask(answer);
    EXPECT_EQ(answer, "negative");
    EXPECT_EQ(in_force, 5);
    reloads.request();
    co_await settle();
    EXPECT_EQ(said, "begin done begin refused begin refused ");
  }
  env::awaitable<void> change_it_while_it_is_read() {
    file = 1;
    change_after_load = 2;
    workers.hold();
    env::TaskGroup tasks(loop.executor());
    std::string first, second;
    tasks.spawn(ask(first));
    co_await settle();
    tasks.spawn(ask(second));
    reloads.request();
    co_await settle();
    workers.release();
    co_await tasks.join();
    EXPECT_EQ(first, "1");
    EXPECT_EQ(second, "2");
    EXPECT_EQ(loads, 2);
  }
  env::awaitable<void> stop_before_the_answer() {
    workers.hold();
    env::TaskGroup tasks(loop.executor());
    std::string answer;
    tasks.spawn(ask(answer));
    co_await settle();
    stop.request_stop();
    co_await tasks.join();
    workers.release();
    EXPECT_EQ(answer, "the relay stops: nothing was changed");
  }

  tests::TestLoop loop;
  tests::LoopWorkers workers{loop.executor()};
  std::int64_t file = 0, change_after_load = 0, in_force = 0;
  int loads = 0;
  std::string said;
  std::stop_source stop;
  Reloads reloads{steps()};
};

TEST_F(ReloadsTest, ARefusalLeavesWhatWasInForce) { loop.run(while_it_runs(take_one_and_refuse_one())); }

TEST_F(ReloadsTest, WhoAsksWhileOneIsUnderWayGetsOneThatBeginsLater) {
  loop.run(while_it_runs(change_it_while_it_is_read()));
}

TEST_F(ReloadsTest, AStopAnswersWhoWaits) { loop.run(while_it_runs(stop_before_the_answer())); }

}  // namespace
}  // namespace tamizdat::daemon
