// Reading what other newsrooms wrote: all new slots of the pools are fetched, whoever they are for, so that no relay learns
// which ones we open; what opens is put together, and its sender checked against the newest charter that is known of him.
// Nothing is written as a file before that. What one relay or one letter does wrong keeps no other one from being read.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "client-lib/charters/directory.h"
#include "client-lib/desk/desk_store.h"
#include "client-lib/edges/edges.h"
#include "client-lib/letters/sealing_keys.h"
#include "proto/format/letter.h"

namespace tamizdat::letters {

struct Received {
  ProjectId project;
  std::string project_title;
  std::string desk_label;
  bool desk_is_closed = false;
  std::optional<Timestamp> frozen_since;  // the sender's project
  Timestamp time;
  std::filesystem::path file;
};

struct Inbox {
  std::uint64_t slots_fetched = 0;
  std::vector<Received> letters;
  std::uint64_t letters_not_whole = 0;
  std::vector<std::string> waiting;      // why a letter's sender cannot be proven yet; the next run tries again
  std::vector<Error> refused;            // letters and slots for us that are not what they claim to be
  std::vector<Error> not_written;        // letters whose file could not be written; the next run tries again
  std::vector<std::string> troubles;     // of relays, a sentence each
  std::vector<Error> keys_unusable;      // secrets of this home that do not open
  std::vector<Hash32> keys_missing;      // listed by the charter, and not in this home
  std::vector<Hash32> keys_destroyed;    // rotated away: nothing can come any more that they open
  bool any_relay_answered = false;
};

// What one relay gets of one run: enough for a month's letters on a slow line, and an end to one that makes up slots.
struct RelayLimits {
  std::uint64_t octets_max = std::uint64_t{256} << 20;
  seconds time_max{20 * 60};
};
// Parts of letters that are not whole, of all relays together.
inline constexpr std::uint64_t kPartsKeptBytesMax = std::uint64_t{2} << 30;

struct Reading {
  desk::DeskStore& store;
  const desk::Project& project;
  const SealingKeys& keys;
  const format::SigningKey& desk_key;
  const edges::Clock& clock;
  std::filesystem::path folder;  // where files are written
  std::vector<net::RelayClient>& relays;
  charters::Directory& directory;  // that has asked
  const charters::Progress& progress;
  RelayLimits limits = {};
};

// Errors: those of the desk's file and of the folder of sealing keys.
Result<Inbox> read_inbox(const Reading& reading);

}  // namespace tamizdat::letters
