#include "relay/daemon/run.h"

#include <cstdlib>
#include <memory>

#include "relay/admin/admin_site.h"
#include "relay/admin/prometheus_metrics.h"
#include "relay/federation/federation.h"
#include "relay/federation/link_handler.h"
#include "relay/http/server.h"
#include "relay/os/event_loop.h"
#include "relay/os/files.h"
#include "relay/os/socket_network.h"
#include "relay/os/sodium_random.h"
#include "relay/os/stderr_log.h"
#include "relay/os/system_clock.h"
#include "relay/os/tls_identity.h"
#include "relay/os/worker_threads.h"
#include "relay/reader/attachment_site.h"
#include "relay/reader/catalog.h"
#include "relay/reader/names.h"
#include "relay/reader/site.h"
#include "relay/store/blobs.h"
#include "relay/store/memory_store.h"
#include "relay/store/segment_store.h"
#include "relay/submit/api.h"

namespace tamizdat::daemon {
namespace {

// Verifies bundles and reads them from disk; on two cores more threads would only take turns.
constexpr std::size_t kWorkerThreads = 2;
// One writer: see relay/store/writer.h.
constexpr std::size_t kWriterThreads = 1;
constexpr std::size_t kNameFileBytesMax = 16 * 1024 * 1024;
constexpr const char* kShareFolder = "/usr/share";

// The one that the configuration asks for. Its disk lives with it.
class OpenedStore {
 public:
  static Result<OpenedStore> open(const Config& config, env::Log& log) {
    OpenedStore opened;
    opened.disk_ = std::make_unique<store::PosixDisk>();
    const std::string folder = config.at(config.data_folder).string();
    if (auto entries = opened.open_entries(config, folder, log); !entries) return pass(entries);
    auto blobs = store::BlobFiles::open(*opened.disk_, folder + "/" + std::string(store::kBlobFolderName));
    if (!blobs) return pass(blobs);
    opened.blobs_ = *std::move(blobs);
    return opened;
  }

  store::Store& operator*() const { return *store_; }
  store::BlobFiles& blobs() const { return *blobs_; }
  Result<void> close() { return segments_ == nullptr ? Result<void>() : segments_->close(); }

 private:
  Result<void> open_entries(const Config& config, const std::string& folder, env::Log& log) {
    if (config.store_backend == StoreBackend::kMemory) {
      store_ = std::make_unique<store::MemoryStore>();
      return disk_->make_folder(folder);
    }
    store::SegmentStoreSettings settings;
    settings.folder = folder;
    settings.on_index_trouble = [&log](const Error& error) {
      log.error("the store's index cannot be written; nothing is lost, but the next start takes longer",
                {{"error", error}});
    };
    auto segments = store::SegmentStore::open(*disk_, std::move(settings));
    if (!segments) return pass(segments);
    log.info("store open", {{"recovery", (*segments)->recovery().text()}});
    segments_ = segments->get();
    store_ = *std::move(segments);
    return {};
  }

  std::unique_ptr<store::Disk> disk_;
  std::unique_ptr<store::Store> store_;
  store::SegmentStore* segments_ = nullptr;  // store_, if it is one
  std::unique_ptr<store::BlobFiles> blobs_;
};

reader::Names load_names(env::Log& log) {
  std::vector<Error> missing;
  const auto read = [](const std::string& path) { return os::read_file(path, kNameFileBytesMax); };
  reader::Names names = reader::Names::load(kShareFolder, read, &missing);
  for (const Error& error : missing)
    log.warning("names of regions and languages are incomplete: install iso-codes", {{"error", error}});
  return names;
}

// Everything of a running relay that lives on the loop, in the order of its making.
class Relay {
 public:
  Relay(const Config& config, const RelayKeys& keys, env::Environment& env, admin::PrometheusMetrics& metrics,
        store::Store& store, store::BlobFiles& blob_files, env::Workers& writer_thread)
      : config_(config),
        env_(env),
        store_(store),
        admission_{config.admission, {config.projects.begin(), config.projects.end()}},
        writer_(store, writer_thread, env.executor),
        intake_(store, writer_, env.workers, env.clock),
        blobs_(store, blob_files, env.workers),
        catalog_(store, env.clock),
        names_(load_names(env.log)),
        site_(store, catalog_, names_, env.clock, {config.label, config.country, config.operator_name}),
        attachment_site_(store, blobs_, env.workers),
        api_(env, store, intake_, blobs_, admission_,
             {keys.relay_id(), config.label, config.country, std::string(TAMIZDAT_VERSION)}),
        federation_(env, store, writer_, intake_, keys.identity, {config.peers, admission_}),
        link_handler_(federation_, env, site_),
        admin_site_(metrics, health_),
        server_(env.clock, env.log, env.metrics),
        changes_(writer_.subscribe([this](const store::Change& change) { update_catalog(change); })) {
    router_.mount("/", site_);
    router_.mount("/b", attachment_site_);
    router_.mount("/v1", api_);
    router_.mount(config.link_path, link_handler_);
    health_.wait_for("listener");
    health_.wait_for("pages");
  }

