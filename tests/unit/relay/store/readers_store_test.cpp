#include "relay/store/readers_store.h"

#include <gtest/gtest.h>

#include "relay/store/memory_store.h"
#include "tests/support/project_builder.h"
#include "tests/support/test_loop.h"

namespace tamizdat::store {
namespace {

const Bytes kKey(format::kBodyKeyBytes, 'k');

struct ReadersStoreFixture : testing::Test {
  void commit() {
    const std::vector<Batch> batches{{Charters{{project.charter()}}, tests::kTestTime},
                                     {project.log().bundle(0, project.log().size()), tests::kTestTime}};
    for (const auto& done : held.commit(batches)) ASSERT_TRUE(done) << done.error().text;
  }
  format::VerifiedBundle served() {
    const auto bundle = readers.bundle(project.log().id(), 0, 100);
    return tests::must(format::verify_bundle(project.charter(), bundle->bytes));
  }
  StoredEntry entry(std::uint64_t index) { return tests::must(readers.entry(project.log().id(), index)); }
  format::Body article() {
    format::Body body;
    body.title = "A title";
    return body;
  }

  tests::FakeClock clock;
  MemoryStore held;
  ReadersStore readers{held, clock};
  tests::ProjectBuilder project;
  Timestamp end = tests::kTestTime + std::chrono::hours(48);
};

TEST_F(ReadersStoreFixture, APlainEmbargoLeavesTheBodyOutOfBundlesUntilItsTime) {
  project.log().append_articles(1);
  project.log().append_embargoed(article(), end);
  project.log().append_articles(1);
  commit();
  clock.set_now(end - seconds(1));
  const auto before = served();
  EXPECT_TRUE(before.entries()[0].body() && before.entries()[2].body());
  EXPECT_EQ(before.entries()[1].absence(), format::Absence::kEmbargoed);
  EXPECT_EQ(entry(1).absence, format::Absence::kEmbargoed);
  EXPECT_FALSE(entry(1).body);
  // Links read the store itself.
  EXPECT_TRUE(held.entry(project.log().id(), 1)->body);
  clock.set_now(end);
  EXPECT_EQ(served().entries()[1].body(), project.log().body(1));
  EXPECT_EQ(entry(1).opened_at, end);
  EXPECT_EQ(entry(1).received_at, end);
}

TEST_F(ReadersStoreFixture, ABundleWithoutEmbargoIsGivenOctetForOctet) {
  project.log().append_articles(3);
  commit();
  EXPECT_EQ(readers.bundle(project.log().id(), 0, 100)->bytes, held.bundle(project.log().id(), 0, 100)->bytes);
}

TEST_F(ReadersStoreFixture, ASealedBodyStaysSealedInBundlesAndOpensForReaders) {
  const auto sealed = project.log().append_sealed(article(), end, kKey);
  project.log().append_key(sealed, kKey);
  commit();
  EXPECT_EQ(entry(0).absence, format::Absence::kEmbargoed);  // the key has not been read
  static_cast<void>(entry(1));
  ASSERT_TRUE(entry(0).body);
  EXPECT_EQ(format::parse_body(*entry(0).body)->title, "A title");
  EXPECT_EQ(served().entries()[0].body(), project.log().body(0));
}

TEST_F(ReadersStoreFixture, TheClockOpensNoSealedBody) {
  project.log().append_sealed(article(), end, kKey);
  commit();
  clock.set_now(end + std::chrono::hours(1));
  EXPECT_EQ(entry(0).absence, format::Absence::kEmbargoed);
}

TEST_F(ReadersStoreFixture, WhatWasRetractedIsErasedInBundlesAlsoBeforeItIs) {
  project.log().append_articles(2);
  project.log().append({}, format::EntryKind::kRetraction, project.log().entry(1));
  commit();
  EXPECT_FALSE(served().entries()[0].absence());
  EXPECT_EQ(served().entries()[1].absence(), format::Absence::kErased);
  EXPECT_TRUE(served().entries()[2].body()) << "the retraction says why";
  EXPECT_TRUE(tests::must(held.entry(project.log().id(), 1)).body) << "a closing may bring it back";
}

}  // namespace
}  // namespace tamizdat::store
