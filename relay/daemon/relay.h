// Everything of a running relay that lives on the loop, in the order of its making, above an open store and the
// environment. Loop thread only.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>

#include "relay/admin/admin_site.h"
#include "relay/admin/prometheus_metrics.h"
#include "relay/daemon/config.h"
#include "relay/daemon/keys.h"
#include "relay/env/environment.h"
#include "relay/erasure/compactor.h"
#include "relay/erasure/eraser.h"
#include "relay/federation/federation.h"
#include "relay/federation/link_handler.h"
#include "relay/forks/charter_forks.h"
#include "relay/http/server.h"
#include "relay/reader/attachment_site.h"
#include "relay/reader/catalog.h"
#include "relay/reader/names.h"
#include "relay/reader/site.h"
#include "relay/store/blobs.h"
#include "relay/store/intake.h"
#include "relay/store/readers_store.h"
#include "relay/store/writer.h"
#include "relay/statements/charter_witness.h"
#include "relay/statements/statements.h"
#include "relay/submit/api.h"
#include "relay/submit/sealed_api.h"
#include "relay/withholding/withholdings.h"
#include "relay/witness/witness.h"

namespace tamizdat::daemon {

class Relay {
 public:
  // All references outlive it.
  Relay(const Config& config, const RelayKeys& keys, env::Environment& env, admin::PrometheusMetrics& metrics,
        store::Store& store, store::BlobFiles& blob_files, statements::StatementTable& statement_table,
        statements::StatementTable::Contents statement_contents, sealed::SlotFiles& slot_files, env::Workers& writer_thread);

  // Listens, calls `serving` with the address, and serves until stopped. Errors: those of the listeners.
  env::awaitable<Result<void>> run(std::function<void(const env::Address&)> serving, std::stop_token stop);

  // Puts peers, rules of admission and public addresses of `config` in force; other settings are taken at a start only.
  void use_config(const Config& config);
  withholding::Withholdings& withholdings() { return withholdings_; }

 private:
  void on_change(const store::Change& change);
  void on_withheld(const store::Store::Position& entry);
  env::awaitable<void> watch_catalog(std::stop_token stop);

  env::Address listen_;
  std::optional<env::Address> admin_listen_;
  const RelayKeys& keys_;
  env::Environment& env_;
  store::Store& store_;
  store::Withheld withheld_;
  store::WithholdingStore shown_store_;  // what this relay gives out to others than peers
  store::WithholdingStore peers_store_;
  store::ReadersStore readers_store_;
  policy::AdmissionRules admission_;
  store::Writer writer_;
  store::Intake intake_;
  store::Blobs blobs_;
  statements::Statements statements_;
  forks::CharterForks charter_forks_;
  withholding::Withholdings withholdings_;
  erasure::Eraser eraser_;
  erasure::Compactor compactor_;
  statements::CharterWitness charter_witness_;
  witness::Witness witness_;
  reader::Catalog catalog_;
  reader::Names names_;
  reader::Site site_;
  reader::AttachmentSite attachment_site_;
  submit::Api api_;
  sealed::Pool pool_;
  submit::SealedApi sealed_api_;
  federation::Federation federation_;
  federation::LinkHandler link_handler_;
  admin::Health health_;
  admin::AdminSite admin_site_;
  http::Router router_;
  http::Server server_;
  store::Writer::Subscription changes_;
  withholding::Withholdings::Changes::Subscription withholding_changes_;
};

}  // namespace tamizdat::daemon
