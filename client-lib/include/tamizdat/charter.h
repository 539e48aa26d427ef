// A project's charter through its life: what those who hold root keys do. An update is made as a request, a file that is
// signed where the root keys are, on machines that need no home and no line, and is then submitted to relays.
//
//   auto request = request_update({.home = home}, {.title = "Ural Notes"}, "request");
//   sign_request("request", "/media/stick/root-1.key", passphrase);
//   submit_request({.home = home}, {"request"});
//
// No call needs the desk's key. Without a home a project is named by its id and found on relays.
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

// Where the charter in force is looked up, and where an update goes.
struct CharterSource {
  std::string home = {};                 // empty: default_home(); it need not exist if `project` is given
  std::string project = {};              // its id; empty: the project of the home
  std::vector<std::string> relays = {};  // address lines, besides those of the home if that is the same project's
  std::string proxy = {};
  Progress progress = {};
  bool offline = false;  // ask no relay: only if the home surely has the newest charter
  bool unwitnessed = false;  // go on though no quorum of the charter's relays names it as the newest, or one names another
};

// How what a relay gives and signs stands to the charter in hand.
enum class CharterStanding : std::uint8_t {
  kAgrees,
  kOlder,       // it is behind, or hides the newer one
  kNewer,       // it has signed that a later one is in force
  kForked,      // another charter of the same version
  kNotKnown,    // it does not know the project
  kNotReached,  // nor has anybody passed on its word
};

struct RelayStanding {
  std::string relay = {};    // host and port; of one that only the charter names, its id
  std::string country = {};  // as the charter lists it; empty if it does not
  CharterStanding standing = CharterStanding::kNotReached;
  std::uint64_t version = 0;  // of the charter that it gives or names
  bool vouches = false;       // its signed word, recent enough, names the charter in hand: it counts for the quorum
  std::string text = {};           // in words
};

struct DeskDraft {
  std::string id = {};
  std::string label = {};
  std::vector<std::string> languages = {};  // of its articles; empty: all
  std::vector<std::string> regions = {};
  std::string from = "none";   // a date (2028-01-31), from which on it may publish
  std::string until = "none";  // until when
  std::uint64_t entries_per_day = 0;  // 0: what each relay allows
  std::uint64_t bytes_per_day = 0;
};

// What shall be different of a desk that is listed; the rest stays.
struct DeskEdit {
  std::string id = {};
  std::optional<std::string> label = {};
  std::optional<std::vector<std::string>> languages = {};  // empty: all
  std::optional<std::vector<std::string>> regions = {};
  std::optional<std::string> from = {};   // a date or "none"
  std::optional<std::string> until = {};
  std::optional<std::uint64_t> entries_per_day = {};  // 0: what each relay allows
  std::optional<std::uint64_t> bytes_per_day = {};
};

struct MirrorDraft {
  std::string url = {};
  std::string country = {};  // two letters, or empty
};

// A relay that counts for freshness and for copies. Its keys as hexadecimal text.
struct PolicyRelayDraft {
  std::string relay = {};  // its id
  std::string country = {};
  std::string witness_key = {};
  std::string mirror_key = {};
};

// One that is asked for its keys: its descriptor tells them, signed by the identity key of the address line.
struct RelayToList {
  std::string address = {};  // line
  std::string country = {};  // empty: as the relay says of itself
};

// What stays of a desk that is closed: its first entries, as their root proves.
struct DeskClosing {
  std::string id = {};
  std::uint64_t size = 0;
  std::string root = {};  // hexadecimal
};

// What shall be different; the rest stays. A list replaces the whole list.
struct CharterEdit {
  std::optional<std::string> title = {};
  std::optional<std::string> contact = {};
  std::optional<std::vector<std::string>> languages = {};
  std::optional<std::vector<std::string>> regions = {};
  std::optional<std::string> expires = {};  // a date (2028-01-31) or "never"
  std::vector<std::string> add_root_keys = {};  // ids
  std::vector<std::string> remove_root_keys = {};
  std::optional<unsigned> threshold = {};
  std::vector<DeskDraft> add_desks = {};
  std::vector<DeskEdit> change_desks = {};
  std::vector<DeskClosing> close_desks = {};  // as request_closing() finds them out
  std::vector<std::string> add_sealing_keys = {};  // their ids, or the file that holds the secret: its public key is taken
  std::vector<std::string> remove_sealing_keys = {};
  std::vector<MirrorDraft> add_mirrors = {};
  std::vector<std::string> remove_mirrors = {};  // URLs
  std::vector<PolicyRelayDraft> add_relays = {};  // one with the same id is replaced
  std::vector<RelayToList> list_relays = {};      // the same, with the keys that each tells
  std::vector<std::string> remove_relays = {};    // ids
  std::optional<unsigned> quorum = {};        // default: more than half of the relays, and more than are in one country
  std::optional<unsigned> fresh_hours = {};   // default with relays: 24
  std::optional<unsigned> copies = {};
  std::optional<unsigned> countries = {};
  std::optional<unsigned> erase_delay_hours = {};
};

