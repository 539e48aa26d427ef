// From bytes that somebody sent to entries that are durable: finds the charter, verifies on a worker, commits through
// the writer. Links and submissions share it, so there is one road into the store. Loop thread only.
//
// Policy stands between the two halves: what is verified may still not be wanted here.
//
//   auto bundle = co_await intake.verify_bundle(std::move(bytes));
//   if (auto allowed = policy::admit_bundle(rules, *bundle); !allowed) ...
//   auto done = co_await intake.commit(*std::move(bundle));
#pragma once

#include <vector>

#include "relay/env/clock.h"
#include "relay/env/turns.h"
#include "relay/env/workers.h"
#include "relay/store/writer.h"

namespace tamizdat::store {

// Limits of what peers can pass on: format/limits.h.
inline constexpr ErrorCode kCharterChainTooLong{"charter-chain-too-long"};
// Too many chains are being verified: send it again in a minute.
inline constexpr ErrorCode kIntakeBusy{"intake-busy"};

class Intake {
 public:
  Intake(Store& store, Writer& writer, env::Workers& workers, env::Clock& clock)
      : store_(store), writer_(writer), workers_(workers), clock_(clock) {}

  // Errors: kUnknownProject (send the charters first) and those of format::verify_bundle().
  env::awaitable<Result<format::VerifiedBundle>> verify_bundle(Bytes bundle);
  // `from`: the peer that sent it. Errors: those of Store::commit().
  env::awaitable<Result<Committed>> commit(format::VerifiedBundle bundle, std::optional<RelayId> from = {});

  // A project's whole chain, from version 1 on. What is held octet for octet is not verified again; of the rest, chains take
  // turns on one worker, some versions at a time. Errors: kCharterChainTooLong, kIntakeBusy (for strangers, so that a peer's
  // are always taken), those of format::verify_first_charter() and format::verify_charter_update().
  enum class From { kPeer, kStranger };
  env::awaitable<Result<std::vector<format::VerifiedCharter>>> verify_charters(std::vector<Bytes> signed_charters,
                                                                                From from = From::kPeer);
  // The charter in force afterwards. Errors: kCharterRolledBack (the chain is shorter than the one held; a chain that
  // is held already is no error), kCharterForked, and those of Store::commit().
  env::awaitable<Result<format::VerifiedCharter>> commit(std::vector<format::VerifiedCharter> chain);
  // Puts the charters of a branch that won in the place of those held, from the version of the first one on. Errors: those
  // of Store::commit().
  env::awaitable<Result<void>> replace(std::vector<format::VerifiedCharter> branch);

 private:
  // Each holds a chain in memory, 8 MiB at most.
  static constexpr std::size_t kChainsOfStrangersMax = 8;

  Store& store_;
  Writer& writer_;
  env::Workers& workers_;
  env::Clock& clock_;
  std::size_t chains_under_way_ = 0;
  env::Turns turns_;  // one worker is left for everything else, however many chains come
};

}  // namespace tamizdat::store
