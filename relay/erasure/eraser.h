// Erases what its project retracted: body, and attachments that nothing else names. A stolen desk key must not be able to
// empty an archive, so a retraction hides at once (store/retraction.h) and erases only after the charter's delay, which
// runs from the moment when it was durable here and stands still while the project is frozen or forked; a closing that
// cuts the retraction off its log ends it. Where a root key or a second desk has cosigned, it erases at once, so many
// times a day.
//
// Ahead of each erasure goes the proof of the retraction, as a statement, so that peers take the entry without its text.
// Who must react to an erasure subscribes to the writer (store::EntryErased).
//
// Loop thread only. Everything it is given outlives it, and it outlives run().
#pragma once

#include <map>
#include <optional>
#include <set>
#include <stop_token>

#include "relay/env/environment.h"
#include "relay/env/event.h"
#include "relay/erasure/pauses.h"
#include "relay/store/blob_files.h"
#include "relay/store/retraction.h"
#include "relay/store/writer.h"

namespace tamizdat::erasure {

// What two keys may do in an hour of need, and no more than that with one stolen key and one coerced person.
inline constexpr std::uint32_t kImmediateErasuresADay = 20;

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
    std::vector<BlobId> blobs;
    store::Retraction retraction;
    DeskId retracted_by;
  };

  std::optional<Wanted> look(const EntryId& entry) const;
  env::awaitable<void> find_retracted();
  env::awaitable<void> consider(EntryId entry);
  env::awaitable<bool> may_erase_now(const Wanted& wanted, Timestamp now);
  env::awaitable<void> note_pauses();
  env::awaitable<void> erase(EntryId entry, Wanted wanted);
  env::awaitable<void> erase_blobs(std::vector<BlobId> blobs);
  bool is_paused(const ProjectId& project) const;
  bool is_cosigned(const Wanted& wanted) const;
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
  std::set<std::pair<Timestamp, EntryId>> waiting_;
  std::map<EntryId, Timestamp> times_;  // of those waiting
  std::set<EntryId> fresh_;             // to be looked at
  std::set<ProjectId> projects_;        // of those waiting
  bool pauses_changed_ = true;
  env::Event work_;
  store::Writer::Subscription changes_;
  statements::Statements::Changes::Subscription statement_changes_;
};

}  // namespace tamizdat::erasure