// A request as it stands.
struct RequestInfo {
  std::string project = {};
  std::string title = {};           // of the charter in force
  std::uint64_t version = 0;   // that it would become
  std::string charter_hash = {};    // hexadecimal
  std::vector<std::string> changes = {};   // a sentence each
  std::vector<std::string> warnings = {};  // what may not be meant
  std::vector<std::string> signed_by = {};  // root key ids
  std::vector<std::string> may_sign = {};
  unsigned signatures_missing = 0;
  std::string file = {};
  sys_seconds issued_at{};
  std::optional<sys_seconds> expires_at = {};
  bool is_shown_whole = true;  // false: it changes more than `changes` can say
  // Of a new request: the relays that were asked, and those of the charter's policy.
  std::vector<RelayStanding> relays = {};
  unsigned quorum = 0;  // of the policy; 0: it has no witnesses
  std::vector<std::string> not_asked = {};  // of a closing: a sentence for each relay of which nobody knows what it holds
};

// What a relay made of the new charter.
struct CharterTaken {
  std::string relay = {};  // host and port
  std::optional<Problem> problem = {};
};

struct SubmitReport {
  std::string project = {};
  std::string title = {};
  std::uint64_t version = 0;
  std::string charter_hash = {};
  std::vector<CharterTaken> relays = {};
  bool kept_in_home = false;
};

// Writes the file `out`, which must not exist. A charter that the project could not live with is refused here, at the
// keyboard, and so is one on top of a charter that is not known to be the newest: two of one version split the project.
// Errors: charter-edit-invalid, charter-forked, charter-not-newest, charter-not-witnessed, project-unknown,
// no-relay-reachable, those of the file.
Outcome<RequestInfo> request_update(const CharterSource& source, const CharterEdit& edit, const std::string& out);
Outcome<RequestInfo> request_update(const CharterSource& source, const CharterEdit& edit, const std::string& out, Edges& edges);

// A new desk to which goes all that the charter says of the one in whose place it comes: scope, dates, quotas, and the label
// unless another is given.
struct DeskHeir {
  std::string id = {};
  std::string label = {};
};

// A desk that was lost or stolen, and how much of what it published is good.
struct ClosingDraft {
  std::string desk = {};
  std::string before = {};               // the first entry that is not good; empty: all that relays hold is
  std::optional<std::uint64_t> size = {};  // or how many entries are good
  std::string as_held_by = {};           // where relays hold two histories: the relay with the good one, id or host:port
  std::optional<DeskDraft> successor = {};  // a new desk in its place
  std::optional<DeskHeir> heir = {};        // the same, on the same terms
};

// A request that closes the desk at its last good (size, root), taken from what relays hold and verified here; the desk's
// own machine is not needed. Errors: as request_update, desk-not-listed, histories-differ, closing-beyond-held,
// closing-below-known, no-relay-holds.
Outcome<RequestInfo> request_closing(const CharterSource& source, const ClosingDraft& draft, const std::string& out);
Outcome<RequestInfo> request_closing(const CharterSource& source, const ClosingDraft& draft, const std::string& out, Edges& edges);

// What a file asks for, and who has signed it. Errors: not-a-charter-request, those of the charters and of the file.
Outcome<RequestInfo> read_request(const std::string& file);

// What is meant though it is dangerous.
struct SigningConsent {
  bool another = false;  // the key has signed another charter of this version, and that one will never be in force
  bool unshown = false;  // what the request changes cannot be shown whole
};

// Adds a signature to the file. What the key has signed is kept beside its file, in `<root key file>.signed`, before the
// signature is made. Errors: as read_request, not-a-root-key, charter-signed-another, signed-record-damaged,
// changes-not-shown, those of the key file.
Outcome<RequestInfo> sign_request(const std::string& file, const std::string& root_key_file, const Passphrase& passphrase,
                                  const SigningConsent& consent = {});

// Takes copies of one request that were signed apart. With all signatures the charter is kept in the home, if that is the
// project's, and then sent to the relays. Errors: charter-below-threshold, charter-forked, charter-rolled-back,
// charter-not-newest.
Outcome<SubmitReport> submit_request(const CharterSource& source, const std::vector<std::string>& files);
Outcome<SubmitReport> submit_request(const CharterSource& source, const std::vector<std::string>& files, Edges& edges);

// Two charters of one version, both signed by enough root keys, by what relays give and sign.
struct CharterDispute {
  std::uint64_t version = 0;
  bool decided = false;  // else the project stands still
  std::string text = {};      // which relays took which
};

// How relays stand to the charter, and whether there is another one.
struct CharterView {
  std::uint64_t version = 0;
  std::string charter_hash = {};
  std::vector<RelayStanding> relays = {};
  unsigned quorum = 0;
  std::vector<CharterDispute> disputes = {};
};

// Asks the relays and changes nothing, neither there nor here, but that the home remembers a dispute. Errors: project-unknown, no-relay-reachable, those of the home.
Outcome<CharterView> view_charter(const CharterSource& source);
Outcome<CharterView> view_charter(const CharterSource& source, Edges& edges);

}  // namespace tamizdat::client
