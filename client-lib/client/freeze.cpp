#include <tamizdat/freeze.h>

#include <algorithm>
#include <thread>

#include "client-lib/charters/request.h"
#include "client-lib/client/charter_source.h"
#include "client-lib/client/charter_standing.h"
#include "client-lib/client/problem.h"
#include "client-lib/keys/key_files.h"
#include "proto/format/freeze.h"

namespace tamizdat::client {
namespace {

Result<format::SigningKey> open_root_key(const std::string& path, const Passphrase& passphrase) {
  const auto file = keys::read_key_file(path);
  if (!file) return tl::unexpected(file.error());
  auto key = keys::open_key(*file, keys::KeyRole::kRoot, passphrase.secret().view());
  if (!key) return fail(key.error().code, path + ": " + key.error().text);
  return key;
}

Result<void> check_listed(const format::SigningKey& key, const format::Charter& charter) {
  const RootKeyId id(key.public_key());
  if (std::ranges::find(charter.root_keys, id) != charter.root_keys.end()) return {};
  return fail(charters::kNotARootKey, id.text() + " is no root key of this project: charter version " + std::to_string(charter.version) +
                                          " does not list it");
}

// What one relay was asked and told. Used by one thread at a time.
struct Conversation {
  std::unique_ptr<net::Http> http;
  net::RelayClient relay;
  charters::RelayChain answer;
  std::optional<Hash32> told;  // the charter whose freeze it was sent last
  std::optional<Error> trouble;
};

void tell(Conversation& with, const charters::Chain& chain, const format::SigningKey& key, Timestamp now) {
  const auto& charter = chain.in_force();
  with.told = charter.hash();
  with.trouble.reset();
  // A relay that lacks the charter gets it first.
  if (auto version = with.relay.put_charters(chain.signed_charters()); !version) {
    with.trouble = version.error();
    return;
  }
  const Bytes statement = format::make_freeze(charter.project(), charter.hash(), now, key);
  if (auto done = with.relay.put_statement(statement); !done) with.trouble = done.error();
}

// It did not say which charter it has.
bool is_silent(const Conversation& with) {
  return with.answer.trouble && with.answer.trouble->code != charters::kProjectNotKnown;
}

// Under the newest charter that this relay has or the home knows; what another relay has is not waited for.
void ask_and_tell(Conversation& with, const ProjectId& project, const std::optional<charters::Chain>& known,
                  const format::SigningKey& key, Timestamp now) {
  with.answer = charters::ask_for_chains(project, std::span(&with.relay, 1), [](auto, auto, auto) {}).front();
  with.trouble = with.answer.trouble;
  const auto newest = charters::newest(known, std::span(&with.answer, 1));
  if (is_silent(with) || !newest || !*newest || !check_listed(key, (*newest)->in_force().content())) return;
  tell(with, **newest, key, now);
}

// Does it with all at once, a thread each: one that is slow, or answers an octet a second, delays no other.
template <typename Do>
void with_each(std::vector<Conversation>& conversations, const Do& what) {
  std::vector<std::jthread> threads;
  for (auto& with : conversations) threads.emplace_back([&with, &what] { what(with); });
}

std::vector<Conversation> conversations_of(const OpenCharter& open, const std::string& proxy, Edges& edges) {
  std::vector<Conversation> out;
  for (const auto& relay : open.relays) {
    auto http = edges.make_http(proxy);
    net::RelayClient client(*http, relay.address());
    out.push_back({std::move(http), std::move(client), {}, std::nullopt, std::nullopt});
  }
  return out;
}

}  // namespace

Outcome<FreezeReport> freeze_project(const CharterSource& source, const std::string& root_key_file, const Passphrase& passphrase) {
  return freeze_project(source, root_key_file, passphrase, system_edges());
}

Outcome<FreezeReport> freeze_project(const CharterSource& source, const std::string& root_key_file, const Passphrase& passphrase,
                                     Edges& edges) {
  auto open = open_charter(source, edges);
  if (!open) return problem(open, ProblemKind::kUsage);
  const auto key = open_root_key(root_key_file, passphrase);
  if (!key) return problem(key);
  const auto now = edges.clock.now();
  auto conversations = conversations_of(*open, source.proxy, edges);
  with_each(conversations, [&](Conversation& with) { ask_and_tell(with, open->project, open->known, *key, now); });
  for (const auto& with : conversations) open->answers.push_back(with.answer);
  if (auto done = take_answers(*open); !done) return problem(done, ProblemKind::kNotVerified);
  const auto chain = chain_in_force(*open, false);
  if (!chain) return problem(chain);
  const auto& charter = chain->in_force();
  if (auto listed = check_listed(*key, charter.content()); !listed) return problem(listed);
  FreezeReport out;
  out.project = charter.project().text();
  out.title = charter.content().title;
  out.version = charter.version();
  auto standings = standings_of(*chain, open->answers, now);
  // It goes out all the same: it harms nothing, and where that charter is in force it stops what has to be stopped.
  if (auto checked = check_newest(*chain, standings); !checked)
    out.warnings.push_back("this freezes charter version " + std::to_string(out.version) + ", and relays that have a later one are not stopped by it: " +
                           checked.error().text);
  out.standings = std::move(standings.relays);
  const Bytes statement = format::make_freeze(charter.project(), charter.hash(), now, *key);
  if (open->store) {
    if (auto kept = open->store->statements().keep(statement); !kept) return problem(kept);
    out.kept_in_home = true;
  }
  with_each(conversations, [&](Conversation& with) {
    if (with.told != charter.hash() && !is_silent(with)) tell(with, *chain, *key, now);
  });
  for (const auto& with : conversations) {
    CharterTaken taken{with.relay.host_and_port(), std::nullopt};
    if (with.trouble)
      taken.problem = problem_of(*with.trouble);
    else if (open->store)
      if (auto noted = open->store->statements().taken(with.relay.address().relay, statement); !noted) return problem(noted);
    out.relays.push_back(std::move(taken));
  }
  return out;
}

}  // namespace tamizdat::client
