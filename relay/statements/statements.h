// What a relay holds of statements (proto/format/statement.h): one a slot, verified, durable before anybody is told. It
// is primary data, as the store's segments are: a freeze or a fork proof that was taken once stands, whatever crashes.
// Links pass statements on in the order of their numbers; other parts of the relay subscribe and look up.
//
//   Bytes freeze = ...;
//   const auto taken = co_await statements.take(std::move(freeze));
//   if (const auto frozen = statements.find(project, StatementKind::kFreeze, charter.hash())) ...
//
// All of them are in memory, since pages and links ask for them all the time: some 2 KiB each, and each project has a quota
// of each kind. What no longer verifies under a newer charter (its relay has left the policy) is not given out, but stays
// on disk, since a later charter may bring it back, until its room is needed.
//
// Loop thread only. Verification and commits run on workers, one group at a time. Everything it is given outlives it,
// and it outlives every coroutine inside its functions.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <vector>

#include "proto/format/statement.h"
#include "relay/env/environment.h"
#include "relay/env/event.h"
#include "relay/env/signal.h"
#include "relay/env/turns.h"
#include "relay/statements/own_words.h"
#include "relay/statements/statement_table.h"

namespace tamizdat::statements {

// The charters of the project are not held here: take them first, then ask for its statements again.
inline constexpr ErrorCode kStatementsUnknownProject{"unknown-project"};
// More than ten minutes ahead of the clock here: it would outlive every true one.
inline constexpr ErrorCode kStatementAhead{"statement-ahead-of-clock"};

// The project has as many statements of this kind here as one may have, and none of them makes room for this one (rooms.h).
inline constexpr ErrorCode kStatementsFull{"statements-full"};

// Of one kind and project. 64 relays may speak of 64 desks' logs, and of some of those that are closed; a project of ten
// relays and ten desks has a hundred statements of a kind.
inline constexpr std::size_t kStatementsOfAKindMax = 8192;
// All kinds together stay below what a reader takes as one answer (64 MiB). A thousand retractions have 2 MiB.
inline constexpr std::size_t kOctetsOfAKindMax = 7 * 1024 * 1024;

using StatementPointer = std::shared_ptr<const format::VerifiedStatement>;  // a replaced one lives on for who holds it

// What a peer has sent so far, by its own count.
struct PeerMark {
  Bytes epoch;
  std::uint64_t sequence = 0;
  friend bool operator==(const PeerMark&, const PeerMark&) = default;
};

// A slot holds another statement now, or none that counts.
struct StatementChange {
  format::StatementKind kind;
  ProjectId project;
  Hash32 slot;
  std::optional<RelayId> from = {};  // the peer that sent it
};

struct Taken {
  StatementPointer statement;  // the one that the slot holds now
  std::uint64_t sequence = 0;
  bool is_new = false;  // false: this one or one that it does not replace was here
};

// Freeze, forks, retractions, withholdings: what must not wait behind anything else.
bool is_urgent(format::StatementKind kind);

class Statements {
 public:
  // The project's charter chain, version 1 first; empty if it is not held.
  using ChainOf = std::function<std::vector<format::VerifiedCharter>(const ProjectId&)>;

  // `contents` are those of `table`; they are verified again, which takes a while. `also`: StatementContext::also.
  Statements(env::Environment& env, StatementTable& table, StatementTable::Contents contents, ChainOf chain_of,
             std::vector<format::PolicyRelay> also);

  // Verifies and keeps; durable when it returns. Errors: kStatementsUnknownProject, kStatementAhead, kStatementsFull,
  // kStatementsFailed, those of format::verify_statement().
  env::awaitable<Result<Taken>> take(Bytes statement);
  // The same of what this relay needs itself, here and in its slot from now on: it finds room as long as anything in its way
  // is not needed.
  env::awaitable<Result<Taken>> take_needed(Bytes statement);
  // What holds the slot, if anything does, is needed too.
  void need(const ProjectId& project, format::StatementKind kind, const Hash32& slot) { needed_.insert({project, kind, slot}); }
  // The same for many in one commit; one result a statement. The result as a whole fails with kStatementsFailed only, and
  // then nothing is taken.
  // Only those are taken that `is_wanted` lets in, if there is one; it is asked on a worker.
  using IsWanted = std::function<Result<void>(const format::VerifiedStatement&)>;
  env::awaitable<Result<std::vector<Result<Taken>>>> take_group(std::vector<Bytes> statements, IsWanted is_wanted = {});
  // The same of a peer, with a mark of how far it got, if it tells one; where the whole fails, the mark stands where it stood.
  env::awaitable<Result<std::vector<Result<Taken>>>> take_from(RelayId peer, std::vector<Bytes> statements,
                                                               std::optional<PeerMark> mark);

  // Whose keys count beside the policies' from now on.
  void use_also(std::vector<format::PolicyRelay> also) { also_ = std::move(also); }

  // Words of this relay itself that come in raise its marks, in the same commit.
  void remember(OwnWords own) { own_ = std::move(own); }

  // The charter in force changed: what is held of the project is verified again, soon, by run().
  void on_charter(const ProjectId& project);
  env::awaitable<void> run(std::stop_token stop);

  // The project's charter chain, as ChainOf gives it.
  std::vector<format::VerifiedCharter> chain_of(const ProjectId& project) const { return chain_of_(project); }

  // ---- what is held ----

