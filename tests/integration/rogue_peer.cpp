// A peer that the relay knows and that sends whatever it is given: it opens a link as the relay whose keys lie in FOLDER,
// writes the octets from stdin as they are, and prints all that the other side sends until it ends the link; with `cut`
// it ends the link itself, at once and in order.
//
//   rogue_peer FOLDER ADDRESS_LINE [cut] <octets >answer
//
// The program is there because a link begins with the TLS exporter, which Python's ssl does not give out.

#include <array>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <string_view>

#include "relay/daemon/config_file.h"
#include "relay/daemon/installation.h"
#include "relay/env/deadline.h"
#include "relay/federation/upgrade.h"
#include "relay/os/event_loop.h"
#include "relay/os/sodium_random.h"
#include "relay/os/socket_network.h"
#include "relay/os/system_clock.h"
#include "tests/support/loop_workers.h"
#include "tests/support/project_builder.h"
#include "tests/support/recorded_log.h"
#include "tests/support/recorded_metrics.h"

namespace tamizdat {
namespace {

constexpr env::milliseconds kSilenceMax{20'000};

class RoguePeer {
 public:
  enum class Then { kListen, kCut };

  Result<void> run(const format::SigningKey& identity, const sync::RelayAddress& peer, const Bytes& octets, Then then) {
    return loop_.run(speak(identity, peer, octets, then));
  }

 private:
  env::awaitable<Result<void>> speak(const format::SigningKey& identity, const sync::RelayAddress& peer,
                                     const Bytes& octets, Then then) {
    auto link = co_await federation::open_link(env_, peer, identity, {});
    if (!link) co_return pass(link);
    // It may have ended the link before it has read everything.
    [[maybe_unused]] const auto written = co_await link->stream->write(octets);
    std::cout << link->read_ahead << std::flush;
    if (then == Then::kCut) {
      [[maybe_unused]] const auto ended = co_await link->stream->shutdown();
      co_return Result<void>();
    }
    std::array<char, 4096> buffer{};
    for (;;) {
      const auto count = co_await env::read_some_within(clock_, kSilenceMax, *link->stream, buffer);
      if (!count || *count == 0) break;
      std::cout.write(buffer.data(), static_cast<std::streamsize>(*count)).flush();
    }
    co_return Result<void>();
  }

  os::EventLoop loop_;
  os::SystemClock clock_{loop_.executor()};
  os::SodiumRandom random_;
  tests::LoopWorkers workers_{loop_.executor()};
  tests::RecordedLog log_;
  tests::RecordedMetrics metrics_;
  os::SocketNetwork network_{loop_.executor(), clock_, log_, metrics_};
  env::Environment env_{loop_.executor(), clock_, random_, network_, workers_, log_, metrics_};
};

}  // namespace
}  // namespace tamizdat

int main(int argc, char** argv) {
  using namespace tamizdat;
  if (argc < 3 || argc > 4 || (argc == 4 && std::string_view(argv[3]) != "cut")) {
    std::fprintf(stderr, "usage: rogue_peer FOLDER ADDRESS_LINE [cut] <octets >answer\n");
    return 2;
  }
  const auto keys = tests::must(daemon::open_keys(tests::must(daemon::load_config(argv[1])), {}));
  const auto peer = tests::must(sync::RelayAddress::parse(argv[2]));
  const Bytes octets{std::istreambuf_iterator<char>(std::cin), {}};
  const auto then = argc == 4 ? RoguePeer::Then::kCut : RoguePeer::Then::kListen;
  const auto spoken = RoguePeer().run(keys.identity, peer, octets, then);
  if (!spoken) {
    std::fprintf(stderr, "%s\n", spoken.error().text.c_str());
    return 1;
  }
  return 0;
}
