#include "relay/os/control_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "tests/support/temporary_folder.h"
#include "tests/unit/relay/os/relay_host.h"

namespace tamizdat::os {
namespace {

using namespace std::chrono_literals;

inline constexpr ErrorCode kExample{"example"};

env::awaitable<Result<std::string>> obey(std::string line) {
  if (line == "fail") co_return fail(kExample, "line 1\nline 2");
  if (line == "long") co_return std::string(200'000, 'x');
  co_return "did " + line;
}

// A relay that answers while `client` runs in another thread.
env::awaitable<Result<void>> answer_while(ControlSocket& socket, RelayHost& host, std::function<void()> client) {
  env::TaskGroup tasks(host.loop.executor());
  tasks.spawn(socket.run(host.clock, obey, tasks.token()));
  co_await env::run_blocking(host.workers, client);
  tasks.stop();
  co_await tasks.join();
  co_return Result<void>();
}

class ControlSocketTest : public testing::Test {
 protected:
  ControlSocket open() {
    auto opened = ControlSocket::open(host.loop.executor(), folder.path());
    EXPECT_TRUE(opened) << opened.error().text;
    return *std::move(opened);
  }
  Result<std::string> ask(std::string_view command) const { return ask_running_relay(folder.path(), command, 10s); }

  tests::TemporaryFolder folder;
  RelayHost host;
};

TEST_F(ControlSocketTest, AnswersOneCommandAfterTheOther) {
  auto socket = open();
  host.run(answer_while(socket, host, [this] {
    EXPECT_EQ(ask("this"), "did this");
    EXPECT_EQ(ask("that"), "did that");
    EXPECT_EQ(ask("long"), std::string(200'000, 'x'));
    const auto refused = ask("fail");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, kCommandRefused);
    EXPECT_EQ(refused.error().text, "line 1\nline 2");
  }));
}

TEST_F(ControlSocketTest, IsForItsOwnerOnlyAndGoesWithTheRelay) {
  struct stat facts {};
  {
    auto socket = open();
    ASSERT_EQ(::stat((folder.path() / "control").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  }
  EXPECT_NE(::stat((folder.path() / "control").c_str(), &facts), 0);
}

TEST_F(ControlSocketTest, SaysThatNoRelayRuns) {
  const auto nobody = ask("this");
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().code, kNoRelayRuns);
}

// A relay that was killed leaves its socket.
TEST_F(ControlSocketTest, TakesThePlaceOfASocketThatWasLeft) {
  const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = folder.path() / "control";
  std::memcpy(address.sun_path, path.data(), path.size());
  ASSERT_EQ(::bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(left);
  EXPECT_EQ(ask("this").error().code, kNoRelayRuns);
  auto socket = open();
  host.run(answer_while(socket, host, [this] { EXPECT_EQ(ask("this"), "did this"); }));
}

TEST_F(ControlSocketTest, WorksInAFolderWhosePathIsLongerThanASocketAddress) {
  const auto deep = folder.path() / std::string(100, 'a') / std::string(100, 'b');
  std::filesystem::create_directories(deep);
  auto opened = ControlSocket::open(host.loop.executor(), deep);
  ASSERT_TRUE(opened) << opened.error().text;
  host.run(answer_while(*opened, host, [&] { EXPECT_EQ(ask_running_relay(deep, "this", 10s), "did this"); }));
}

// Neither keeps the others out for long, nor does it hold up a stop.
TEST_F(ControlSocketTest, ASilentClientDoesNotHoldUpAStop) {
  auto socket = open();
  const int silent = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = folder.path() / "control";
  std::memcpy(address.sun_path, path.data(), path.size());
  host.run(answer_while(socket, host, [&] {
    ASSERT_EQ(::connect(silent, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    std::this_thread::sleep_for(50ms);  // so that it is most likely being waited for
  }));
  char octet = 0;
  EXPECT_LE(::recv(silent, &octet, 1, 0), 0);
  ::close(silent);
}

TEST_F(ControlSocketTest, CutsALineWithoutAnEnd) {
  auto socket = open();
  host.run(answer_while(socket, host, [this] {
    const auto answer = ask(std::string(5000, 'x'));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, kControlFailed);
    EXPECT_EQ(ask("this"), "did this");
  }));
}

}  // namespace
}  // namespace tamizdat::os