  // Null if there is none that counts.
  StatementPointer find(const ProjectId& project, format::StatementKind kind, const Hash32& slot) const;
  // When this relay took the freeze in this slot first; none if it did before it noted that. Nobody checks the time that a
  // freeze itself gives.
  std::optional<Timestamp> frozen_here_at(const ProjectId& project, const Hash32& slot) const;
  // In the order of kinds and slots, both.
  std::vector<StatementPointer> of(const ProjectId& project) const;
  std::vector<StatementPointer> of(const ProjectId& project, format::StatementKind kind) const;
  // Of all that are on the disk, also those that do not count under the charter in force.
  std::vector<Hash32> slots_of(const ProjectId& project, format::StatementKind kind) const;
  // Of those that do not count, the octets.
  std::vector<Bytes> idle_of(const ProjectId& project, format::StatementKind kind) const;
  // With the number of each, which no other statement of this epoch has or will have.
  struct Numbered {
    std::uint64_t sequence = 0;
    StatementPointer statement;
  };
  std::vector<Numbered> numbered(const ProjectId& project) const;

  // Called from the loop for each change, when it is durable and before take() resumes. It must not wait.
  using Changes = env::Signal<const StatementChange&>;
  Changes::Subscription subscribe(Changes::Listener listener) { return changes_.subscribe(std::move(listener)); }

  // ---- for links ----

  const Bytes& epoch() const { return epoch_; }
  std::uint64_t last() const { return last_; }  // the number of the newest one
  // The first one after this number; of `urgent` only the urgent ones.
  enum class Which { kAll, kUrgent };
  std::optional<Numbered> next_after(std::uint64_t sequence, Which which) const;
  std::optional<PeerMark> mark_of(const RelayId& peer) const;

  // ---- what must be durable before something is said ----

  // Small facts by name that outlive a restart and every check ("never sign another hash for this version"). Keys of at
  // most 400 octets begin with the name of their owner.
  std::optional<Bytes> mark(BytesView key) const;
  // Durable when it returns. Errors: kStatementsFailed.
  env::awaitable<Result<void>> put_mark(Bytes key, Bytes value);
  // The same of many in one commit, each where the value was this one before, or none: which of them were written.
  struct MarkChange {
    Bytes key;
    std::optional<Bytes> before;
    Bytes value;
  };
  env::awaitable<Result<std::vector<bool>>> replace_marks(std::vector<MarkChange> changes);
  // Writes the value unless one is there, and returns the one that stands: what was promised once, stands.
  env::awaitable<Result<Bytes>> put_mark_once(Bytes key, Bytes value);
  // The key of the first mark after `key`.
  std::optional<Bytes> mark_after(BytesView key) const;

  // ---- after a restore ----

  // Whether this relay may lack what it once signed: then it must ask peers for all that they hold.
  bool is_restored() const { return !mark(kRestoredMark).value_or(Bytes()).empty(); }
  // Whether it may sign what a forgotten word of its own could contradict. Nobody can tell a relay without peers more.
  bool may_sign() const { return has_no_peers_ || !is_restored(); }
  void have_no_peers(bool none);
  // A peer has given all that it holds, and it is durable here. Does nothing if this relay is not restored.
  env::awaitable<Result<void>> be_complete();
  // Called when the relay may sign again, as Changes are.
  using MaySign = env::Signal<>;
  MaySign::Subscription subscribe_may_sign(MaySign::Listener listener) { return may_sign_again_.subscribe(std::move(listener)); }

 private:
  struct Slot {
    ProjectId project;
    format::StatementKind kind{};
    Hash32 slot;
    friend auto operator<=>(const Slot&, const Slot&) = default;
  };
  struct Held {
    std::uint64_t sequence = 0;
    StatementPointer statement;  // null: `octets` do not verify under the charters held
    Bytes octets;
  };
  enum class For { kAnybody, kThisRelay };
  class Rooms;

  static Bytes key_of(const Slot& slot);
  static Bytes peer_key(const RelayId& peer);
  static std::optional<Slot> slot_of(BytesView key);
  void load(StatementTable::Contents contents);
  // On a worker too.
  static Result<format::VerifiedStatement> verify(const ChainOf& chain_of, std::span<const format::PolicyRelay> also,
                                                  const Bytes& statement);
  struct Asked {
    IsWanted is_wanted = {};
    For whom = For::kAnybody;
    std::optional<RelayId> from = {};
  };
  env::awaitable<Result<std::vector<Result<Taken>>>> take_all(std::vector<Bytes> statements, std::map<Bytes, Bytes> marks,
                                                              Asked asked);
  env::awaitable<void> recheck(ProjectId project);
  env::awaitable<Result<void>> commit(StatementTable::Change change);
  void raise(const OwnWords::Mark& word, std::map<Bytes, Bytes>& marks) const;
  void hold(const Slot& slot, std::uint64_t sequence, StatementPointer statement);
  void drop(const Slot& slot);

  env::Environment& env_;
  StatementTable& table_;
  ChainOf chain_of_;
  std::vector<format::PolicyRelay> also_;
  Bytes epoch_;
  std::uint64_t last_ = 0;
  std::map<Slot, Held> held_;
  std::map<std::uint64_t, Slot> by_sequence_;
  std::set<std::uint64_t> urgent_;  // sequences of these
  std::set<Slot> needed_;
  std::map<Bytes, Bytes> marks_;
  std::optional<OwnWords> own_;
  bool has_no_peers_ = false;
  std::set<ProjectId> to_recheck_;
  env::Event recheck_event_;
  env::Turns turns_;  // one group is verified and committed at a time, so what it decides on is what it changes
  Changes changes_;
  MaySign may_sign_again_;
};

}  // namespace tamizdat::statements
