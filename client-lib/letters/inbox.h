// Reading what other newsrooms wrote: all new slots of the pools are fetched, whoever they are for, so that no relay learns
// which ones we open; what opens is put together, and its sender checked against the charter that relays have. Nothing is
// written as a file before that.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "client-lib/charters/newest.h"
#include "client-lib/desk/desk_store.h"
#include "client-lib/edges/edges.h"
#include "client-lib/letters/sealing_keys.h"
#include "proto/format/letter.h"

namespace tamizdat::letters {

inline constexpr ErrorCode kSenderUnknown{"sender-unknown"};

struct Received {
  ProjectId project;
  std::string project_title;
  std::string desk_label;
  bool desk_is_closed = false;
  Timestamp time;
  std::filesystem::path file;
};

struct Inbox {
  std::uint64_t slots_fetched = 0;
  std::vector<Received> letters;
  std::uint64_t letters_not_whole = 0;
  std::vector<Error> refused;            // letters and slots for us that are not what they claim to be
  std::vector<std::string> troubles;     // of relays, a sentence each
  std::vector<Hash32> keys_missing;      // listed by the charter, and not in this home
  std::vector<Hash32> keys_destroyed;    // rotated away: nothing can come any more that they open
  bool any_relay_answered = false;
};

struct Reading {
  desk::DeskStore& store;
  const desk::Project& project;
  const SealingKeys& keys;
  const format::SigningKey& desk_key;
  const edges::Clock& clock;
  std::filesystem::path folder;  // where files are written
  std::vector<net::RelayClient>& relays;
  const charters::Progress& progress;
};

// Errors: those of the home, of its keys and of the folder.
Result<Inbox> read_inbox(const Reading& reading);

// The newest charter of a project that relays or this home know; kept. Errors: kSenderUnknown, format::kCharterForked, those of
// the home.
Result<charters::Chain> charter_of(desk::DeskStore& store, const ProjectId& project, std::vector<net::RelayClient>& relays,
                                   const charters::Progress& progress);

}  // namespace tamizdat::letters
