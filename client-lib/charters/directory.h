// The newest charter of any project, without telling a relay which one is wanted: each is asked for the charters of all its
// projects, and the choice is made here. For letters, where the name in a request would be the name of the one who is
// written to. No tag of an earlier answer goes back to the relay either: it could tell by it who asks.
//
//   Directory directory(store.known_charters());
//   const auto asked = directory.ask(relays, progress);
//   const auto found = directory.find(recipient);
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "client-lib/charters/newest.h"
#include "client-lib/desk/known_charters.h"

namespace tamizdat::charters {

// What the home keeps of them at most. Beyond that a new project is known for this run only.
inline constexpr std::uint64_t kKnownChartersBytesMax = std::uint64_t{256} << 20;

struct Asked {
  std::size_t answered = 0;
  std::vector<std::string> troubles;  // of relays, a sentence each
};

struct Found {
  Chain chain;
  std::optional<Timestamp> frozen_since;  // its charter in force, as a relay says
};

class Directory {
 public:
  // Outlives it.
  explicit Directory(desk::KnownCharters& kept, std::uint64_t bytes_max = kKnownChartersBytesMax)
      : kept_(kept), bytes_max_(bytes_max) {}

  // Verifies and keeps what is newer. A chain that does not verify is a trouble of the relay and loses nothing. Errors: those
  // of the home.
  Result<Asked> ask(std::span<net::RelayClient> relays, const Progress& progress);
  // None if nobody knows the project. Where two charters of one version are known, the one that its relays decided for, which
  // is kept from then on. Errors: format::kCharterForked (not decided), those of the home.
  Result<std::optional<Found>> find(const ProjectId& project);
  // What is known and what relays said, for who decides with more than that. Errors: those of the home.
  Result<Said> said_of(const ProjectId& project);

 private:
  struct Offer {
    std::vector<Bytes> chain;
    std::vector<Bytes> statements;
  };
  Result<std::map<ProjectId, Offer>> offers_of(net::RelayClient& relay) const;
  Result<bool> take(const ProjectId& project, const Offer& offer);
  Result<std::optional<Chain>> known(const ProjectId& project);
  Result<void> keep(const Chain& chain);

  desk::KnownCharters& kept_;
  std::uint64_t bytes_max_;
  std::uint64_t octets_ = 0;  // that are kept
  std::map<ProjectId, Hash32> fingerprints_;  // of what is kept
  std::map<ProjectId, Chain> not_kept_;
  std::map<ProjectId, std::vector<Bytes>> statements_;  // unverified
  std::map<ProjectId, std::vector<Chain>> branches_;    // that contradict what is known
};

}  // namespace tamizdat::charters
