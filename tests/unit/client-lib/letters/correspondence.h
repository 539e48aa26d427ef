// A newsroom that reads letters, one that writes them, and the relays between them.
#pragma once

#include <fstream>

#include "client-lib/letters/inbox.h"
#include "client-lib/letters/letter_file.h"
#include "client-lib/letters/post.h"
#include "proto/format/limits.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/client-lib/support/fake_pools.h"
#include "tests/unit/client-lib/support/test_edges.h"

namespace tamizdat::letters {

inline constexpr std::int64_t kDay = 86400;

struct Correspondence {
  explicit Correspondence(std::size_t relays = 1) : pools(relays) {
    TMZ_CHECK(store.found_project(us.charters(), us.log().desk()).has_value());
    sealing_key = tests::must(keys.make(our_desk_key, random));
    us.update_charter([&](format::Charter& charter) { charter.sealing_keys = {{sealing_key, {}, {}}}; });
    TMZ_CHECK(store.take_charters(us.charters()).has_value());
    for (auto& pool : pools.pools) pool.chains = {us.charters(), them.charters()};
  }

  Timestamp end_in(std::int64_t days) const { return timestamp_from_unix((unix_seconds(clock.now()) / kDay + days) * kDay); }

  format::Letter letter(std::string name, Bytes content) const {
    return {them.id(), DeskId(their_desk_key.public_key()), {us.id()}, clock.now(), std::move(name), std::move(content)};
  }
  Bytes slot_of(const format::SealedPart& part, std::size_t size, std::int64_t days = 14) {
    const Hash32 recipients[]{sealing_key};
    return tests::must(format::seal_slot(part, recipients, end_in(days), size, random.bytes(format::kSlotRandomBytes)));
  }
  std::vector<Bytes> slots_of(BytesView signed_letter, std::int64_t days = 14) {
    std::vector<Bytes> out;
    for (const auto& each : format::parts_of(signed_letter)) out.push_back(slot_of(each.part, each.slot_size, days));
    return out;
  }
  // Into the pool of the first relay.
  Bytes send(const std::string& name, const Bytes& content) {
    const Bytes signed_letter = format::sign_letter(letter(name, content), their_desk_key);
    for (const auto& slot : slots_of(signed_letter)) pools.pools[0].add(slot);
    return signed_letter;
  }

  Inbox read(RelayLimits limits = {}) {
    auto clients = pools.clients();
    const charters::Progress progress = [](auto, auto, auto) {};
    charters::Directory directory(store.known_charters());
    TMZ_CHECK(directory.ask(clients, progress).has_value());
    const auto project = tests::must(store.project());
    const std::filesystem::path inbox = home / "inbox";
    return tests::must(read_inbox({store, project, keys, our_desk_key, clock, inbox, clients, directory, progress, limits}));
  }
  static std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  tests::TemporaryFolder folder;
  std::filesystem::path home = folder.path() / "home";
  tests::FixedClock clock;
  tests::SeededRandom random;
  tests::FakePools pools;
  tests::ProjectBuilder us{tests::ProjectBuilder::Options{2, 1, "Kama Today"}};
  tests::ProjectBuilder them{1};
  format::SigningKey our_desk_key = tests::key_from("desk key 0", 2);
  format::SigningKey their_desk_key = tests::key_from("desk key 0", 1);
  desk::DeskStore store = tests::must(desk::DeskStore::open_or_create(home));
  SealingKeys keys{home};
  Hash32 sealing_key;
};

}  // namespace tamizdat::letters
