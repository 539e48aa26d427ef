// A newsroom's desk: its project, its relays, and what it publishes. One home folder is one desk of one project; what a
// call has signed is on the disk before anything is sent. One thread an object; several processes take turns.
//
//   auto desk = Desk::open({.home = "/home/anna/desk"});
//   auto published = desk->publish({.path = "snow.md"}, passphrase);
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tamizdat/freshness.h>
#include <tamizdat/outcome.h>
#include <tamizdat/withholding.h>
#include <tamizdat/passphrase.h>

namespace tamizdat::client {

struct Edges;  // clock, randomness, network: the library's own unless a test brings others

using std::chrono::sys_seconds;

// What is being done, and how much of it; `of` is 0 where the end is unknown. Called from the calling thread.
using Progress = std::function<void(std::string_view doing, std::uint64_t done, std::uint64_t of)>;

struct DeskOptions {
  std::string home = {};   // empty: default_home()
  std::string proxy = {};  // as curl takes it, "socks5h://127.0.0.1:9050" for Tor; empty: the environment (ALL_PROXY)
  Progress progress = {};
};

// $XDG_DATA_HOME/tamizdat, or ~/.local/share/tamizdat.
std::string default_home();
// Of the home, which need not be there.
std::string desk_key_file(const DeskOptions& options);

struct ProjectDraft {
  std::string title = {};
  std::vector<std::string> languages = {};  // BCP 47; the first is the default of articles
  std::vector<std::string> regions = {};    // ISO 3166-2; the default of articles
  std::string contact = {};
  std::string desk_label = {};
  unsigned root_keys = 3;
  unsigned threshold = 2;  // how many of them must sign a later charter
  std::string root_key_folder = {};  // empty: root-keys in the home
};

struct DeskInfo {
  std::string id = {};
  std::string label = {};
  std::string log = {};
  bool is_this_one = false;
};

struct ClosedDeskInfo {
  std::string id = {};
  std::string label = {};
  std::string log = {};
  std::uint64_t size = 0;  // entries that stay valid
};

struct PolicyRelayInfo {
  std::string id = {};
  std::string country = {};
};

// Any one root key can stop a project; its next charter lets it go on.
struct FreezeInfo {
  sys_seconds since = {};     // as the signer says
  std::string root_key = {};  // that signed it
};

struct ProjectInfo {
  std::string id = {};
  std::string title = {};
  std::vector<std::string> languages = {};
  std::vector<std::string> regions = {};
  std::uint64_t charter_version = 0;
  std::string charter_hash = {};  // hexadecimal: the fingerprint to publish, together with the version
  std::vector<std::string> root_keys = {};
  unsigned threshold = 0;
  std::optional<sys_seconds> expires_at = {};  // the charter: stale from then on, never unreadable
  std::optional<FreezeInfo> frozen = {};       // relays take nothing new until the next charter
  std::string dispute = {};  // this home has seen two charters of one version, and no decision: which they are; else empty
  std::vector<DeskInfo> desks = {};
  std::vector<ClosedDeskInfo> closed_desks = {};
  std::vector<PolicyRelayInfo> policy_relays = {};  // that count for freshness and copies
  unsigned quorum = 0;
  unsigned copies_wanted = 0;
  unsigned countries_wanted = 0;
  unsigned erase_delay_hours = 0;
  std::vector<std::string> relays = {};  // address lines
  std::string home = {};
  std::vector<std::string> root_key_files = {};  // after creation only
};

struct RelayInfo {
  std::string id = {};
  std::string host_and_port = {};
  std::string address = {};  // the line
  bool is_new = false;  // after adding
};

// A relay as it was found in this run.
enum class RelayState : std::uint8_t {
  kHoldsAll,     // durably, as it says: the entries, their attachments, and what was signed beside them
  kLacks,        // reached, some of it is not there
  kUnreachable,
  kRefuses,
  kWrongKey,  // a server without the relay's key: somebody stands in between, or the operator changed it
};

struct RelayReport {
  std::string id = {};
  std::string host_and_port = {};
  std::string label = {};    // as the relay calls itself; empty if it was not reached
  std::string country = {};
  RelayState state = RelayState::kUnreachable;
  std::uint64_t held = 0;     // entries of this log, as it last said
  std::uint64_t waiting = 0;  // entries that it lacks
  std::uint64_t attachments_missing = 0;  // files, of the entries that it holds: they wait too
  std::uint64_t statements_waiting = 0;   // freezes, and cosignatures of retractions, that it has not taken
  std::string text = {};           // what is wrong; empty if nothing is
};

// What a relay has signed about the entries in question: a receipt, with its mirror key.
enum class CopyState : std::uint8_t {
  kWhole,  // it holds all of them durably, with their attachments
  kPart,
  kNone,  // no receipt yet
};

struct CopyReport {
  std::string relay = {};  // its id
  std::string country = {};
  bool listed = false;  // the charter lists it by key and country: others do not count
  CopyState state = CopyState::kNone;
  std::uint64_t entries = 0;                         // of the log that the receipt is about
  std::optional<sys_seconds> receipt_at = {};             // when it was signed
};

// How far the log, or an entry, is from what the project's charter asks for. A copy is a receipt of a relay that the
// charter lists.
struct CopiesReport {
  unsigned copies = 0;
  unsigned countries = 0;
  unsigned copies_wanted = 0;
  unsigned countries_wanted = 0;
  bool enough = false;       // what the charter asks for is there
  bool can_be_enough = false;  // the relays that the charter lists could make so many
  std::vector<CopyReport> relays = {};  // those of the charter, then others that gave a receipt
};

struct EntryInfo {
  std::string id = {};
  std::uint64_t index = 0;
  std::string kind = {};  // "article", "correction", "retraction", "embargo key", "notice"; "kind 9" of a later version
  std::string title = {};
  std::uint64_t attachments = 0;  // without their renditions
};

enum class AttachmentTreatment : std::uint8_t {
  kEncodeAnew,  // a picture: nothing that its file knows of place, device and person survives
  kAsIs,        // sound, film or PDF, with its name and all that it knows
};

struct AttachmentSource {
  std::string path = {};
  std::string alt = {};      // what it shows, for those who do not see it
  std::string caption = {};
  std::string credit = {};
  AttachmentTreatment treatment = AttachmentTreatment::kEncodeAnew;
};

// A file that goes with an article.
struct AttachedFile {
  std::string path = {};
  AttachmentTreatment treatment = AttachmentTreatment::kEncodeAnew;
  bool shown_by_text = false;  // else it was only given by name
};

enum class EmbargoForm : std::uint8_t {
  kSealed,  // relays get ciphertext; the key stays in this home until the embargo is released
  kPlain,   // relays get the text, and every one of them is trusted to show it to no reader before the time
};

struct EmbargoTerms {
  sys_seconds until = {};
  EmbargoForm form = EmbargoForm::kSealed;
};

// A sealed article of this desk.
struct EmbargoInfo {
  std::string entry = {};
  sys_seconds until = {};
  bool is_due = false;  // the time has come, and it is not open
  std::string opened_by = {};  // the entry that brought its key; empty until it is released
};

// Pictures that the text shows and that lie beside the article, ![words](photo.jpg "caption") or <img>, are attached by
// themselves. Those at web addresses stay links: fetching them would tell who publishes.
struct ArticleSource {
  std::string path = {};  // *.md, *.markdown, *.html, *.htm
  // Keys of the front matter with their values; they win over the file: title, lede, language, regions, topics,
  // licence, credit, photo-credit, byline, published, url, corrects.
  std::vector<std::pair<std::string, std::string>> fields = {};
  // Besides those of the text, or with better words and from any folder for one of them.
  std::vector<AttachmentSource> attachments = {};
  // Told of each file that goes with it, before anything is signed.
  std::function<void(const AttachedFile&)> on_attached = {};
  std::optional<EmbargoTerms> embargo = {};
};

// Why a text is retracted; readers are told.
enum class RetractionReason : std::uint8_t {
  kSourceAtRisk,
  kError,
  kLegal,
  kPrivacy,
  kOther,
};

struct RetractionDraft {
  std::string entry = {};  // an article, which goes with all its corrections, or one correction
  RetractionReason reason = RetractionReason::kOther;
};

// Who stands behind a retraction with a second key, so that relays erase at once: a root key's file, or the home of another
// desk of the project.
struct Cosigner {
  std::string place = {};
  const Passphrase* passphrase = nullptr;  // of that key
};

struct SendOptions {
  std::vector<std::string> relays = {};  // address lines besides the desk's own
  bool offline = false;  // sign even if no relay can be asked whether this home is the newest copy of the desk
  // Of send(): ask each relay about every attachment of the log, also those that it had once. Else a relay that lost
  // attachments and kept their entries is not found out.
  bool all_attachments = false;
};

struct PublishReport {
  std::vector<EntryInfo> entries = {};
  std::uint64_t log_size = 0;
  std::vector<RelayReport> relays = {};
  CopiesReport copies = {};
  std::uint64_t embargoes_due = 0;  // ended, and not released: that needs the passphrase
  std::vector<AttachedFile> attached = {};  // of an article that was published from a file
  std::vector<std::string> notes = {};  // what the author should know, a sentence each
};

struct ImportOptions {
  std::string source = {};    // a file or a web address of a feed, or of a list of feeds (OPML)
  std::string language = {};  // where an item names none; empty: the project's first
  std::vector<std::string> regions = {};  // empty: the project's
  std::string licence = "ask";
  std::string credit = {};
  bool pictures = true;  // become attachments of new and changed items; else, and if one cannot be had, links
  SendOptions send = {};
};

struct SkippedItem {
  std::string item = {};
  std::string reason = {};
};

// A feed of a list that could not be imported; the others were.
struct FailedFeed {
  std::string feed = {};
  Problem problem = {};
};

struct ImportReport {
  std::uint64_t feeds = 0;        // that were asked
  bool source_unchanged = false;  // all their servers say so
  std::uint64_t articles = 0;     // new; in a dry run, what would be
  std::uint64_t corrections = 0;
  std::uint64_t unchanged = 0;
  std::vector<SkippedItem> skipped = {};
  std::vector<std::string> notes = {};
  std::vector<FailedFeed> failed = {};
  PublishReport published = {};  // without entries after a dry run or if nothing is new
};

// How a watch waits, and how it learns that it shall end.
class Pause {
 public:
  virtual ~Pause() = default;
  // Waits until then, or until it is over.
  virtual void until(sys_seconds time) = 0;
  // Asked between rounds and from within them, some times a second.
  virtual bool is_over() = 0;
};

// One round of a watch: what the feeds that were due gave, or why that failed, and when the next one is. It may call the
// desk: wait_for_copies(), until then.
using OnRound = std::function<void(const Outcome<ImportReport>& round, sys_seconds next_round)>;

struct StatusReport {
  ProjectInfo project = {};
  std::string log = {};
  std::uint64_t log_size = 0;
  std::string head = {};  // the signed checkpoint; empty while the log is
  std::vector<RelayReport> relays = {};
  CopiesReport copies = {};
  Freshness freshness = {};  // of the log, as a reader would find it
  std::vector<WithholdingNotice> withheld = {};  // entries of the project that a relay does not serve
};

// One entry of the desk's log.
struct EntryStatus {
  EntryInfo entry = {};
  bool is_retracted = false;  // by this desk, or as relays prove that have erased it
  CopiesReport copies = {};
  std::vector<WithholdingNotice> withheld = {};  // relays that do not serve it
};

// What a relay gave when it was asked for what its receipt says.
struct AuditedRelay {
  std::string id = {};
  std::string name = {};
  std::optional<sys_seconds> receipt_at = {};  // none: it has signed nothing that it could be held to
  std::uint64_t entries = 0;              // that were asked for and came
  std::uint64_t blocks = 0;               // of attachments
  std::vector<std::string> broken = {};        // what it signed for and does not give, a sentence each
  std::string text = {};                       // why it could not be asked; empty if it could
};

// The copies as they are now; called again whenever they have been asked for.
using OnCopies = std::function<void(const CopiesReport& copies)>;

class Desk {
 public:
  struct Parts;  // of the library itself