  env::awaitable<Result<void>> run(std::stop_token stop) {
    auto listener = env_.network.listen(config_.listen, env::Transport::kTls);
    if (!listener) co_return pass(listener);
    std::unique_ptr<env::Listener> admin_listener;
    if (config_.admin_listen) {
      auto opened = env_.network.listen(*config_.admin_listen, env::Transport::kPlain);
      if (!opened) co_return pass(opened);
      admin_listener = *std::move(opened);
    }
    catalog_.start();
    env::TaskGroup tasks(env_.executor, stop);
    tasks.spawn(catalog_.run(env_.workers, tasks.token()));
    tasks.spawn(watch_catalog(tasks.token()));
    tasks.spawn(federation_.run(tasks.token()));
    tasks.spawn(server_.run(**listener, router_, env_.executor, tasks.token()));
    if (admin_listener) tasks.spawn(server_.run(*admin_listener, admin_site_, env_.executor, tasks.token()));
    health_.came_up("listener");
    env_.log.info("serving", {{"address", (*listener)->address().text()}, {"projects", store_.projects().size()}});
    co_await tasks.join();
    co_await writer_.stop();
    env_.log.info("stopped");
    co_return Result<void>();
  }

 private:
  void update_catalog(const store::Change& change) {
    if (const auto* const grown = std::get_if<store::LogGrown>(&change))
      catalog_.on_entries(grown->log, grown->from, grown->to);
    else
      catalog_.on_charter(std::get<store::CharterChanged>(change).project);
  }

  env::awaitable<void> watch_catalog(std::stop_token stop) {
    constexpr env::milliseconds kInterval{100};
    while (catalog_.building()) {
      const auto wake = co_await env_.clock.sleep_for(kInterval, stop);
      if (wake == env::Wake::kStopped) co_return;
    }
    health_.came_up("pages");
  }

  const Config& config_;
  env::Environment& env_;
  store::Store& store_;
  policy::AdmissionRules admission_;
  store::Writer writer_;
  store::Intake intake_;
  store::Blobs blobs_;
  reader::Catalog catalog_;
  reader::Names names_;
  reader::Site site_;
  reader::AttachmentSite attachment_site_;
  submit::Api api_;
  federation::Federation federation_;
  federation::LinkHandler link_handler_;
  admin::Health health_;
  admin::AdminSite admin_site_;
  http::Router router_;
  http::Server server_;
  store::Writer::Subscription changes_;
};

// What is acknowledged is durable, and a start after a kill is an ordinary start: a client that will not let go need not
// hold up the operator.
[[noreturn]] void end_now(env::Log& log) {
  log.warning("the stop takes longer than limits.stop_time: what is still under way is cut");
  std::_Exit(EXIT_FAILURE);
}

}  // namespace

Result<void> run_relay(const Installation& installation) {
  const Config& config = installation.config;
  os::EventLoop loop;
  os::StderrLog log(config.log_level);
  auto store = OpenedStore::open(config, log);
  if (!store) return pass(store);

  os::SystemClock clock(loop.executor());
  os::SodiumRandom random;
  admin::PrometheusMetrics metrics;
  os::NetworkLimits limits;
  limits.connections_max = static_cast<std::size_t>(config.connections_max);
  os::SocketNetwork network(loop.executor(), clock, log, metrics, limits);
  if (auto used = network.use_identity(installation.tls); !used) return used;
  os::WorkerThreads workers(kWorkerThreads);
  os::WorkerThreads writer_thread(kWriterThreads);
  env::Environment env{loop.executor(), clock, random, network, workers, log, metrics};

  std::stop_source stop;
  std::unique_ptr<env::Timer> stop_limit;
  loop.on_stop_signal([&] {
    log.info("stopping");
    stop_limit = clock.start_timer(config.stop_time_max, [&log] { end_now(log); });
    stop.request_stop();
  });
  Relay relay(config, installation.keys, env, metrics, **store, store->blobs(), writer_thread);
  auto served = loop.run(relay.run(stop.get_token()));
  auto closed = store->close();
  return served ? closed : served;
}

}  // namespace tamizdat::daemon
