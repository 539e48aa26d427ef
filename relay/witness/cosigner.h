// The relay as a witness: cosigns heads of projects that list it, of logs that it holds whole. What it signed last is
// durable before the next signature leaves (a high-water mark of size, root and time), so that no crash makes it vouch for
// two histories, or for a smaller one. A relay that was restored from a backup has an older mark: it signs nothing until a
// peer has given it all statements, its own last word among them, which raises the mark. Loop thread only.
#pragma once

#include "relay/statements/own_words.h"
#include "relay/statements/statements.h"
#include "relay/store/store.h"

namespace tamizdat::witness {

// The head contradicts what this relay cosigned before: the log has two histories.
inline constexpr ErrorCode kCosignedAnother{"cosigned-another-history"};

using statements::HighWater;

class Cosigner {
 public:
  Cosigner(env::Environment& env, store::Store& store, statements::Statements& statements, RelayId relay,
           const format::SigningKey& witness_key)
      : env_(env), store_(store), statements_(statements), relay_(relay), key_(witness_key) {}

  // Whether the charter lists this relay as a witness, with this key.
  bool is_listed(const format::VerifiedCharter& charter) const;
  struct Due {
    store::LogState log;
    format::VerifiedCharter charter;
    seconds age_max{};
  };
  // Cosigns the head of each log where the last cosignature is of another size or older than `age_max`: all marks in one
  // commit, and then all cosignatures in another. Nothing happens where the relay is not listed, the desk is closed, the log
  // is forked, the log is not whole under its head, or the clock stands before the last cosignature, or the relay may not sign
  // after a restore. Gives why heads are not cosigned: kCosignedAnother, errors of Statements and Store.
  env::awaitable<std::vector<Error>> cosign(std::vector<Due> due);

 private:
  struct Wanted {
    const store::LogState* log;
    Bytes key;  // of the mark
    std::optional<Bytes> before;
    HighWater was;  // what `before` says
    HighWater mark;
  };
  Result<std::optional<Wanted>> wanted(const Due& due) const;
  void drop_contradicting(std::vector<Wanted>& heads, std::vector<Error>& errors) const;
  bool is_open(const store::LogState& log, const format::VerifiedCharter& charter) const;
  const format::WitnessedHead* own(const store::LogState& log) const;

  env::Environment& env_;
  store::Store& store_;
  statements::Statements& statements_;
  RelayId relay_;
  const format::SigningKey& key_;
};

}  // namespace tamizdat::witness
