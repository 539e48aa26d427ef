#include "relay/daemon/stopped_relay.h"

#include <utility>

#include "relay/admin/prometheus_metrics.h"
#include "relay/daemon/opened_store.h"
#include "relay/daemon/store_commands.h"
#include "relay/os/event_loop.h"
#include "relay/os/socket_network.h"
#include "relay/os/sodium_random.h"
#include "relay/os/stderr_log.h"
#include "relay/os/system_clock.h"
#include "relay/os/worker_threads.h"

namespace tamizdat::daemon {
namespace {

env::awaitable<Result<void>> keep(env::awaitable<Result<std::string>> work, Result<std::string>& outcome) {
  outcome = co_await std::move(work);
  co_return Result<void>();
}

}  // namespace

Result<std::string> with_stopped_relay(const Config& config, const RelayKeys& keys, const WithholdingWork& work) {
  if (const auto folder = store_of(config); !folder) return tl::unexpected(folder.error());
  os::EventLoop loop;
  os::StderrLog log(env::LogLevel::kWarning);
  auto opened = OpenedStore::open(config, log);
  if (!opened) return tl::unexpected(opened.error());
  auto contents = opened->statements().contents();
  if (!contents) return tl::unexpected(contents.error());
  os::SystemClock clock(loop.executor());
  os::SodiumRandom random;
  admin::PrometheusMetrics metrics;
  os::SocketNetwork network(loop.executor(), clock, log, metrics, os::NetworkLimits());
  os::WorkerThreads workers(1);
  env::Environment env{loop.executor(), clock, random, network, workers, log, metrics};
  const store::Store& store = **opened;
  statements::Statements statements(env, opened->statements(), *std::move(contents),
                                    [&store](const ProjectId& project) { return store.charter_chain(project); },
                                    relays_that_count(config, keys));
  store::Withheld withheld;
  withholding::Withholdings withholdings(env, store, statements, keys.identity, withheld);
  Result<std::string> outcome;
  if (auto ran = loop.run(keep(work(withholdings), outcome)); !ran) return tl::unexpected(ran.error());
  if (auto closed = opened->close(); outcome && !closed) return tl::unexpected(closed.error());
  return outcome;
}

}  // namespace tamizdat::daemon
