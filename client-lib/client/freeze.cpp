#include <tamizdat/freeze.h>

#include <algorithm>

#include "client-lib/charters/request.h"
#include "client-lib/client/charter_source.h"
#include "client-lib/client/problem.h"
#include "client-lib/keys/key_file.h"
#include "proto/format/freeze.h"

namespace tamizdat::client {
namespace {

Result<format::SigningKey> open_root_key(const std::string& path, const Passphrase& passphrase, const format::Charter& charter) {
  const auto file = keys::read_key_file(path);
  if (!file) return tl::unexpected(file.error());
  auto key = keys::open_key(*file, keys::KeyRole::kRoot, passphrase.secret().view());
  if (!key) return fail(key.error().code, path + ": " + key.error().text);
  const RootKeyId id(key->public_key());
  if (std::ranges::find(charter.root_keys, id) == charter.root_keys.end())
    return fail(charters::kNotARootKey, id.text() + " is no root key of this project: charter version " + std::to_string(charter.version) +
                                            " does not list it");
  return key;
}

// A relay that lacks the charter gets it first.
Result<void> send(net::RelayClient& relay, const std::vector<Bytes>& charters, const Bytes& statement) {
  if (auto version = relay.put_charters(charters); !version) return tl::unexpected(version.error());
  return relay.put_statement(statement);
}

}  // namespace

Outcome<FreezeReport> freeze_project(const CharterSource& source, const std::string& root_key_file, const Passphrase& passphrase) {
  return freeze_project(source, root_key_file, passphrase, system_edges());
}

Outcome<FreezeReport> freeze_project(const CharterSource& source, const std::string& root_key_file, const Passphrase& passphrase,
                                     Edges& edges) {
  auto open = open_charter(source, edges);
  if (!open) return problem(open, ProblemKind::kUsage);
  if (auto done = ask_relays(*open, source.progress); !done) return problem(done, ProblemKind::kNotVerified);
  const auto chain = chain_in_force(*open, false);
  if (!chain) return problem(chain);
  const auto& charter = chain->in_force();
  const auto key = open_root_key(root_key_file, passphrase, charter.content());
  if (!key) return problem(key);
  const Bytes statement = format::make_freeze(charter.project(), charter.hash(), edges.clock.now(), *key);
  FreezeReport out{charter.project().text(), charter.content().title, charter.version(), {}, false};
  const auto charters = chain->signed_charters();
  if (open->store) {
    if (auto kept = open->store->statements().keep(statement); !kept) return problem(kept);
    out.kept_in_home = true;
  }
  for (auto& relay : open->relays) {
    CharterTaken taken{relay.host_and_port(), std::nullopt};
    if (auto done = send(relay, charters, statement); !done)
      taken.problem = problem_of(done.error());
    else if (open->store)
      if (auto noted = open->store->statements().taken(relay.address().relay, statement); !noted) return problem(noted);
    out.relays.push_back(std::move(taken));
  }
  return out;
}

}  // namespace tamizdat::client
