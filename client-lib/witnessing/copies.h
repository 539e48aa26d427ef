// Where a log lies, by what relays have signed: a copy is a receipt of a relay that the charter lists by its key and its
// country, over the history that is here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client-lib/witnessing/statement_set.h"

namespace tamizdat::witnessing {

// Entries [from, to) of the log, of which the first `to` have this root.
struct WantedCopies {
  const format::VerifiedCharter& charter;
  LogId log;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::uint64_t log_size = 0;
  std::function<std::optional<Hash32>(std::uint64_t n)> root_at;  // n <= log_size
  std::span<const std::uint64_t> retracted;  // entries that relays may have erased, ascending
  Timestamp now;
};

// Relays sign their receipts anew every six hours at the latest. Who has been silent for longer than this may be gone.
inline constexpr std::chrono::days kReceiptAgeMax{7};

struct Copy {
  RelayId relay;
  std::string country;  // as the charter says; else as the relay does
  bool listed = false;  // in the charter: others do not count
  std::optional<format::Receipt> receipt;  // the newest one over this history
  bool whole = false;   // it covers all that is wanted, and is not older than kReceiptAgeMax
};

struct Copies {
  std::vector<Copy> relays;  // those of the charter in its order, then others that gave a receipt
  unsigned copies = 0;       // listed and whole
  unsigned countries = 0;    // of these
  // The most that the listed relays could make, if each had a copy.
  unsigned possible_copies = 0;
  unsigned possible_countries = 0;

  bool meet(const format::CopiesPolicy& policy) const { return copies >= policy.copies && countries >= policy.countries; }
  bool can_meet(const format::CopiesPolicy& policy) const {
    return possible_copies >= policy.copies && possible_countries >= policy.countries;
  }
};

Copies count_copies(const WantedCopies& wanted, std::span<const StatementPointer> statements);

}  // namespace tamizdat::witnessing
