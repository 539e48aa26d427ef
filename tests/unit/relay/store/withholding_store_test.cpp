#include "relay/store/withholding_store.h"

#include <gtest/gtest.h>

#include "relay/store/memory_store.h"
#include "tests/support/project_builder.h"

namespace tamizdat::store {
namespace {

struct WithholdingStoreTest : testing::Test {
  WithholdingStoreTest() {
    project.log().append_articles(2);
    project.log().append_with_attachment(blob);
    const std::vector<Batch> batches{{Charters{{project.charter()}}, tests::kTestTime},
                                     {project.log().bundle(0, 3), tests::kTestTime}};
    for (const auto& done : held.commit(batches)) EXPECT_TRUE(done) << done.error().text;
  }
  std::vector<std::optional<format::Absence>> absences(const Store& store) {
    const auto served = tests::must(store.bundle(project.log().id(), 0, 100));
    std::vector<std::optional<format::Absence>> out;
    const auto bundle = tests::must(format::verify_bundle(project.charter(), served.bytes));
    for (const auto& entry : bundle.entries()) out.push_back(entry.absence());
    return out;
  }
  StoredEntry entry(const Store& store, std::uint64_t index) { return tests::must(store.entry(project.log().id(), index)); }

  using Absences = std::vector<std::optional<format::Absence>>;
  tests::ProjectBuilder project;
  BlobId blob = BlobId{project.charter().hash(), 100};
  MemoryStore held;
  Withheld withheld;
  WithholdingStore readers{held, withheld, Audience::kReaders};
  WithholdingStore peers{held, withheld, Audience::kPeers};
};

constexpr auto kWithheld = format::Absence::kWithheld;

TEST_F(WithholdingStoreTest, LeavesOutTheTextAndTheBundleStillVerifies) {
  withheld.put(project.log().entry(1), Withheld::From::kReaders);
  EXPECT_EQ(absences(readers), (Absences{{}, kWithheld, {}}));
  EXPECT_EQ(entry(readers, 1).absence, kWithheld);
  EXPECT_FALSE(entry(readers, 1).body);
  EXPECT_EQ(entry(readers, 1).header, project.log().header(1));
  EXPECT_TRUE(entry(readers, 0).body);
  EXPECT_TRUE(entry(held, 1).body) << "it lies there all the same";
}

TEST_F(WithholdingStoreTest, GivesItToPeersUnlessTheNoticeSaysOtherwise) {
  withheld.put(project.log().entry(1), Withheld::From::kReaders);
  EXPECT_EQ(absences(peers), (Absences{{}, {}, {}}));
  withheld.put(project.log().entry(1), Withheld::From::kEverybody);
  EXPECT_EQ(absences(peers), (Absences{{}, kWithheld, {}}));
  EXPECT_EQ(absences(readers), (Absences{{}, kWithheld, {}}));
}

TEST_F(WithholdingStoreTest, ServesItAgainWhenItIsDropped) {
  withheld.put(project.log().entry(1), Withheld::From::kEverybody);
  withheld.drop(project.log().entry(1));
  EXPECT_EQ(readers.bundle(project.log().id(), 0, 100)->bytes, held.bundle(project.log().id(), 0, 100)->bytes);
  EXPECT_TRUE(entry(readers, 1).body);
}

TEST_F(WithholdingStoreTest, NoEntryNamesTheAttachmentsOfWhatIsWithheld) {
  ASSERT_TRUE(readers.entry_naming(blob));
  withheld.put(project.log().entry(2), Withheld::From::kReaders);
  EXPECT_FALSE(readers.entry_naming(blob));
  EXPECT_TRUE(held.entry_naming(blob)) << "it is not erased as an orphan";
}

// What another relay withheld never came: here it is not withheld but not held.
TEST_F(WithholdingStoreTest, SaysWithheldOfItsOwnNoticesOnly) {
  tests::ProjectBuilder other{{.seed = 2}};
  other.log().append_articles(1);
  const auto bundle = format::without_bodies(other.log().bundle_bytes(0, 1), [](BytesView) { return kWithheld; }).value();
  const std::vector<Batch> batches{{Charters{{other.charter()}}, tests::kTestTime},
                                   {tests::must(format::verify_bundle(other.charter(), bundle)), tests::kTestTime}};
  for (const auto& done : held.commit(batches)) ASSERT_TRUE(done) << done.error().text;
  EXPECT_EQ(tests::must(readers.entry(other.log().id(), 0)).absence, format::Absence::kNotHeld);
  withheld.put(other.log().entry(0), Withheld::From::kReaders);
  EXPECT_EQ(tests::must(readers.entry(other.log().id(), 0)).absence, kWithheld);
}

}  // namespace
}  // namespace tamizdat::store
