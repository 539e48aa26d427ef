#include <tamizdat/desk_life.h>

#include <algorithm>

#include "client-lib/client/charter_source.h"
#include "client-lib/client/charter_standing.h"
#include "client-lib/client/desk_parts.h"
#include "client-lib/files/files.h"
#include "client-lib/keys/key_files.h"
#include "client-lib/letters/sealing_keys.h"
#include "client-lib/publish/hand_over.h"

namespace tamizdat::client {
namespace {

constexpr ErrorCode kDeskNotListed{"desk-not-listed"};

Result<std::optional<DeskId>> desk_of_key_file(const std::filesystem::path& home) {
  const auto file = keys::read_key_file(desk::desk_key_file(home));
  if (!file && file.error().code == files::kFileMissing) return std::optional<DeskId>();
  if (!file) return tl::unexpected(file.error());
  const auto key = keys::public_key_of(*file, keys::KeyRole::kDesk);
  if (!key) return fail(key.error().code, desk::desk_key_file(home).string() + ": " + key.error().text);
  return std::optional(DeskId(*key));
}

Result<DeskId> make_key(const std::filesystem::path& home, const Passphrase& passphrase, Edges& edges) {
  auto store = desk::DeskStore::open_or_create(home);
  if (!store) return pass(store);
  const auto taken = store->has_project();
  if (!taken) return tl::unexpected(taken.error());
  if (*taken)
    return fail(desk::kProjectExists, "there is a desk in " + home.string() + " already: give another folder with --home");
  const auto known = desk_of_key_file(home);
  if (!known) return tl::unexpected(known.error());
  if (*known) return **known;
  const auto key = keys::generate_key(edges.random);
  const auto file = keys::seal_key(key, keys::KeyRole::kDesk, passphrase.secret().view(), edges.key_cost, edges.random.bytes(keys::kSaltAndNonceBytes));
  if (!file) return tl::unexpected(file.error());
  if (auto done = files::write_new_file(desk::desk_key_file(home), *file, files::Visibility::kOwner); !done) return pass(done);
  return DeskId(key.public_key());
}

Result<void> check_listed(const format::VerifiedCharter& charter, const DeskId& desk) {
  if (charter.content().desk(desk) != nullptr) return {};
  const std::string version = "charter version " + std::to_string(charter.version());
  if (charter.content().closed_desk(desk) != nullptr)
    return fail(publish::kDeskClosed, version + " has closed this desk, and a closed desk never comes back: make a new one with tamizdat desk new");
  return fail(kDeskNotListed, version + " does not list this desk yet. Those who hold root keys add it: tamizdat desk add " + desk.text());
}

Result<ProjectInfo> join(const std::filesystem::path& home, const OpenCharter& open, const CharterSource& source, Timestamp now) {
  const auto chain = chain_in_force(open, source.offline);
  if (!chain) return tl::unexpected(chain.error());
  if (auto checked = require_none_later(*chain, standings_of(*chain, open.answers, now)); !checked && !source.unwitnessed) return pass(checked);
  const auto desk = desk_of_key_file(home);
  if (!desk) return tl::unexpected(desk.error());
  if (!*desk) return fail(desk::kHomeMissing, "there is no desk key in " + home.string() + ": make one with tamizdat desk new");
  if (auto listed = check_listed(chain->in_force(), **desk); !listed) return pass(listed);
  auto store = desk::DeskStore::open_or_create(home);
  if (!store) return pass(store);
  if (auto done = store->found_project(chain->charters(), **desk); !done) return pass(done);
  for (const auto& relay : open.relays)
    if (auto done = store->relays().add(relay.address().relay, relay.address().text()); !done) return tl::unexpected(done.error());
  const auto project = store->project();
  if (!project) return tl::unexpected(project.error());
  return project_info(*store, *project, home);
}

}  // namespace

Outcome<std::string> make_desk(const DeskOptions& options, const Passphrase& passphrase) {
  return make_desk(options, passphrase, system_edges());
}

Outcome<std::string> make_desk(const DeskOptions& options, const Passphrase& passphrase, Edges& edges) {
  const auto id = make_key(home_of(options), passphrase, edges);
  if (!id) return problem(id);
  return id->text();
}

Outcome<std::string> make_successor(const DeskOptions& old_desk, const std::string& new_home, const Passphrase& passphrase) {
  return make_successor(old_desk, new_home, passphrase, system_edges());
}

Outcome<std::string> make_successor(const DeskOptions& old_desk, const std::string& new_home, const Passphrase& passphrase, Edges& edges) {
  auto old_store = desk::DeskStore::open(home_of(old_desk));
  if (!old_store) return problem(old_store);
  const auto id = make_key(new_home, passphrase, edges);
  if (!id) return problem(id);
  auto store = desk::DeskStore::open(new_home);
  if (!store) return problem(store);
  if (auto done = store->take_memory_of(home_of(old_desk)); !done) return problem(done);
  return id->text();
}

Outcome<HandedOver> to_hand_over(const DeskOptions& old_desk) {
  auto store = desk::DeskStore::open(home_of(old_desk));
  if (!store) return problem(store);
  const auto embargoes = store->embargoes().all();
  if (!embargoes) return problem(embargoes);
  const auto sealing_keys = letters::SealingKeys(home_of(old_desk)).all();
  if (!sealing_keys) return problem(sealing_keys);
  const auto waits = [](const desk::Embargo& embargo) { return !embargo.opened_by; };
  return HandedOver{static_cast<std::uint64_t>(std::ranges::count_if(*embargoes, waits)), sealing_keys->size()};
}

Outcome<HandedOver> hand_over(const DeskOptions& old_desk, const Passphrase& old_passphrase, const std::string& new_home,
                              const Passphrase& new_passphrase) {
  return hand_over(old_desk, old_passphrase, new_home, new_passphrase, system_edges());
}

Outcome<HandedOver> hand_over(const DeskOptions& old_desk, const Passphrase& old_passphrase, const std::string& new_home,
                              const Passphrase& new_passphrase, Edges& edges) {
  const auto what = to_hand_over(old_desk);
  if (!what) return what;
  auto from = desk::DeskStore::open(home_of(old_desk));
  if (!from) return problem(from);
  auto to = desk::DeskStore::open(new_home);
  if (!to) return problem(to);
  const auto old_key = open_desk_key(home_of(old_desk), old_passphrase);
  if (!old_key) return problem(old_key);
  const auto new_key = open_desk_key(new_home, new_passphrase);
  if (!new_key) return problem(new_key);
  if (auto done = publish::hand_over_embargoes({*from, *old_key}, {*to, *new_key}, edges.random); !done) return problem(done);
  const letters::SealingKeys theirs(home_of(old_desk)), ours(new_home);
  const auto sealing_keys = theirs.all();
  if (!sealing_keys) return problem(sealing_keys);
  for (const auto& key : *sealing_keys) {
    const auto secret = theirs.open(key, *old_key);
    if (!secret) return problem(secret);
    if (auto kept = ours.keep(*secret, *new_key, edges.random); !kept) return problem(kept);
  }
  return what;
}

Outcome<ProjectInfo> join_project(const CharterSource& source) { return join_project(source, system_edges()); }

Outcome<ProjectInfo> join_project(const CharterSource& source, Edges& edges) {
  const auto home = home_of({source.home, source.proxy, {}});
  if (source.project.empty())
    return tl::unexpected(Problem{ProblemKind::kUsage, "no-project", "name the project to join with --project ID"});
  auto open = open_charter(source, edges);
  if (!open) return problem(open, ProblemKind::kUsage);
  if (open->store)
    return tl::unexpected(Problem{ProblemKind::kFailed, "project-exists", "this home belongs to the project already"});
  if (auto done = ask_relays(*open, source.progress); !done) return problem(done, ProblemKind::kNotVerified);
  auto info = join(home, *open, source, edges.clock.now());
  if (!info) return problem(info);
  return *std::move(info);
}

}  // namespace tamizdat::client
