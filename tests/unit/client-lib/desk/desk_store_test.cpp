#include "client-lib/desk/desk_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "proto/format/limits.h"
#include "tests/support/project_builder.h"
#include "tests/support/temporary_folder.h"

namespace tamizdat::desk {
namespace {

using tests::must;
using tests::TemporaryFolder;

class DeskStoreTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  tests::ProjectBuilder project_;
  std::filesystem::path home_ = folder_.path() / "home";
  DeskStore store_ = must(DeskStore::open_or_create(home_));

  // Appends entries [from, to) of the builder's log in one run.
  void append(std::uint64_t from, std::uint64_t to) {
    auto run = must(store_.log().begin_run());
    for (std::uint64_t i = from; i < to; ++i)
      EXPECT_EQ(must(run.append(project_.log().header(i), project_.log().body(i))), project_.log().entry(i));
    ASSERT_TRUE(run.commit(project_.log().head_bytes(to)));
  }
};

TEST_F(DeskStoreTest, IsForItsOwnerOnly) {
  struct stat about {};
  ASSERT_EQ(::stat(home_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0700U);
  ASSERT_EQ(::stat(desk_file(home_).c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
}

TEST_F(DeskStoreTest, AStatementWaitsForEachRelayUntilItHasTakenIt) {
  const RelayId near(format::sha256({"near"})), far(format::sha256({"far"}));
  auto& statements = store_.statements();
  for (const char* text : {"one", "two", "one"}) ASSERT_TRUE(statements.keep(text));
  ASSERT_TRUE(statements.taken(near, "one"));
  ASSERT_TRUE(statements.taken(near, "never kept"));
  EXPECT_EQ(must(statements.all()), (std::vector<Bytes>{"one", "two"}));
  EXPECT_EQ(must(statements.waiting_for(near)), std::vector<Bytes>{"two"});
  EXPECT_EQ(must(statements.waiting_for(far)), (std::vector<Bytes>{"one", "two"}));
  ASSERT_TRUE(statements.forget("one"));
  ASSERT_TRUE(statements.keep("one"));
  EXPECT_EQ(must(statements.waiting_for(near)), (std::vector<Bytes>{"two", "one"}));
}

TEST_F(DeskStoreTest, SaysThatThereIsNoDesk) {
  const auto store = DeskStore::open(folder_.path() / "other");
  ASSERT_FALSE(store.has_value());
  EXPECT_EQ(store.error().code, kHomeMissing);
}

TEST_F(DeskStoreTest, RefusesAFileOfAnotherProgram) {
  const auto other = folder_.path() / "other";
  std::filesystem::create_directory(other);
  auto database = must(Database::open(desk_file(other)));
  ASSERT_TRUE(database.run("CREATE TABLE notes(text TEXT)"));
  const auto store = DeskStore::open(other);
  ASSERT_FALSE(store.has_value());
  EXPECT_EQ(store.error().code, kDeskFileUnknown);
}

TEST_F(DeskStoreTest, RefusesAFileThatIsNoDatabase) {
  const auto other = folder_.path() / "other";
  std::filesystem::create_directory(other);
  std::ofstream(desk_file(other)) << std::string(4096, 'x');
  const auto store = DeskStore::open(other);
  ASSERT_FALSE(store.has_value());
  EXPECT_EQ(store.error().text, "the desk's file " + desk_file(other).string() +
                                    " is damaged: bring it back from a copy, then run tamizdat status");
}

TEST_F(DeskStoreTest, RemembersItsProject) {
  EXPECT_EQ(store_.project().error().code, kProjectMissing);
  ASSERT_TRUE(store_.found_project({&project_.charter(), 1}, project_.log().desk()));
  DeskStore again = must(DeskStore::open(home_));
  const auto project = must(again.project());
  EXPECT_EQ(project.charter.project(), project_.id());
  EXPECT_EQ(project.log, project_.log().id());
  EXPECT_EQ(again.found_project({&project_.charter(), 1}, project_.log().desk()).error().code, kProjectExists);
}

TEST_F(DeskStoreTest, NeverGoesBackBehindACharter) {
  tests::ProjectBuilder branch;  // the same project, with another second charter
  ASSERT_TRUE(store_.found_project(project_.charters(), project_.log().desk()));
  const auto first = project_.charters();
  project_.update_charter();
  branch.update_charter([](format::Charter& charter) { charter.title = "Other"; });
  ASSERT_EQ(branch.id(), project_.id());
  EXPECT_TRUE(must(store_.take_charters(project_.charters())));
  EXPECT_FALSE(must(store_.take_charters(project_.charters())));
  EXPECT_FALSE(must(store_.take_charters(first)));
  EXPECT_EQ(store_.take_charters(branch.charters()).error().code, format::kCharterForked);
  DeskStore again = must(DeskStore::open(home_));
  EXPECT_EQ(must(again.project()).charter.hash(), project_.charter().hash());
}

TEST_F(DeskStoreTest, GivesBundlesThatVerifyFromEveryEntry) {
  project_.log().append_articles(13);
  append(0, 5);
  append(5, 13);
  for (std::uint64_t from = 0; from < 13; ++from) {
    const Bytes bytes = must(store_.log().bundle(from));
    const auto bundle = format::verify_bundle(project_.charter(), bytes);
    ASSERT_TRUE(bundle.has_value()) << from << ": " << bundle.error().text;
    EXPECT_EQ(bundle->to(), 13U);
    EXPECT_EQ(must(store_.log().bundle(from)), bytes);
  }
}

TEST_F(DeskStoreTest, KnowsTheRootAtEverySize) {
  project_.log().append_articles(21);
  append(0, 21);
  for (std::uint64_t size = 0; size <= 21; ++size) EXPECT_EQ(must(store_.log().root_at(size)), project_.log().root(size));
}

TEST_F(DeskStoreTest, CutsALongRunIntoBundlesOfOneMebibyte) {
  format::Body body;
  body.html = std::string(300 * 1024, 'x');
  for (int i = 0; i < 10; ++i) project_.log().append(body);
  append(0, 10);
  std::uint64_t at = 0;
  int bundles = 0;
  while (at < 10) {
    const Bytes bytes = must(store_.log().bundle(at));
    EXPECT_LE(bytes.size(), format::kBundleBytesMax);
    at = must(format::verify_bundle(project_.charter(), bytes)).to();
    ++bundles;
  }
  EXPECT_EQ(bundles, 4);
}

TEST_F(DeskStoreTest, ARunThatIsNotCommittedLeavesNothing) {
  project_.log().append_articles(2);
  {
    auto run = must(store_.log().begin_run());
    ASSERT_TRUE(run.append(project_.log().header(0), project_.log().body(0)));
    ASSERT_TRUE(store_.imports().remember("guid", {project_.log().entry(0), Hash32{}}));
  }
  EXPECT_EQ(must(store_.log().head()).size, 0U);
  EXPECT_FALSE(must(store_.log().find(project_.log().entry(0))).has_value());
  EXPECT_FALSE(must(store_.imports().find("guid")).has_value());
  append(0, 2);
  EXPECT_EQ(must(store_.log().head()).size, 2U);
}

TEST_F(DeskStoreTest, FindsAnEntryWithItsExactBytes) {
  project_.log().append_articles(3);
  append(0, 3);
  const auto entry = must(store_.log().find(project_.log().entry(1)));
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->index, 1U);
  EXPECT_EQ(entry->header, project_.log().header(1));
  EXPECT_EQ(entry->body, project_.log().body(1));
}

TEST_F(DeskStoreTest, KeepsRelaysInTheirOrder) {
  const RelayId first(tests::octets_from("relay", 1)), second(tests::octets_from("relay", 2));
  EXPECT_TRUE(must(store_.relays().add(first, "line 1")));
  EXPECT_TRUE(must(store_.relays().add(second, "line 2")));
  EXPECT_FALSE(must(store_.relays().add(first, "line 1, moved")));
  ASSERT_TRUE(store_.relays().heard(second, 7));
  ASSERT_TRUE(store_.relays().took_charter(second, 1));
  const auto relays = must(store_.relays().all());
  ASSERT_EQ(relays.size(), 2U);
  EXPECT_EQ(relays[0].id, first);
  EXPECT_EQ(relays[0].address, "line 1, moved");
  EXPECT_EQ(relays[1].held, 7U);
  EXPECT_EQ(relays[1].charter_version, 1U);
  EXPECT_TRUE(must(store_.relays().remove(first)));
  EXPECT_FALSE(must(store_.relays().remove(first)));
}

TEST_F(DeskStoreTest, RemembersSourcesAndItems) {
  EXPECT_FALSE(must(store_.imports().source("https://example.org/feed")).has_value());
  ASSERT_TRUE(store_.imports().remember_source("https://example.org/feed", {"\"tag\"", "yesterday"}));
  EXPECT_EQ(must(store_.imports().source("https://example.org/feed"))->etag, "\"tag\"");
  const ImportedItem item{EntryId(tests::octets_from("entry", 1)), tests::octets_from("text", 1)};
  ASSERT_TRUE(store_.imports().remember("guid", item));
  EXPECT_EQ(must(store_.imports().find("guid"))->original, item.original);
  EXPECT_EQ(must(store_.imports().find("guid"))->text_hash, item.text_hash);
}

TEST_F(DeskStoreTest, RemembersHowFarARelayHadAllAttachmentsAndForgetsItWithItsEntries) {
  const RelayId relay(tests::octets_from("relay", 1));
  ASSERT_TRUE(store_.relays().found_whole(relay, 3));
  EXPECT_EQ(must(store_.relays().whole_up_to(relay)), 0U);  // not in the list
  must(store_.relays().add(relay, "line"));
  ASSERT_TRUE(store_.relays().found_whole(relay, 3));
  ASSERT_TRUE(store_.relays().heard(relay, 5));
  EXPECT_EQ(must(store_.relays().whole_up_to(relay)), 3U);
  ASSERT_TRUE(store_.relays().heard(relay, 2));
  EXPECT_EQ(must(store_.relays().whole_up_to(relay)), 2U);
  must(store_.relays().remove(relay));
  must(store_.relays().add(relay, "line"));
  EXPECT_EQ(must(store_.relays().whole_up_to(relay)), 0U);
}

}  // namespace
}  // namespace tamizdat::desk
