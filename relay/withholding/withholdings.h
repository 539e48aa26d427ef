// What the operator withholds: signs the notice, makes it durable and public, and keeps store::Withheld in step with the
// notices of this relay that are in force, from the start on. Who shows or tells something of an entry subscribes.
//
// Loop thread only. Everything it is given outlives it, and it outlives every coroutine inside its functions.
#pragma once

#include <string>

#include "relay/env/environment.h"
#include "relay/env/signal.h"
#include "relay/statements/statements.h"
#include "relay/store/withholding_store.h"

namespace tamizdat::withholding {

// The entry is not held here.
inline constexpr ErrorCode kEntryNotHeld{"entry-not-held"};
// It brings no text of its own to readers: a retraction, an embargo key.
inline constexpr ErrorCode kEntryWithoutText{"entry-without-text"};
inline constexpr ErrorCode kNotWithheld{"not-withheld"};

enum class Versions { kThisOne, kAll };

struct Order {
  EntryId entry;
  Versions versions = Versions::kThisOne;  // or the whole article, as its page shows it
  std::string country;                     // ISO 3166-1 alpha-2
  std::string reason;                      // as the format bounds it
  store::Withheld::From from = store::Withheld::From::kReaders;
};

class Withholdings {
 public:
  // `store` is the whole one, which holds nothing back.
  Withholdings(env::Environment& env, const store::Store& store, statements::Statements& statements,
               const format::SigningKey& identity, store::Withheld& withheld);

  // In force and public when it returns; says what was done, a line an entry. Errors: kEntryNotHeld, kEntryWithoutText,
  // those of Statements::take().
  env::awaitable<Result<std::string>> withhold(Order order);
  // Served again. Errors: as above, kNotWithheld.
  env::awaitable<Result<std::string>> lift(EntryId entry, Versions versions);
  // Those in force, a line each, the oldest first; empty if there is none.
  std::string list() const;
  // Where the entries lie that are withheld now.
  std::vector<store::Store::Position> positions() const;

  // Whether the entry there is served has changed.
  using Changes = env::Signal<const store::Store::Position&>;
  Changes::Subscription subscribe(Changes::Listener listener) { return changes_.subscribe(std::move(listener)); }

 private:
  std::vector<statements::StatementPointer> in_force() const;
  void on_statement(const statements::StatementChange& change);
  void apply(const format::Withholding& notice);
  struct Named {
    ProjectId project;
    std::vector<EntryId> entries;  // one, or all versions of it
  };
  // Errors: as of withhold().
  env::awaitable<Result<Named>> look_up(EntryId entry, Versions versions) const;
  env::awaitable<Result<void>> say(ProjectId project, format::WithholdingContent content);

  env::Environment& env_;
  const store::Store& store_;
  statements::Statements& statements_;
  const format::SigningKey& identity_;
  RelayId self_;
  store::Withheld& withheld_;
  Changes changes_;
  statements::Statements::Changes::Subscription statement_changes_;
};

}  // namespace tamizdat::withholding
