#include "relay/os/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "tests/support/test_loop.h"
#include "tests/unit/relay/os/relay_host.h"

namespace tamizdat::os {
namespace {

using env::milliseconds;

// The service manager's end.
class Manager {
 public:
  explicit Manager(const std::string& name) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size), 0);
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;
  ~Manager() { ::close(fd_); }

  // All that has come, oldest first.
  std::vector<std::string> take() const {
    std::vector<std::string> out;
    char buffer[4096];
    for (;;) {
      const auto count = ::recv(fd_, buffer, sizeof buffer, 0);
      if (count < 0) return out;
      out.emplace_back(buffer, static_cast<std::size_t>(count));
    }
  }

 private:
  int fd_;
};

TEST(ServiceManager, TellsStatesAsSdNotifyDoes) {
  const tests::TemporaryFolder folder;
  const std::string socket = folder.path() / "notify";
  const Manager other_end(socket);
  const ServiceManager manager(socket);
  manager.ready("serving on 127.0.0.1:1");
  manager.reloading("reading\nEVIL=1");
  manager.stopping("stopping");
  manager.alive();
  const auto told = other_end.take();
  ASSERT_EQ(told.size(), 4U);
  EXPECT_EQ(told[0], "READY=1\nSTATUS=serving on 127.0.0.1:1");
  EXPECT_TRUE(told[1].starts_with("RELOADING=1\nMONOTONIC_USEC=")) << told[1];
  EXPECT_TRUE(told[1].ends_with("\nSTATUS=reading")) << told[1];
  EXPECT_EQ(told[2], "STOPPING=1\nSTATUS=stopping");
  EXPECT_EQ(told[3], "WATCHDOG=1");
}

TEST(ServiceManager, KnowsTheAbstractNamespace) {
  const std::string socket = "@tamizdat-test-" + std::to_string(::getpid());
  const Manager other_end(socket);
  ServiceManager(socket).alive();
  EXPECT_EQ(other_end.take().size(), 1U);
}

TEST(ServiceManager, IsSilentWhereNobodyListens) {
  for (const auto& socket : {std::string(), std::string("/nowhere/notify"), std::string(500, 'x')})
    ServiceManager(socket).alive();
}

// Sets a variable for one test.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

TEST(ServiceManager, TakesTheWatchdogThatIsMeantForThisProcess) {
  EXPECT_EQ(ServiceManager::from_environment().watchdog(), std::nullopt);
  {
    const Variable interval("WATCHDOG_USEC", "30000000");
    EXPECT_EQ(ServiceManager::from_environment().watchdog(), milliseconds(30'000));
    const Variable own("WATCHDOG_PID", std::to_string(::getpid()));
    EXPECT_EQ(ServiceManager::from_environment().watchdog(), milliseconds(30'000));
    const Variable another("WATCHDOG_PID", "1");
    EXPECT_EQ(ServiceManager::from_environment().watchdog(), std::nullopt);
  }
  for (const char* const wrong : {"", "0", "-5", "30s"}) {
    const Variable interval("WATCHDOG_USEC", wrong);
    EXPECT_EQ(ServiceManager::from_environment().watchdog(), std::nullopt) << wrong;
  }
}

env::awaitable<void> live_for(tests::TestLoop& loop, const ServiceManager& manager, milliseconds time) {
  env::TaskGroup tasks(loop.executor());
  tasks.spawn(keep_saying_alive(manager, loop.clock(), tasks.token()));
  co_await loop.clock().sleep_for(time);
  tasks.stop();
  co_await tasks.join();
}

TEST(ServiceManager, HearsTwiceInEachIntervalThatTheLoopTurns) {
  const tests::TemporaryFolder folder;
  const std::string socket = folder.path() / "notify";
  const Manager other_end(socket);
  tests::TestLoop loop;
  const ServiceManager manager(socket, milliseconds(10'000));
  loop.run(live_for(loop, manager, milliseconds(32'000)));
  EXPECT_EQ(other_end.take(), std::vector<std::string>(7, "WATCHDOG=1"));
  const ServiceManager without(socket);
  loop.run(live_for(loop, without, milliseconds(32'000)));
  EXPECT_TRUE(other_end.take().empty());
}

}  // namespace
}  // namespace tamizdat::os