  // Makes a project with its root keys, a desk and its key in a home that has none yet.
  static Outcome<ProjectInfo> create_project(const DeskOptions& options, const ProjectDraft& draft,
                                             const Passphrase& root_passphrase, const Passphrase& desk_passphrase);
  static Outcome<ProjectInfo> create_project(const DeskOptions& options, const ProjectDraft& draft,
                                             const Passphrase& root_passphrase, const Passphrase& desk_passphrase,
                                             Edges& edges);

  // Opens the home; with `make_home` also one that is not there yet, for relays to be added before the project.
  static Outcome<Desk> open(const DeskOptions& options, bool make_home = false);
  static Outcome<Desk> open(const DeskOptions& options, bool make_home, Edges& edges);
  Desk(Desk&&) noexcept;
  Desk& operator=(Desk&&) noexcept;
  ~Desk();

  Outcome<ProjectInfo> project();

  Outcome<RelayInfo> add_relay(const std::string& address_line);
  Outcome<std::vector<RelayInfo>> relays();
  // By its id, its host and port, or its address line.
  Outcome<RelayInfo> remove_relay(const std::string& relay);

  Outcome<PublishReport> publish(const ArticleSource& article, const Passphrase& passphrase, const SendOptions& send = {});
  // Hides the entry, of this or another desk of the project, on every relay at once, and has it erased once the charter's
  // delay is over. One of another desk is found on relays, with the corrections of it that they show.
  // With a cosigner, at once, at most 20 entries a day; a relay that is away gets the cosignature with the next send().
  Outcome<PublishReport> retract(const RetractionDraft& draft, const Passphrase& passphrase, const SendOptions& send = {},
                                 const std::optional<Cosigner>& cosigner = {});
  // Publishes what is new or changed in the source; a feed of a list that fails keeps no other one from it.
  Outcome<ImportReport> import_source(const ImportOptions& options, const Passphrase& passphrase);
  // Reads the source and tells what import_source() would do; nothing is signed or remembered.
  Outcome<ImportReport> preview_import(const ImportOptions& options);
  // Imports each feed again whenever it is due, by what its server and the feed itself ask for; until the pause is over.
  // Trouble that may pass (no line, a server in repair, a busy disk) is told by `on_round`, and tried again later.
  // Ends with a problem if that cannot be: a wrong passphrase, no feed at that address, an old copy of the desk.
  Outcome<void> watch_source(const ImportOptions& options, const Passphrase& passphrase, Pause& pause,
                             const OnRound& on_round);
  // Publishes the keys of sealed articles: of those that are named, before their time too, and of all whose time has come, as
  // publish() and every import do by themselves. Errors: embargo-unknown, embargo-open.
  Outcome<PublishReport> release_embargoes(const std::vector<std::string>& entries, const Passphrase& passphrase,
                                           const SendOptions& send = {});
  // The first to end comes first.
  Outcome<std::vector<EmbargoInfo>> embargoes();
  // Sends what waits in the outbox; needs no key.
  Outcome<PublishReport> send(const SendOptions& send = {});
  // Asks each relay, and changes nothing there; a newer charter is taken up.
  Outcome<StatusReport> status(const SendOptions& send = {});
  // Where one entry lies.
  Outcome<EntryStatus> entry_status(const std::string& entry, const SendOptions& send = {});
  // Asks each relay for random entries and blocks that its receipt says it holds.
  Outcome<std::vector<AuditedRelay>> audit(const SendOptions& send = {});
  // Waits until the log has the copies that the charter asks for, by receipts; until the pause or `limit` is over; or not
  // at all where the relays of the charter cannot make so many. What was sent goes on from relay to relay meanwhile.
  Outcome<CopiesReport> wait_for_copies(Pause& pause, std::chrono::seconds limit, const OnCopies& on_copies,
                                        const SendOptions& send = {});

 private:
  explicit Desk(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tamizdat::client
