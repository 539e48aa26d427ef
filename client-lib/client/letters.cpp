#include <tamizdat/letters.h>

#include <algorithm>
#include <filesystem>

#include "client-lib/charters/directory.h"
#include "client-lib/client/desk_parts.h"
#include "client-lib/files/files.h"
#include "client-lib/keys/key_files.h"
#include "client-lib/letters/inbox.h"
#include "client-lib/letters/post.h"
#include "client-lib/publish/charter_memory.h"
#include "proto/base/sealing_key_id.h"
#include "proto/format/limits.h"
#include "proto/format/slot.h"

namespace tamizdat::client {
namespace {

constexpr ErrorCode kSealingKeyUnknown{"sealing-key-unknown"};
constexpr ErrorCode kSealingKeyWrong{"sealing-key-wrong"};
constexpr ErrorCode kSealingKeyListed{"sealing-key-listed"};
constexpr ErrorCode kDeskNotYetValid{"desk-not-yet-valid"};
constexpr ErrorCode kDeskNoLongerValid{"desk-no-longer-valid"};
constexpr ErrorCode kProjectFrozen{"project-frozen"};

// A home with its project and relays.
struct Newsroom {
  std::filesystem::path home;
  Progress progress;
  desk::DeskStore store;
  desk::Project project;
  std::unique_ptr<net::Http> http;
  std::vector<net::RelayClient> relays;
  letters::SealingKeys keys;
};

Outcome<Newsroom> open(const DeskOptions& options, const std::vector<std::string>& more_relays, Edges& edges) {
  const auto home = home_of(options);
  auto store = desk::DeskStore::open(home);
  if (!store) return problem(store);
  auto project = store->project();
  if (!project) return problem(project);
  const auto known = store->relays().all();
  if (!known) return problem(known);
  Progress progress = options.progress ? options.progress : Progress([](auto, auto, auto) {});
  auto http = make_http(edges, options.proxy, options.progress);
  std::vector<std::string> lines;
  for (const auto& relay : *known) lines.push_back(relay.address);
  lines.insert(lines.end(), more_relays.begin(), more_relays.end());
  std::vector<net::RelayClient> relays;
  for (const auto& line : lines) {
    const auto address = sync::RelayAddress::parse(line);
    if (!address) return problem(address);
    const auto same = [&](const net::RelayClient& relay) { return relay.address().relay == address->relay; };
    if (std::ranges::none_of(relays, same)) relays.emplace_back(*http, *address);
  }
  return Newsroom{home, std::move(progress), *std::move(store), *std::move(project), std::move(http), std::move(relays),
                  letters::SealingKeys(home)};
}

// The key that a person names, if its secret is in the home.
Outcome<Hash32> key_here(const letters::SealingKeys& keys, const std::string& text) {
  const auto here = keys.all();
  if (!here) return problem(here);
  const auto key = letters::sealing_key_named(text);
  if (!key) return problem(key, ProblemKind::kUsage);
  if (std::ranges::find(*here, *key) == here->end())
    return tl::unexpected(problem_of({kSealingKeyUnknown, "this home has no secret of a sealing key " + text + ": see tamizdat sealing-key list"},
                                     ProblemKind::kUsage));
  return *key;
}

tl::unexpected<Problem> no_relay() {
  return tl::unexpected(problem_of({publish::kNoRelay, "this desk has no relay: add one with tamizdat relay add LINE"}));
}

SentLetter sent(const letters::HandedIn& handed_in) {
  SentLetter out;
  out.handed_in = handed_in.taken;
  out.waiting = handed_in.waiting;
  out.ended = handed_in.ended;
  out.all_refused = handed_in.all_refused;
  out.troubles = handed_in.troubles;
  return out;
}

tl::unexpected<Problem> not_reachable(const charters::Asked& asked) {
  std::string text = "no relay could be asked:";
  for (const auto& trouble : asked.troubles) text += " " + trouble + ";";
  return tl::unexpected(problem_of({publish::kNoRelayReachable, text + " run it again later"}));
}

// Remembers two of one version, and goes over to the one that relays decided for.
Result<void> settle(Newsroom& newsroom, charters::Directory& directory) {
  const auto ours = charters::Chain::verify(newsroom.project.chain);
  if (!ours) return tl::unexpected(ours.error());
  const auto said = directory.said_of(ours->project());
  if (!said) return tl::unexpected(said.error());
  const auto settled = publish::resolve_and_remember(newsroom.store, *ours, said->chains, said->statements);
  if (!settled) return tl::unexpected(settled.error());
  return settled->resolved.went_over ? newsroom.store.go_over_to(settled->resolved.chain.charters()) : Result<void>();
}

// Asks the relays for all charters, and takes up what is newer of our own. Two of one version change nothing here: who signs
// is refused by check_desk(), who reads goes on.
Outcome<charters::Asked> follow_charters(Newsroom& newsroom, charters::Directory& directory) {
  auto asked = directory.ask(newsroom.relays, newsroom.progress);
  if (!asked) return problem(asked);
  if (auto done = settle(newsroom, directory); !done) return problem(done);
  const auto disputed = publish::remembered_fork(newsroom.store, newsroom.project);
  if (!disputed) return problem(disputed);
  if (*disputed) {
    asked->troubles.push_back("there are " + charters::fork_text(**disputed));
    return *std::move(asked);
  }
  const auto own = directory.find(newsroom.project.charter.project());
  if (!own && own.error().code != format::kCharterForked) return problem(own);
  if (!own) asked->troubles.push_back(own.error().text);
  if (!own || !*own) return *std::move(asked);
  auto taken = newsroom.store.take_charters((*own)->chain.charters());
  if (!taken) return problem(taken);
  auto project = newsroom.store.project();
  if (!project) return problem(project);
  newsroom.project = *std::move(project);
  return *std::move(asked);
}

// Whether relays will take what this desk hands in now.
Result<void> check_desk(Newsroom& newsroom, charters::Directory& directory, Timestamp now) {
  const auto disputed = publish::remembered_fork(newsroom.store, newsroom.project);
  if (!disputed) return tl::unexpected(disputed.error());
  if (*disputed)
    return fail(format::kCharterForked, "there are " + charters::fork_text(**disputed) + ": nothing was sealed, and nothing of this project is sent "
                                        "until relays have decided which one counts (tamizdat project show --ask)");
  const auto& charter = newsroom.project.charter;
  const auto* const desk = charter.content().desk(newsroom.project.desk);
  const std::string version = "charter " + std::to_string(charter.version());
  if (desk == nullptr)
    return fail(publish::kDeskClosed, version + " no longer lists this desk: no relay takes a letter of it, and nothing was sealed");
  if (desk->not_before && now < *desk->not_before)
    return fail(kDeskNotYetValid, version + " lets this desk send from " + to_rfc3339(*desk->not_before) + " on: nothing was sealed");
  if (desk->not_after && now > *desk->not_after)
    return fail(kDeskNoLongerValid, version + " let this desk send until " + to_rfc3339(*desk->not_after) + ": nothing was sealed");
  const auto own = directory.find(charter.project());
  if (!own) return tl::unexpected(own.error());
  if (*own && (*own)->frozen_since)
    return fail(kProjectFrozen, "a root key has frozen this project on " + to_rfc3339(*(*own)->frozen_since) +
                                    ": until an update of the charter no relay takes a letter of it, and nothing was sealed");
  return {};
}

// Of each recipient once, in the order of the ids.
Outcome<std::vector<charters::Chain>> charters_of(charters::Directory& directory, const std::vector<std::string>& ids) {
  std::vector<charters::Chain> out;
  for (const auto& text : ids) {
    const auto id = ProjectId::parse(text);
    if (!id) return problem(id, ProblemKind::kUsage);
    if (std::ranges::find(out, *id, &charters::Chain::project) != out.end()) continue;
    auto found = directory.find(*id);
    if (!found) return problem(found);
    if (!*found)
      return tl::unexpected(problem_of({charters::kProjectNotKnown, "no relay of this desk has the charter of project " + text +
                                                                        ": add a relay that this newsroom publishes to, with tamizdat relay add"}));
    out.push_back((*found)->chain);
  }
  return out;
}

InboxReport report_of(const letters::Inbox& inbox, const charters::Asked& asked) {
  InboxReport out;
  out.slots_fetched = inbox.slots_fetched;
  out.letters_not_whole = inbox.letters_not_whole;
  out.waiting = inbox.waiting;
  out.troubles = asked.troubles;
  for (const auto& trouble : inbox.troubles)
    if (std::ranges::find(out.troubles, trouble) == out.troubles.end()) out.troubles.push_back(trouble);
  for (const auto& letter : inbox.letters)
    out.letters.push_back({letter.project.text(), letter.project_title, letter.desk_label, letter.desk_is_closed, letter.frozen_since,
                           letter.time, letter.file.string()});
  for (const auto& error : inbox.refused) out.refused.push_back(problem_of(error, ProblemKind::kNotVerified));
  for (const auto& error : inbox.not_written) out.not_written.push_back(problem_of(error));
  for (const auto& error : inbox.keys_unusable) out.keys_unusable.push_back(problem_of(error));
  for (const auto& key : inbox.keys_missing) out.keys_missing.push_back(SealingKeyId(key).text());
  for (const auto& key : inbox.keys_destroyed) out.keys_destroyed.push_back(SealingKeyId(key).text());
  return out;
}

ProblemKind kind_of_sealing(const Error& error) {
  return error.code == letters::kDaysWrong || error.code == letters::kRecipientsWrong ? ProblemKind::kUsage : ProblemKind::kFailed;
}

}  // namespace

Outcome<SealingKeyInfo> new_sealing_key(const DeskOptions& options, const Passphrase& passphrase) {
  return new_sealing_key(options, passphrase, system_edges());
}

Outcome<SealingKeyInfo> new_sealing_key(const DeskOptions& options, const Passphrase& passphrase, Edges& edges) {
  const auto newsroom = open(options, {}, edges);
  if (!newsroom) return tl::unexpected(newsroom.error());
  const auto desk_key = open_desk_key(newsroom->home, passphrase);
  if (!desk_key) return problem(desk_key);
  const auto key = newsroom->keys.make(*desk_key, edges.random);
  if (!key) return problem(key);
  return SealingKeyInfo{SealingKeyId(*key).text(), true, false};
}

Outcome<std::vector<SealingKeyInfo>> sealing_keys(const DeskOptions& options) { return sealing_keys(options, system_edges()); }

Outcome<std::vector<SealingKeyInfo>> sealing_keys(const DeskOptions& options, Edges& edges) {
  auto newsroom = open(options, {}, edges);
  if (!newsroom) return tl::unexpected(newsroom.error());
  charters::Directory directory(newsroom->store.known_charters());
  if (const auto asked = follow_charters(*newsroom, directory); !asked) return tl::unexpected(asked.error());
  const auto here = newsroom->keys.all();
  if (!here) return problem(here);
  std::vector<SealingKeyInfo> out;
  const auto& listed = newsroom->project.charter.content().sealing_keys;
  for (const auto& key : *here)
    out.push_back({SealingKeyId(key).text(), true, std::ranges::find(listed, key, &format::SealingKey::key) != listed.end()});
  for (const auto& key : listed)
    if (std::ranges::find(*here, key.key) == here->end()) out.push_back({SealingKeyId(key.key).text(), false, true});
  return out;
}

Outcome<void> export_sealing_key(const DeskOptions& options, const std::string& key, const Passphrase& passphrase,
                                 const std::string& file, const Passphrase& file_passphrase) {
  return export_sealing_key(options, key, passphrase, file, file_passphrase, system_edges());
}

Outcome<void> export_sealing_key(const DeskOptions& options, const std::string& key, const Passphrase& passphrase,
                                 const std::string& file, const Passphrase& file_passphrase, Edges& edges) {
  const auto newsroom = open(options, {}, edges);
  if (!newsroom) return tl::unexpected(newsroom.error());
  const auto public_key = key_here(newsroom->keys, key);
  if (!public_key) return tl::unexpected(public_key.error());
  const auto desk_key = open_desk_key(newsroom->home, passphrase);
  if (!desk_key) return problem(desk_key);
  const auto secret = newsroom->keys.open(*public_key, *desk_key);
  if (!secret) return problem(secret);
  const auto octets = keys::seal_sealing_key(*public_key, secret->secret.view(), file_passphrase.secret().view(), edges.key_cost, edges.random.bytes(keys::kSaltAndNonceBytes));
  if (!octets) return problem(octets);
  if (auto done = files::write_new_file(file, *octets, files::Visibility::kOwner); !done) return problem(done);
  return {};
}

Outcome<SealingKeyInfo> import_sealing_key(const DeskOptions& options, const std::string& file, const Passphrase& file_passphrase,
                                           const Passphrase& passphrase) {
  return import_sealing_key(options, file, file_passphrase, passphrase, system_edges());
}

Outcome<SealingKeyInfo> import_sealing_key(const DeskOptions& options, const std::string& file, const Passphrase& file_passphrase,
                                           const Passphrase& passphrase, Edges& edges) {
  const auto newsroom = open(options, {}, edges);
  if (!newsroom) return tl::unexpected(newsroom.error());
  const auto octets = keys::read_key_file(file);
  if (!octets) return problem(octets);
  auto secret = keys::open_sealing_key(*octets, file_passphrase.secret().view());
  if (!secret) return tl::unexpected(problem_of({secret.error().code, file + ": " + secret.error().text}));
  const auto public_key = format::sealing_public_key(secret->view());
  const auto named = keys::public_key_of(*octets, keys::KeyRole::kSealing);
  if (!public_key || !named || *public_key != *named)
    return tl::unexpected(problem_of({kSealingKeyWrong, file + ": the secret in it is not that of the key it names: export it again"}));
  const auto desk_key = open_desk_key(newsroom->home, passphrase);
  if (!desk_key) return problem(desk_key);
  if (auto kept = newsroom->keys.keep({*public_key, *std::move(secret)}, *desk_key, edges.random); !kept) return problem(kept);
  const auto& listed = newsroom->project.charter.content().sealing_keys;
  return SealingKeyInfo{SealingKeyId(*public_key).text(), true, std::ranges::find(listed, *public_key, &format::SealingKey::key) != listed.end()};
}

Outcome<void> destroy_sealing_key(const DeskOptions& options, const std::string& key, ListedKey listed) {
  auto store = desk::DeskStore::open(home_of(options));
  if (!store) return problem(store);
  const letters::SealingKeys keys(home_of(options));
  const auto public_key = key_here(keys, key);
  if (!public_key) return tl::unexpected(public_key.error());
  const auto project = store->project();
  if (!project && project.error().code != desk::kProjectMissing) return problem(project);
  if (project && listed == ListedKey::kKeep && std::ranges::find(project->charter.content().sealing_keys, *public_key, &format::SealingKey::key) !=
                                                   project->charter.content().sealing_keys.end())
    return tl::unexpected(problem_of({kSealingKeyListed, "the charter still asks others to seal letters to this key, and nobody could open what they "
                                                         "send: take it out first (tamizdat project update --remove-sealing-key " + key +
                                                         "), or destroy it all the same with --though-listed"}));
  if (auto done = keys.destroy(*public_key); !done) return problem(done);
  return {};
}

Outcome<SentLetter> send_letter(const DeskOptions& options, const LetterDraft& draft, const Passphrase& passphrase) {
  return send_letter(options, draft, passphrase, system_edges());
}

Outcome<SentLetter> send_letter(const DeskOptions& options, const LetterDraft& draft, const Passphrase& passphrase, Edges& edges) {
  auto newsroom = open(options, draft.relays, edges);
  if (!newsroom) return tl::unexpected(newsroom.error());
  if (newsroom->relays.empty()) return no_relay();
  auto content = files::read_file(draft.path, format::kLetterBytesMax);
  if (!content) return problem(content);
  const auto desk_key = open_desk_key(newsroom->home, passphrase);
  if (!desk_key) return problem(desk_key);
  charters::Directory directory(newsroom->store.known_charters());
  const auto asked = follow_charters(*newsroom, directory);
  if (!asked) return tl::unexpected(asked.error());
  const auto now = edges.clock.now();
  if (const auto may = check_desk(*newsroom, directory, now); !may) return problem(may);
  const auto recipients = charters_of(directory, draft.recipients);
  if (!recipients) return tl::unexpected(recipients.error());
  std::vector<RelayId> relays;
  for (const auto& relay : newsroom->relays) relays.push_back(relay.address().relay);
  const letters::Post post{newsroom->store, newsroom->project, *desk_key, edges.clock, edges.random};
  const auto sealed = letters::seal(post, *recipients, {std::filesystem::path(draft.path).filename().string(), *std::move(content)},
                                    draft.days, relays);
  if (!sealed) return problem(sealed, kind_of_sealing(sealed.error()));
  const auto handed_in = letters::hand_in(newsroom->store, newsroom->project, newsroom->relays, now);
  if (!handed_in) return problem(handed_in);
  SentLetter out = sent(*handed_in);
  out.letter = to_hex(sealed->letter.view());
  out.slots = sealed->slots.size();
  out.ends = sealed->ends;
  for (const auto& chain : *recipients) {
    const auto& charter = chain.in_force().content();
    out.recipients.push_back({chain.project().text(), charter.title});
    if (charter.expires_at && *charter.expires_at < now)
      out.troubles.push_back("the charter of \"" + charter.title + "\" expired on " + to_rfc3339(*charter.expires_at) +
                             ": no newer one is known here, and its sealing key may be an old one");
  }
  return out;
}

Outcome<SentLetter> send_waiting_letters(const DeskOptions& options, const std::vector<std::string>& relays) {
  return send_waiting_letters(options, relays, system_edges());
}

Outcome<SentLetter> send_waiting_letters(const DeskOptions& options, const std::vector<std::string>& relays, Edges& edges) {
  auto newsroom = open(options, relays, edges);
  if (!newsroom) return tl::unexpected(newsroom.error());
  const auto handed_in = letters::hand_in(newsroom->store, newsroom->project, newsroom->relays, edges.clock.now());
  if (!handed_in) return problem(handed_in);
  return sent(*handed_in);
}

Outcome<InboxReport> read_letters(const DeskOptions& options, const InboxOptions& inbox, const Passphrase& passphrase) {
  return read_letters(options, inbox, passphrase, system_edges());
}

Outcome<InboxReport> read_letters(const DeskOptions& options, const InboxOptions& options_of_inbox, const Passphrase& passphrase,
                                  Edges& edges) {
  auto newsroom = open(options, options_of_inbox.relays, edges);
  if (!newsroom) return tl::unexpected(newsroom.error());
  if (newsroom->relays.empty()) return no_relay();
  const auto desk_key = open_desk_key(newsroom->home, passphrase);
  if (!desk_key) return problem(desk_key);
  charters::Directory directory(newsroom->store.known_charters());
  const auto asked = follow_charters(*newsroom, directory);
  if (!asked) return tl::unexpected(asked.error());
  const std::filesystem::path folder = options_of_inbox.folder.empty() ? newsroom->home / "inbox" : std::filesystem::path(options_of_inbox.folder);
  const auto inbox = letters::read_inbox({newsroom->store, newsroom->project, newsroom->keys, *desk_key, edges.clock, folder,
                                          newsroom->relays, directory, newsroom->progress});
  if (!inbox) return problem(inbox);
  if (!inbox->any_relay_answered && asked->answered == 0) return not_reachable(*asked);
  return report_of(*inbox, *asked);
}

}  // namespace tamizdat::client
