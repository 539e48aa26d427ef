// What a relay says of the logs that it holds, as statements: cosigned heads, where the project lists it as a witness,
// and receipts of what is durably here. Both again when something changes, and again from time to time, so that readers
// see how old a word is. Loop thread only.
#pragma once

#include <map>
#include <set>
#include <stop_token>

#include "relay/env/event.h"
#include "relay/statements/statements.h"
#include "relay/store/blobs.h"
#include "relay/store/writer.h"
#include "relay/witness/cosigner.h"
#include "relay/witness/holdings.h"

namespace tamizdat::witness {

// How often an idle log is spoken of again: four times within the project's limit of freshness.
seconds repeat_after(const format::WitnessPolicy& policy);

struct WitnessParts {
  store::Store& store;  // without what is withheld: a receipt is for what a relay gives out
  store::Writer& writer;
  store::BlobFiles& blob_files;
  store::Blobs& blobs;
  statements::Statements& statements;
  RelayId relay;
  const format::SigningKey& witness_key;
  const format::SigningKey& mirror_key;
};

class Witness {
 public:
  // All that it is given outlives it.
  Witness(env::Environment& env, WitnessParts parts);

  env::awaitable<void> run(std::stop_token stop);
  // Whether the entry is held, or given out, may have changed otherwise than by a commit.
  void look_again(const store::Store::Position& entry);

 private:
  struct Log {
    std::optional<Holdings> holdings;  // none before its first turn
    Timestamp due;                     // the next turn
    Timestamp not_before;              // statements are ordered by seconds: one a second
  };

  void touch(const LogId& log);
  void touch_project(const ProjectId& project);
  void plan(const LogId& log, Timestamp due);
  void on_change(const store::Change& change);
  void on_statement(const statements::StatementChange& change);
  env::awaitable<void> look_for_missing_blobs(std::stop_token stop);
  env::awaitable<void> look_for_retracted(std::stop_token stop);
  env::awaitable<void> take_changed_blobs();
  env::awaitable<void> take_retracted();
  void doubt(const std::map<LogId, Ranges>& entries);
  env::awaitable<void> take_turns(std::stop_token stop);
  std::vector<Cosigner::Due> begin_turns();
  env::awaitable<void> turn(LogId id, std::stop_token stop);
  env::awaitable<Holdings> holdings_before(store::LogState log);
  env::awaitable<Result<bool>> look(const LogId& id, Holdings& holdings, std::stop_token stop);
  void prepare_receipt(const store::LogState& log, const Holdings& holdings, seconds age_max);
  env::awaitable<void> give_receipts();
  const format::RelayReceipt* own_receipt(const store::LogState& log) const;
  std::optional<env::milliseconds> until_next() const;

  env::Environment& env_;
  WitnessParts parts_;
  Cosigner cosigner_;
  std::map<LogId, Log> logs_;
  std::set<std::pair<Timestamp, LogId>> queue_;  // by due time
  std::map<LogId, Ranges> changed_;  // since the log's last turn
  std::vector<Bytes> receipts_;      // signed, and not yet durable: they leave with the commit
  std::set<BlobId> changed_blobs_;
  std::set<EntryId> retracted_;       // since they were looked at
  bool retracted_doubted_ = false;    // anything that is held of retractions may be in force no more, or again
  env::Event woken_;
  store::Writer::Subscription changes_;
  store::Blobs::Changes::Subscription blob_changes_;
  statements::Statements::Changes::Subscription statement_changes_;
  statements::Statements::MaySign::Subscription may_sign_;
};

}  // namespace tamizdat::witness
