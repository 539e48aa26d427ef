#include "relay/daemon/run.h"

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "relay/daemon/opened_store.h"
#include "relay/daemon/relay.h"
#include "relay/daemon/reload.h"
#include "relay/daemon/withholding_commands.h"
#include "relay/os/control_socket.h"
#include "relay/os/event_loop.h"
#include "relay/os/service_manager.h"
#include "relay/os/socket_network.h"
#include "relay/os/sodium_random.h"
#include "relay/os/stderr_log.h"
#include "relay/os/system_clock.h"
#include "relay/os/worker_threads.h"

namespace tamizdat::daemon {
namespace {

// Verifies bundles and reads them from disk; on two cores more threads would only take turns.
constexpr std::size_t kWorkerThreads = 2;
// One writer: see relay/store/writer.h.
constexpr std::size_t kWriterThreads = 1;

constexpr env::MetricName kCertificateEndMetric{"tamizdat_tls_certificate_end_seconds",
                                                "When the TLS certificate ends, in seconds since 1970."};

constexpr ErrorCode kCommandUnknown{"command-unknown"};

// What is acknowledged is durable, and a start after a kill is an ordinary start: a client that will not let go need not
// hold up the operator.
[[noreturn]] void end_now(env::Log& log) {
  log.warning("the stop takes longer than limits.stop_time: what is still under way is cut");
  std::_Exit(EXIT_FAILURE);
}

// Says how a reload went, to the log and the service manager. One fault is one line.
void report(const Result<std::string>& outcome, const std::string& serving, env::Log& log,
            const os::ServiceManager& manager) {
  if (outcome) {
    log.info("reloaded", {{"different", *outcome}});
    return manager.ready(serving);
  }
  std::string_view faults = outcome.error().text;
  manager.ready(serving + "; the last reload was refused: " + std::string(faults.substr(0, faults.find('\n'))));
  while (!faults.empty()) {
    const auto end = faults.find('\n');
    log.error("reload refused, nothing was changed", {{"fault", faults.substr(0, end)}});
    faults = end == std::string_view::npos ? std::string_view() : faults.substr(end + 1);
  }
}

env::awaitable<Result<std::string>> obey(Relay& relay, Reloads& reloads, std::string line, std::stop_token stop) {
  if (is_withholding_line(line)) {
    auto done = co_await obey_withholding(relay.withholdings(), std::move(line));
    co_return done;
  }
  if (line != "reload") co_return fail(kCommandUnknown, "this relay knows no command '" + line + "'");
  auto outcome = co_await reloads.reload(stop);
  co_return outcome;
}

// The relay, and beside it what its operator and its service manager want of it.
env::awaitable<Result<void>> serve(Relay& relay, Reloads& reloads, env::Environment& env,
                                   std::optional<os::ControlSocket>& control, const os::ServiceManager& manager,
                                   std::function<void(const env::Address&)> serving, std::stop_token stop) {
  env::TaskGroup beside(env.executor, stop);
  const std::stop_token ended = beside.token();
  beside.spawn(os::keep_saying_alive(manager, env.clock, ended));
  beside.spawn(reloads.run(env.workers, ended));
  os::Command command = [&relay, &reloads, ended](std::string line) { return obey(relay, reloads, std::move(line), ended); };
  if (control) beside.spawn(control->run(env.clock, command, ended));
  auto served = co_await relay.run(std::move(serving), stop);
  beside.stop();
  co_await beside.join();
  co_return served;
}

std::optional<os::ControlSocket> open_control(env::Executor loop, const std::filesystem::path& folder, env::Log& log) {
  auto opened = os::ControlSocket::open(std::move(loop), folder);
  if (opened) return *std::move(opened);
  log.warning("`tamizdat-relay reload` will not reach this relay; SIGHUP will", {{"error", opened.error()}});
  return std::nullopt;
}

void show_certificate_end(const os::TlsIdentity& tls, env::Metrics& metrics) {
  if (const auto end = os::certificate_end(tls.certificate_pem))
    metrics.gauge(kCertificateEndMetric).set(static_cast<double>(unix_seconds(*end)));
}

// What a reload changes.
struct Running {
  Installation& installation;  // in force
  os::StderrLog& log;
  env::Metrics& metrics;
  os::SocketNetwork& network;
  Relay& relay;
};

// What can fail comes first, and then nothing has changed.
Result<std::string> take_up(Installation next, const Running& running) {
  auto difference = compare_for_reload(running.installation, next);
  if (!difference) return difference;
  if (auto used = running.network.use_identity(next.tls); !used) return pass(used);
  running.network.use_connections_max(static_cast<std::size_t>(next.config.connections_max));
  running.log.drop_below(next.config.log_level);
  running.relay.use_config(next.config);
  running.installation.config = std::move(next.config);
  running.installation.tls = std::move(next.tls);
  show_certificate_end(running.installation.tls, running.metrics);
  return difference;
}

}  // namespace

Result<void> run_relay(Installation installation, RelayKeys keys) {
  Config& config = installation.config;  // always the one in force
  os::EventLoop loop;
  std::optional<Reloads> reloads;
  loop.on_reload_signal([&] { reloads->request(); });  // before the store opens, which can take long
  os::StderrLog log(config.log_level);
  const auto manager = os::ServiceManager::from_environment();
  auto store = OpenedStore::open(config, log);
  if (!store) return pass(store);
  auto statements = store->statements().contents();
  if (!statements) return pass(statements);

  os::SystemClock clock(loop.executor());
  os::SodiumRandom random;
  admin::PrometheusMetrics metrics;
  os::NetworkLimits limits;
  limits.connections_max = static_cast<std::size_t>(config.connections_max);
  os::SocketNetwork network(loop.executor(), clock, log, metrics, limits);
  if (auto used = network.use_identity(installation.tls); !used) return used;
  show_certificate_end(installation.tls, metrics);
  os::WorkerThreads workers(kWorkerThreads);
  os::WorkerThreads writer_thread(kWriterThreads);
  env::Environment env{loop.executor(), clock, random, network, workers, log, metrics};
  auto control = open_control(loop.executor(), config.at(config.data_folder), log);

  std::stop_source stop;
  std::unique_ptr<env::Timer> stop_limit;
  loop.on_stop_signal([&] {
    log.info("stopping");
    manager.stopping("stopping");
    stop_limit = clock.start_timer(config.stop_time_max, [&log] { end_now(log); });
    stop.request_stop();
  });
  Relay relay(config, keys, env, metrics, **store, store->blobs(), store->statements(),
              *std::move(statements), store->slots(), writer_thread);

  std::string status;
  Reloads::Steps steps;
  steps.load = [file = config.file] { return load_installation(file); };
  steps.take_up = [running = Running{installation, log, metrics, network, relay}](Installation next) {
    return take_up(std::move(next), running);
  };
  steps.begin = [&] { manager.reloading("reading " + config.file); };
  steps.end = [&](const Result<std::string>& outcome) { report(outcome, status, log, manager); };
  reloads.emplace(std::move(steps));

  const auto serving = [&](const env::Address& address) {
    status = "serving on " + address.text();
    manager.ready(status);
  };
  auto served = loop.run(serve(relay, *reloads, env, control, manager, serving, stop.get_token()));
  auto closed = store->close();
  return served ? closed : served;
}

}  // namespace tamizdat::daemon
