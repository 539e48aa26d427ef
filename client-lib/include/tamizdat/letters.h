// Sealed exchange between newsrooms: files that go from a desk to other projects so that no relay sees who wrote to whom, or
// what. A project that wants letters names a sealing key in its charter; the secret lies in the home that made it.
//
//   auto key = new_sealing_key({.home = home}, passphrase);        // then: project update --add-sealing-key
//   send_letter({.home = home}, {.recipients = {"tzproject1..."}, .path = "report.pdf"}, passphrase);
//   read_letters({.home = home}, {}, passphrase);
//
// What goes to relays names no other project: sending and reading both ask each relay for the charters of all its projects,
// and reading fetches all slots. Before either, the home takes up the newest charter of its own project.
//
// Errors of all of them (Problem::code): those of the home (home-missing, project-missing, desk-file-failed, desk-file-busy)
// and of key files; no-relay; no-relay-reachable where no relay answers; charter-forked.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tamizdat/desk.h>
#include <tamizdat/outcome.h>
#include <tamizdat/passphrase.h>

namespace tamizdat::client {

struct LetterDraft {
  std::vector<std::string> recipients = {};  // project ids, at most 16
  std::string path = {};                     // of the file, at most 64 MiB; recipients learn its name
  unsigned days = 14;                   // how long relays keep it, 1 to 30
  std::vector<std::string> relays = {};  // address lines besides the desk's own
};

struct LetterRecipient {
  std::string project = {};
  std::string title = {};
};

struct SentLetter {
  std::string letter = {};  // its hash in hexadecimal; empty if only what waited was sent
  std::vector<LetterRecipient> recipients = {};
  std::uint64_t slots = 0;    // that it took
  std::uint64_t handed_in = 0;  // of all that waited, in this run
  std::uint64_t waiting = 0;    // no relay took them yet: send_waiting_letters()
  bool all_refused = false;     // relays answer, and none takes what waits
  std::uint64_t ended = 0;      // waited until their end, and are gone: send these letters again
  sys_seconds ends = {};             // relays keep it until then
  std::vector<std::string> troubles = {};  // of relays, and of recipients whose charter has expired
};

struct ReceivedLetter {
  std::string project = {};  // of the sender, proven
  std::string project_title = {};
  std::string desk_label = {};
  bool desk_is_closed = false;  // its key may have been stolen: ask the sender on another way
  std::optional<sys_seconds> frozen_since = {};  // the sender's project, by one of its root keys: ask the same way
  sys_seconds time = {};             // as the sender says
  std::string file = {};             // where it lies now
};

struct InboxReport {
  std::uint64_t slots_fetched = 0;
  std::vector<ReceivedLetter> letters = {};
  std::uint64_t letters_not_whole = 0;    // parts have not come yet
  std::vector<std::string> waiting = {};       // why a letter's sender is not proven yet; the next run tries again
  std::vector<Problem> refused = {};           // letters for us that are not what they claim to be
  std::vector<Problem> not_written = {};       // their files could not be written; the next run tries again
  std::vector<std::string> troubles = {};      // of relays
  std::vector<Problem> keys_unusable = {};     // secrets of this home that do not open
  std::vector<std::string> keys_missing = {};  // the charter names them, and this home has no secret: such letters are lost here
  std::vector<std::string> keys_destroyed = {};  // rotated away long enough ago
};

struct SealingKeyInfo {
  std::string key = {};  // tzseal1...
  bool is_here = false;      // its secret is in this home
  bool is_listed = false;    // by the charter in force
};

// Makes a key and keeps its secret in the home. It is of use when the charter lists it.
Outcome<SealingKeyInfo> new_sealing_key(const DeskOptions& options, const Passphrase& passphrase);
Outcome<SealingKeyInfo> new_sealing_key(const DeskOptions& options, const Passphrase& passphrase, Edges& edges);
// Those of the home and those of the charter, the newest one that a relay has; where none answers, the one that this home
// knows. Needs no passphrase.
Outcome<std::vector<SealingKeyInfo>> sealing_keys(const DeskOptions& options);
Outcome<std::vector<SealingKeyInfo>> sealing_keys(const DeskOptions& options, Edges& edges);
// Writes the secret into a key file of its own under a passphrase, for another home of the project. Errors:
// sealing-key-unknown, file-exists, those of the key files.
Outcome<void> export_sealing_key(const DeskOptions& options, const std::string& key, const Passphrase& passphrase,
                                 const std::string& file, const Passphrase& file_passphrase);
Outcome<void> export_sealing_key(const DeskOptions& options, const std::string& key, const Passphrase& passphrase,
                                 const std::string& file, const Passphrase& file_passphrase, Edges& edges);
// Takes the secret of such a file into the home. Errors: those of the key files.
Outcome<SealingKeyInfo> import_sealing_key(const DeskOptions& options, const std::string& file, const Passphrase& file_passphrase,
                                           const Passphrase& passphrase);
Outcome<SealingKeyInfo> import_sealing_key(const DeskOptions& options, const std::string& file, const Passphrase& file_passphrase,
                                           const Passphrase& passphrase, Edges& edges);
enum class ListedKey : std::uint8_t { kKeep, kDestroy };
// Destroys a secret now: letters that were sealed to it and not opened are lost. Errors: sealing-key-unknown,
// sealing-key-listed (the charter that the home knows still names it, and `listed` does not say so).
Outcome<void> destroy_sealing_key(const DeskOptions& options, const std::string& key, ListedKey listed = ListedKey::kKeep);

// Seals the file, keeps the slots in the home, and hands them to the first relay that takes them. Errors, and then nothing is
// sealed: file-missing, file-too-large, letter-name-wrong, letter-days-wrong, letter-recipients-wrong, id-invalid,
// project-unknown (of a recipient), no-sealing-key (in his charter), desk-closed, desk-not-yet-valid, desk-no-longer-valid,
// project-frozen (of this desk, or its project). What no relay takes is no error: `waiting`.
Outcome<SentLetter> send_letter(const DeskOptions& options, const LetterDraft& draft, const Passphrase& passphrase);
Outcome<SentLetter> send_letter(const DeskOptions& options, const LetterDraft& draft, const Passphrase& passphrase, Edges& edges);
// Needs no passphrase. `relays`: as above; a relay that was not named when a letter was sealed does not take it.
Outcome<SentLetter> send_waiting_letters(const DeskOptions& options, const std::vector<std::string>& relays);
Outcome<SentLetter> send_waiting_letters(const DeskOptions& options, const std::vector<std::string>& relays, Edges& edges);

struct InboxOptions {
  std::string folder = {};               // where files are written, as they are and not encrypted; empty: inbox in the home
  std::vector<std::string> relays = {};  // address lines besides the desk's own
};
// A letter that is refused, waits or cannot be written is in the report, and keeps no other one from being read.
Outcome<InboxReport> read_letters(const DeskOptions& options, const InboxOptions& inbox, const Passphrase& passphrase);
Outcome<InboxReport> read_letters(const DeskOptions& options, const InboxOptions& inbox, const Passphrase& passphrase, Edges& edges);

}  // namespace tamizdat::client
