#include "relay/daemon/relay.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "proto/format/limits.h"
#include "proto/format/relay_descriptor.h"
#include "relay/daemon/installation.h"
#include "relay/os/files.h"

namespace tamizdat::daemon {
namespace {

constexpr std::size_t kNameFileBytesMax = 16 * 1024 * 1024;
constexpr const char* kShareFolder = "/usr/share";

reader::Names load_names(env::Log& log) {
  std::vector<Error> missing;
  const auto read = [](const std::string& path) { return os::read_file(path, kNameFileBytesMax); };
  reader::Names names = reader::Names::load(kShareFolder, read, &missing);
  for (const Error& error : missing)
    log.warning("names of regions and languages are incomplete: install iso-codes", {{"error", error}});
  return names;
}

Bytes signed_descriptor(const Config& config, const RelayKeys& keys, Timestamp now) {
  format::RelayDescriptor descriptor{keys.relay_id(), keys.witness.public_key(), keys.mirror.public_key(), config.label,
                                     config.country,  {},                        now};
  for (const auto& address : config.public_addresses)
    if (descriptor.addresses.size() < format::kRelayAddressesMax) descriptor.addresses.push_back(address.text());
  return format::sign_relay_descriptor(descriptor, keys.identity);
}

sealed::PoolLimits pool_limits_of(const Config& config) {
  return {static_cast<std::uint64_t>(config.sealed_pool_mib) << 20, static_cast<std::uint64_t>(config.sealed_project_mib_per_day) << 20};
}

policy::AdmissionRules admission_of(const Config& config) {
  return {config.admission, {config.projects.begin(), config.projects.end()}};
}

reader::RelayAddresses addresses_of(const std::vector<sync::RelayAddress>& peers) {
  reader::RelayAddresses out;
  for (const auto& peer : peers) out.emplace(peer.relay, env::Address{peer.host, peer.port}.text());
  return out;
}

std::optional<seconds> erase_delay_of(const Config& config) {
  if (config.erase_delay_of_tests < 0) return std::nullopt;
  return seconds(config.erase_delay_of_tests);
}

}  // namespace

Relay::Relay(const Config& config, const RelayKeys& keys, env::Environment& env, admin::PrometheusMetrics& metrics,
             store::Store& store, store::BlobFiles& blob_files, statements::StatementTable& statement_table,
             statements::StatementTable::Contents statement_contents, sealed::SlotFiles& slot_files,
             env::Workers& writer_thread)
    : listen_(config.listen),
      admin_listen_(config.admin_listen),
      keys_(keys),
      env_(env),
      store_(store),
      shown_store_(store, withheld_, store::Audience::kReaders),
      peers_store_(store, withheld_, store::Audience::kPeers),
      readers_store_(shown_store_, env.clock),
      admission_(admission_of(config)),
      writer_(store, writer_thread, env.executor),
      intake_(store, writer_, env.workers, env.clock),
      blobs_(store, blob_files, env.workers),
      statements_(env, statement_table, std::move(statement_contents),
                  [&store](const ProjectId& project) { return store.charter_chain(project); }, relays_that_count(config, keys)),
      charter_forks_(env, store, intake_, statements_),
      withholdings_(env, store, statements_, keys.identity, withheld_),
      eraser_(env, store, writer_, blob_files, statements_, erase_delay_of(config)),
      compactor_(env, store, writer_),
      charter_witness_(env, statements_, [&store] { return store.projects(); },
                       [&store](const ProjectId& project) { return store.charter(project); }, keys.witness),
      witness_(env, {shown_store_, writer_, blob_files, blobs_, statements_, keys.relay_id(), keys.witness, keys.mirror}),
      catalog_(readers_store_, env.clock),
      names_(load_names(env.log)),
      site_(readers_store_, catalog_, names_, env.clock, {config.label, config.country, config.operator_name, keys.relay_id(), addresses_of(config.peers)}, &statements_),
      attachment_site_(readers_store_, blobs_, env.workers),
      api_(env, readers_store_, intake_, charter_forks_, blobs_, statements_, admission_,
           {keys.relay_id(), keys.mirror.public_key(), config.label, config.country, std::string(TAMIZDAT_VERSION),
            signed_descriptor(config, keys, env.clock.now())}),
      pool_(env, slot_files, pool_limits_of(config)),
      sealed_api_(env, pool_, store, admission_, statements_, keys.relay_id()),
      federation_(env, peers_store_, writer_, intake_, charter_forks_, blobs_, statements_, keys.identity, {config.peers, admission_}),
      link_handler_(federation_, env, site_),
      admin_site_(metrics, health_),
      server_(env.clock, env.log, env.metrics),
      changes_(writer_.subscribe([this](const store::Change& change) { on_change(change); })),
      withholding_changes_(withholdings_.subscribe([this](const store::Store::Position& entry) { on_withheld(entry); })) {
  statements_.remember({keys.relay_id(), keys.witness.public_key()});
  statements_.have_no_peers(config.peers.empty());
  router_.mount("/", site_);
  router_.mount("/b", attachment_site_);
  router_.mount("/v1", api_);
  router_.mount("/v1/sealed", sealed_api_);
  router_.mount(config.link_path, link_handler_);
  if (config.sealed_pool_mib > 0) federation_.use_pool(pool_);
  health_.wait_for("listener");
  health_.wait_for("pages");
}

env::awaitable<Result<void>> Relay::run(std::function<void(const env::Address&)> serving, std::stop_token stop) {
  auto listener = env_.network.listen(listen_, env::Transport::kTls);
  if (!listener) co_return pass(listener);
  std::unique_ptr<env::Listener> admin_listener;
  if (admin_listen_) {
    auto opened = env_.network.listen(*admin_listen_, env::Transport::kPlain);
    if (!opened) co_return pass(opened);
    admin_listener = *std::move(opened);
  }
  auto pool_opened = co_await pool_.open();
  if (!pool_opened) co_return pool_opened;
  catalog_.start();
  // The last receipt may have been given before the relay was stopped and the notice made.
  for (const auto& entry : withholdings_.positions()) witness_.look_again(entry);
  env::TaskGroup tasks(env_.executor, stop);
  tasks.spawn(catalog_.run(env_.workers, tasks.token()));
  tasks.spawn(watch_catalog(tasks.token()));
  tasks.spawn(statements_.run(tasks.token()));
  tasks.spawn(charter_forks_.run(tasks.token()));
  tasks.spawn(eraser_.run(tasks.token()));
  tasks.spawn(compactor_.run(tasks.token()));
  tasks.spawn(charter_witness_.run(tasks.token()));
  tasks.spawn(witness_.run(tasks.token()));
  tasks.spawn(pool_.run(tasks.token()));
  tasks.spawn(federation_.run(tasks.token()));
  tasks.spawn(server_.run(**listener, router_, env_.executor, tasks.token()));
  if (admin_listener) tasks.spawn(server_.run(*admin_listener, admin_site_, env_.executor, tasks.token()));
  health_.came_up("listener");
  env_.log.info("serving", {{"address", (*listener)->address().text()}, {"projects", store_.projects().size()}});
  serving((*listener)->address());
  co_await tasks.join();
  co_await writer_.stop();
  env_.log.info("stopped");
  co_return Result<void>();
}

void Relay::use_config(const Config& config) {
  admission_ = admission_of(config);
  statements_.use_also(relays_that_count(config, keys_));
  statements_.have_no_peers(config.peers.empty());
  federation_.use_settings({config.peers, admission_});
  site_.use_others(addresses_of(config.peers));
  api_.use_descriptor(signed_descriptor(config, keys_, env_.clock.now()));
}

void Relay::on_withheld(const store::Store::Position& entry) {
  catalog_.on_entries(entry.log, entry.index, entry.index + 1);
  witness_.look_again(entry);
}

void Relay::on_change(const store::Change& change) {
  if (const auto* const grown = std::get_if<store::LogGrown>(&change)) {
    catalog_.on_entries(grown->log, grown->from, grown->to);
  } else if (const auto* const erased = std::get_if<store::EntryErased>(&change)) {
    catalog_.on_entries(erased->log, erased->index, erased->index + 1);
  } else if (const auto* const changed = std::get_if<store::CharterChanged>(&change)) {
    catalog_.on_charter(changed->project);
    statements_.on_charter(changed->project);
    charter_witness_.on_change(changed->project);
  }
}

env::awaitable<void> Relay::watch_catalog(std::stop_token stop) {
  constexpr env::milliseconds kInterval{100};
  while (catalog_.building()) {
    const auto wake = co_await env_.clock.sleep_for(kInterval, stop);
    if (wake == env::Wake::kStopped) co_return;
  }
  health_.came_up("pages");
}

}  // namespace tamizdat::daemon
