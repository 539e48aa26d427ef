// Erases what its project retracted: body, and attachments that nothing else names. A stolen desk key must not be able to
// empty an archive, so a retraction hides at once (store/retraction.h) and erases only after the charter's delay, which
// runs from the moment when it was durable here; a closing that cuts the retraction off its log ends it. Where a root key or
// a second desk has cosigned, it erases at once, so many times a day. While the project is frozen or forked nothing is
// erased, and the delay stands still.
//
// Ahead of each erasure goes the proof of the retraction, as a statement, so that peers take the entry without its text. A
// charter may end the proof and not the retraction (its desk was closed above it): then it is made again under the new head.
// Who must react to an erasure subscribes to the writer (store::EntryErased).
//
// Loop thread only. Everything it is given outlives it, and it outlives run().
#pragma once

#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string_view>
#include <vector>

#include "relay/env/environment.h"
#include "relay/env/event.h"
#include "relay/erasure/pauses.h"
#include "relay/erasure/quota.h"
#include "relay/store/blob_files.h"
#include "relay/store/retraction.h"
#include "relay/store/writer.h"

namespace tamizdat::erasure {

class Eraser {
 public:
  // `delay`: in the place of what charters say; for tests.
  Eraser(env::Environment& env, store::Store& store, store::Writer& writer, store::BlobFiles& blobs,
         statements::Statements& statements, std::optional<seconds> delay);

  // Erases what falls due until stopped.
  env::awaitable<void> run(std::stop_token stop);

 private:
  struct Wanted {
    store::Store::Position at;
    format::LogName log;
    bool is_erased = false;  // here: its proof may be missing
    std::vector<BlobId> blobs;
    std::vector<store::Retraction> retractions;  // in force; the one that came first in front
    std::vector<LogId> hidden;                   // logs of other retractions, which a closing may bring back
    bool is_sealed = false;  // then key entries name its attachments
  };

  std::optional<Wanted> look(const EntryId& entry) const;
  std::vector<EntryId> retracted_by(const std::set<EntryId>& retractions) const;
  env::awaitable<void> find_retracted();
  env::awaitable<void> find_cosigned();
  env::awaitable<bool> look_at_clocks();
  env::awaitable<void> consider(EntryId entry);
  env::awaitable<void> note_pauses();
  env::awaitable<Result<void>> prove(EntryId entry, const Wanted& wanted);
  env::awaitable<void> erase(EntryId entry, Wanted wanted);
  env::awaitable<void> erase_blobs(std::vector<BlobId> blobs);
  env::awaitable<void> sweep_some();
  bool is_paused(const ProjectId& project) const;
  bool is_cosigned(const Wanted& wanted) const;
  void try_again(const EntryId& entry, std::string_view what, const Error& error);
  void wait_for(const EntryId& entry, Timestamp time);
  void on_change(const store::Change& change);
  void on_statement(const statements::StatementChange& change);

  env::Environment& env_;
  store::Store& store_;
  store::Writer& writer_;
  store::BlobFiles& blobs_;
  statements::Statements& statements_;
  std::optional<seconds> delay_;
  Pauses pauses_;
  Quota quota_;
  Timestamp now_;  // of the clocks, when they were last looked at
  Timestamp wall_since_;
  env::MonotonicTime monotonic_since_;
  std::set<std::pair<Timestamp, EntryId>> waiting_;
  std::map<EntryId, Timestamp> times_;  // of those waiting
  std::set<EntryId> fresh_;             // to be looked at
  std::set<EntryId> cosigned_;          // retractions whose entries are to be looked at
  std::map<LogId, std::set<EntryId>> hidden_;  // to be looked at when the log grows or is served again
  std::set<ProjectId> projects_;        // of those waiting
  bool pauses_changed_ = true;
  // Attachments are gone through for those that nothing names: a crash came between an erasure and theirs, or an opened
  // embargo was retracted, whose key entries name them too.
  bool sweeping_ = true;
  std::optional<BlobId> swept_;  // up to this one
  env::Event work_;
  store::Writer::Subscription changes_;
  statements::Statements::Changes::Subscription statement_changes_;
};

}  // namespace tamizdat::erasure
