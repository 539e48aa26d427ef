#include "client-lib/letters/inbox.h"

#include <gtest/gtest.h>

#include "client-lib/letters/assembly.h"
#include "tests/unit/client-lib/letters/correspondence.h"

namespace tamizdat::letters {
namespace {

std::string code_of(const std::vector<Error>& errors) { return errors.size() == 1 ? std::string(errors[0].code.name()) : "not one"; }

TEST(Inbox, BringsALetterOnce) {
  Correspondence all;
  all.send("figures.txt", "twice as much");
  const Inbox inbox = all.read();
  ASSERT_EQ(inbox.letters.size(), 1u);
  EXPECT_EQ(inbox.letters[0].project, all.them.id());
  EXPECT_EQ(Correspondence::content_of(inbox.letters[0].file), "twice as much");
  const Inbox again = all.read();
  EXPECT_TRUE(again.letters.empty());
  EXPECT_EQ(again.slots_fetched, 0u);
}

// What a relay hears is the same, whoever writes to whom, or nobody to us.
TEST(Inbox, NoRequestTellsWhoseLetterCame) {
  Correspondence ours, others;
  ours.send("a.txt", "for us");
  const Bytes strange = others.slot_of({tests::octets_from("letter", 1), 0, 1, "x"}, format::kSlotSizes[0]);
  others.pools.pools[0].add(strange);
  others.keys = SealingKeys(others.folder.path() / "no keys");
  ASSERT_EQ(ours.read().letters.size(), 1u);
  ASSERT_EQ(others.read().letters.size(), 0u);
  ASSERT_EQ(ours.pools.requests.size(), 3u);
  for (auto* const requests : {&ours.pools.requests, &others.pools.requests}) {
    EXPECT_EQ((*requests)[0], "GET /v1/charters");
    EXPECT_EQ((*requests)[1], "GET /v1/sealed");
    EXPECT_TRUE((*requests)[2].starts_with("GET /v1/sealed/"));
  }
  ours.read();
  EXPECT_EQ(std::vector(ours.pools.requests.begin() + 3, ours.pools.requests.end()),
            (std::vector<std::string>{"GET /v1/charters", "GET /v1/sealed"}));
}

TEST(Inbox, ALongNameIsCutAndKeepsItsEnding) {
  Correspondence all;
  std::string name;
  for (int i = 0; i < 121; ++i) name += "Щ";
  all.send(name + ".xlsx", "long");
  all.send("short.txt", "short");
  const Inbox inbox = all.read();
  ASSERT_EQ(inbox.letters.size(), 2u);
  for (const auto& letter : inbox.letters) EXPECT_TRUE(std::filesystem::exists(letter.file)) << letter.file;
  const bool first_is_short = inbox.letters[0].file.extension() == ".txt";
  EXPECT_EQ(inbox.letters[first_is_short ? 1 : 0].file.extension(), ".xlsx");
}

TEST(Inbox, AFileThatCannotBeWrittenStopsNoOther) {
  Correspondence all;
  all.send("a.txt", "first");
  std::ofstream(all.home / "inbox") << "a file where the folder should be";
  Inbox inbox = all.read();
  EXPECT_EQ(inbox.not_written.size(), 1u);
  std::filesystem::remove(all.home / "inbox");
  EXPECT_EQ(all.read().letters.size(), 1u);  // nothing was lost
}

TEST(Inbox, ALetterOfADeskThatNoCharterListsYetWaits) {
  Correspondence all;
  const auto new_desk_key = tests::key_from("new desk", 1);
  auto letter = all.letter("a.txt", "of the new desk");
  letter.desk = DeskId(new_desk_key.public_key());
  for (const auto& slot : all.slots_of(format::sign_letter(letter, new_desk_key))) all.pools.pools[0].add(slot);
  Inbox inbox = all.read();
  EXPECT_TRUE(inbox.refused.empty());
  ASSERT_EQ(inbox.waiting.size(), 1u);
  EXPECT_NE(inbox.waiting[0].find("no charter known here lists the desk"), std::string::npos);
  all.them.update_charter([&](format::Charter& charter) {
    format::Desk desk;
    desk.id = letter.desk;
    desk.label = "new";
    charter.desks.push_back(std::move(desk));
  });
  all.pools.pools[0].chains = {all.us.charters(), all.them.charters()};
  inbox = all.read();
  ASSERT_EQ(inbox.letters.size(), 1u);
  EXPECT_EQ(inbox.letters[0].desk_label, "new");
}

TEST(Inbox, ALetterOfAnUnknownProjectWaits) {
  Correspondence all;
  all.send("a.txt", "x");
  all.pools.pools[0].chains = {all.us.charters()};
  EXPECT_EQ(all.read().waiting.size(), 1u);
  all.pools.pools[0].chains.push_back(all.them.charters());
  EXPECT_EQ(all.read().letters.size(), 1u);
}

TEST(Inbox, AForgedSignatureIsRefusedForGood) {
  Correspondence all;
  const Bytes forged = format::sign_letter(all.letter("a.txt", "x"), tests::key_from("thief", 1));
  for (const auto& slot : all.slots_of(forged)) all.pools.pools[0].add(slot);
  EXPECT_EQ(code_of(all.read().refused), "letter-signature-invalid");
  EXPECT_TRUE(all.read().refused.empty());
}

TEST(Inbox, WhatEndedOrEndsTooLateIsNotTaken) {
  Correspondence all;
  const Bytes letter = format::sign_letter(all.letter("a.txt", "x"), all.their_desk_key);
  for (const std::int64_t days : {std::int64_t{0}, std::int64_t{40}})
    for (const auto& slot : all.slots_of(letter, days)) all.pools.pools[0].add(slot);
  EXPECT_EQ(all.read().slots_fetched, 0u);  // as the list says it
  for (const auto& [id, slot] : all.pools.pools[0].slots) all.pools.pools[0].listed_ends[id] = all.end_in(5);
  const Inbox inbox = all.read();
  EXPECT_EQ(inbox.slots_fetched, 2u);
  EXPECT_TRUE(inbox.letters.empty());
  EXPECT_EQ(all.read().slots_fetched, 0u);
}

TEST(Inbox, AReplayIsNoLetterEvenYearsLater) {
  Correspondence all;
  const Bytes letter = all.send("a.txt", "x");
  ASSERT_EQ(all.read().letters.size(), 1u);
  all.clock.time += seconds(400 * kDay);
  for (const auto& slot : all.slots_of(letter)) all.pools.pools[0].add(slot);
  const Inbox inbox = all.read();
  EXPECT_EQ(inbox.slots_fetched, 1u);
  EXPECT_TRUE(inbox.letters.empty() && inbox.refused.empty() && inbox.waiting.empty());
}

TEST(Inbox, NeverWritesOverAFile) {
  Correspondence all;
  const Bytes letter = all.send("a.txt", "as it came");
  const std::string name = letter_file_name(format::letter_hash(letter), "a.txt", 1, 250);
  std::filesystem::create_directories(all.home / "inbox");
  std::ofstream(all.home / "inbox" / name) << "what we made of it";
  const Inbox inbox = all.read();
  ASSERT_EQ(inbox.letters.size(), 1u);
  EXPECT_EQ(inbox.letters[0].file.filename().string(), name.substr(0, name.size() - 4) + "-2.txt");
  EXPECT_EQ(Correspondence::content_of(all.home / "inbox" / name), "what we made of it");
}

TEST(Inbox, AForgedPartDoesNotSuppressTheLetter) {
  Correspondence all;
  const Bytes letter = format::sign_letter(all.letter("a.txt", "x"), all.their_desk_key);
  const Hash32 hash = format::letter_hash(letter);
  all.pools.pools[0].add(all.slot_of({hash, 0, 1, "forged"}, format::kSlotSizes[0]));
  EXPECT_EQ(code_of(all.read().refused), "letter-malformed");
  EXPECT_TRUE(all.read().refused.empty());  // the forged part is gone
  for (const auto& slot : all.slots_of(letter)) all.pools.pools[0].add(slot);
  EXPECT_EQ(all.read().letters.size(), 1u);
}

TEST(Inbox, ForgedPartsOfALetterOfSeveralSlotsDoNotSuppressIt) {
  Correspondence all;
  const Bytes letter = format::sign_letter(all.letter("a.bin", Bytes(1'500'000, 'x')), all.their_desk_key);
  const auto slots = all.slots_of(letter);
  ASSERT_EQ(slots.size(), 2u);
  const Hash32 hash = format::letter_hash(letter);
  for (const std::uint32_t part : {0u, 1u}) all.pools.pools[0].add(all.slot_of({hash, part, 2, "forged"}, format::kSlotSizes[0]));
  all.pools.pools[0].add(all.slot_of({hash, 0, 1, "forged"}, format::kSlotSizes[0]));
  all.pools.pools[0].add(slots[1]);
  EXPECT_EQ(all.read().waiting.size(), 1u);
  all.pools.pools[0].add(slots[0]);
  EXPECT_EQ(all.read().letters.size(), 1u);
}

TEST(Inbox, APartOfALetterThatCannotBeIsNotKept) {
  Correspondence all;
  all.pools.pools[0].add(all.slot_of({tests::octets_from("letter", 1), 0, letter_parts_max() + 1, "x"}, format::kSlotSizes[0]));
  const Inbox inbox = all.read();
  EXPECT_EQ(code_of(inbox.refused), "part-malformed");
  EXPECT_EQ(*all.store.letters().octets_kept(), 0u);
}

TEST(Inbox, OneRelayThatMakesUpSlotsKeepsNoOtherFromBeingRead) {
  Correspondence all(2);
  all.send("a.txt", "x");
  std::swap(all.pools.pools[0], all.pools.pools[1]);
  for (std::uint64_t i = 0; i < 20; ++i)
    all.pools.pools[0].add(all.slot_of({tests::octets_from("letter", i), 0, 2, "x"}, format::kSlotSizes[0]));
  const Inbox inbox = all.read({4 * format::kSlotSizes[0], seconds(1000)});
  EXPECT_EQ(inbox.letters.size(), 1u);
  EXPECT_EQ(inbox.slots_fetched, 5u);
  ASSERT_EQ(inbox.troubles.size(), 1u);
  EXPECT_NE(inbox.troubles[0].find("run tamizdat inbox again"), std::string::npos);
}

TEST(Inbox, ASecretThatDoesNotOpenIsAWarning) {
  Correspondence all;
  std::ofstream(all.home / "sealing-keys" / to_hex(tests::octets_from("key", 1).view())) << Bytes(100, '\0');
  std::filesystem::permissions(all.home / "sealing-keys" / to_hex(tests::octets_from("key", 1).view()),
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  all.send("a.txt", "x");
  const Inbox inbox = all.read();
  EXPECT_EQ(inbox.letters.size(), 1u);
  EXPECT_EQ(inbox.keys_unusable.size(), 1u);
}

TEST(Inbox, DestroysTheSecretThatTheCharterNoLongerNames) {
  Correspondence all;
  all.read();
  all.us.update_charter([](format::Charter& charter) { charter.sealing_keys.clear(); });
  ASSERT_TRUE(all.store.take_charters(all.us.charters()));
  EXPECT_TRUE(all.read().keys_destroyed.empty());
  all.clock.time += seconds((format::kSlotDaysMax + 1) * kDay);
  EXPECT_EQ(all.read().keys_destroyed, std::vector{all.sealing_key});
  EXPECT_TRUE(all.keys.all()->empty());
}

}  // namespace
}  // namespace tamizdat::letters
