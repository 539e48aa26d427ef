// What readers see where the operator withholds a text.
#include "relay/reader/withheld.h"

#include <gtest/gtest.h>

#include "relay/reader/attachment_site.h"
#include "relay/store/withholding_store.h"
#include "tests/support/counting_random.h"
#include "tests/support/held_statements.h"
#include "tests/support/loop_workers.h"
#include "tests/support/memory_stream.h"
#include "tests/support/recorded_log.h"
#include "tests/support/recorded_metrics.h"
#include "tests/support/test_loop.h"
#include "tests/unit/relay/reader/site_fixture.h"

namespace tamizdat::reader {
namespace {

constexpr const char* kReason = "Tbilisi City Court, <20> November";

// A relay of the project's policy among three, above the room's store.
class WithheldTest : public testing::Test {
 protected:
  WithheldTest() {
    project.update_charter([](format::Charter& charter) {
      charter.witness = {{relay(1), relay(2), relay(3)}, 3, seconds(86400)};
      charter.mirrors = {{"https://mirror.example/courier/", "NL", std::nullopt}};
    });
    room.commit_charter(project);
  }
  static format::PolicyRelay relay(std::uint64_t number) {
    return {RelayId(tests::key_from("identity", number).public_key()), number == 1 ? "GE" : "AM",
            tests::key_from("witness", number).public_key(), tests::key_from("mirror", number).public_key()};
  }
  void take(Bytes statement) { tests::must(loop.run(held.statements.take(std::move(statement)))); }
  void say(std::uint64_t number, const EntryId& entry) {
    take(format::make_withholding(project.id(), {entry, "GE", kReason, at("2026-11-20T10:00:00Z"), false, false}, tests::key_from("identity", number)));
  }
  void withhold(const EntryId& entry) {
    say(1, entry);
    withheld.put(entry, store::Withheld::From::kReaders);
    read_again();
  }
  void read_again() {
    catalog.on_entries(project.log().id(), 0, project.log().size());
    Newsroom::read_all(catalog);
  }
  void receipt(std::uint64_t number, std::vector<format::ReceiptException> exceptions = {}) {
    const auto size = project.log().size();
    take(format::make_receipt(project.id(), {project.log().id(), size, project.log().root(size), tests::kTestTime, 0, size, std::move(exceptions)},
                              tests::key_from("mirror", number)));
  }
  http::Response get(const std::string& path, const std::string& language = "en") {
    http::Request request;
    request.path = path;
    request.host = "relay.example:8443";
    request.headers.add("Accept-Language", language);
    return site.answer(request);
  }
  std::string text(const std::string& path, const std::string& language = "en") { return get(path, language).content->bytes(); }

  Newsroom room;
  Names names;
  tests::ProjectBuilder& project = room.add_project("Courier");
  EntryId article = room.publish(project, body_of("Snow in April"));
  EntryId other = room.publish(project, body_of("Ice"));
  std::string page = "/a/" + article.text();
  tests::TestLoop loop;
  tests::LoopWorkers workers{loop.executor()};
  tests::CountingRandom random;
  tests::MemoryNetwork network;
  tests::RecordedLog log;
  tests::RecordedMetrics metrics;
  env::Environment env{loop.executor(), loop.clock(), random, network, workers, log, metrics};
  tests::HeldStatements held{env, room.store};
  store::Withheld withheld;
  store::WithholdingStore shown{room.store, withheld, store::Audience::kReaders};
  store::ReadersStore view{shown, room.clock};
  Catalog catalog{view, room.clock};
  Site site{view, catalog, names, room.clock,
            {"GE", "GE", "Free Word", relay(1).relay, {{relay(2).relay, "two.example:8440"}}},
            &held.statements};
};

TEST_F(WithheldTest, ThePageSaysWhoAndWhyInThePlaceOfTheText) {
  withhold(article);
  for (const auto& path : {page, "/v/" + article.text()}) {
    const auto answer = get(path);
    EXPECT_EQ(answer.status, 451) << path;
    EXPECT_EQ(answer.headers.joined("Link"), "</>; rel=\"blocked-by\"") << path;
    const auto& body = answer.content->bytes();
    for (const auto* said : {"This text is withheld here", "<dt>Relay</dt><dd>GE, ", "Free Word", "20 November 2026", "&lt;20&gt; November"})
      EXPECT_TRUE(contains(body, said)) << path << ": " << said;
    EXPECT_FALSE(contains(body, "Snow in April")) << path;
    EXPECT_FALSE(contains(body, "/v1/entries/")) << path << ": nothing to download here";
  }
  EXPECT_TRUE(contains(text(page, "ru"), "Здесь этот текст не показан"));
}

TEST_F(WithheldTest, ItIsInNoListUntilItIsServedAgain) {
  read_again();
  ASSERT_TRUE(contains(text("/"), "Snow in April"));
  withhold(article);
  for (const auto* path : {"/", "/r/RU-SVE", "/feed.atom", "/feed.rss", "/feed.json"}) {
    EXPECT_FALSE(contains(text(path), "Snow in April")) << path;
    EXPECT_TRUE(contains(text(path), "Ice")) << path;
  }
  withheld.drop(article);
  read_again();
  EXPECT_EQ(get(page).status, 200);
  EXPECT_TRUE(contains(text("/feed.atom"), "Snow in April"));
}

TEST_F(WithheldTest, NamesRelaysWhoseReceiptsCoverItAndWhoDoNotWithholdIt) {
  withhold(article);
  EXPECT_FALSE(contains(text(page), "two.example")) << "no receipt yet";
  EXPECT_TRUE(contains(text(page), "href=\"https://mirror.example/courier/\""));
  receipt(2);
  EXPECT_TRUE(contains(text(page), "<a href=\"https://two.example:8440" + page + "\">two.example:8440</a>"));
  receipt(3);
  EXPECT_TRUE(contains(text(page), relay(3).relay.text())) << "by its id, where no address is known";
  say(3, article);
  EXPECT_FALSE(contains(text(page), relay(3).relay.text()));
}

TEST_F(WithheldTest, AReceiptThatNamesItAsAnExceptionIsNoPlace) {
  withhold(article);
  receipt(2, {{0, 1, format::Absence::kErased}});
  EXPECT_FALSE(contains(text(page), "two.example"));
}

TEST_F(WithheldTest, TheOldTextDoesNotComeBackInThePlaceOfAWithheldCorrection) {
  const auto correction = room.correct(project, article, body_of("Snow in May"));
  read_again();
  withhold(correction);
  EXPECT_EQ(get(page).status, 451);
  EXPECT_EQ(get("/v/" + article.text()).status, 200);
  EXPECT_FALSE(contains(text("/"), "Snow in"));
  withheld.drop(correction);
  withhold(article);
  EXPECT_EQ(get(page).status, 200);
  EXPECT_TRUE(contains(text(page), "Snow in May"));
}

TEST_F(WithheldTest, WhatWasRetractedIsGone) {
  withhold(article);
  project.log().append({}, format::EntryKind::kRetraction, article);
  room.commit_log(project);
  read_again();
  EXPECT_EQ(get(page).status, 410);
}

}  // namespace
}  // namespace tamizdat::reader
