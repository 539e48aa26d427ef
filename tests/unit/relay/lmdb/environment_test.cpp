#include "relay/lmdb/environment.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace tamizdat::lmdb {
namespace {

enum Table : unsigned { kMeta, kRows };

class LmdbEnvironment : public testing::Test {
 protected:
  LmdbEnvironment() : folder_(testing::TempDir() + "lmdb-" + testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    settings_.path = folder_ + "/table";
    settings_.map_bytes = 1 << 20;
    settings_.tables = {"meta", "rows"};
    settings_.format = "test 1";
  }
  ~LmdbEnvironment() override { std::filesystem::remove_all(folder_); }

  static Bytes rows_of(const Environment& environment, BytesView from = {}) {
    const Snapshot snapshot(environment);
    Bytes out;
    snapshot.each(kRows, from, [&](BytesView key, BytesView value) {
      out += Bytes(key) + "=" + Bytes(value) + " ";
      return true;
    });
    return out;
  }
  static void put(Environment& environment, BytesView key, BytesView value) {
    Update update(environment);
    update.put(kRows, key, value);
    ASSERT_TRUE(update.commit());
  }

  std::string folder_;
  Settings settings_;
};

TEST_F(LmdbEnvironment, KeepsWhatWasCommittedAndNothingElse) {
  {
    const auto environment = Environment::open(settings_);
    ASSERT_TRUE(environment) << environment.error().text;
    put(**environment, "b", "2");
    put(**environment, "a", "1");
    Update dropped(**environment);
    dropped.put(kRows, "c", "3");
  }
  const auto again = Environment::open(settings_);
  ASSERT_TRUE(again) << again.error().text;
  EXPECT_EQ(rows_of(**again), "a=1 b=2 ");
  EXPECT_EQ(rows_of(**again, "aa"), "b=2 ");
}

TEST_F(LmdbEnvironment, ASnapshotStaysAsItWas) {
  const auto environment = Environment::open(settings_);
  ASSERT_TRUE(environment);
  put(**environment, "a", "1");
  const Snapshot before(**environment);
  put(**environment, "a", "2");
  EXPECT_EQ(before.get(kRows, "a"), "1");
  EXPECT_EQ(Snapshot(**environment).get(kRows, "a"), "2");
}

TEST_F(LmdbEnvironment, WhatIsNotThereIsNoFailure) {
  const auto environment = Environment::open(settings_);
  ASSERT_TRUE(environment);
  Update update(**environment);
  EXPECT_FALSE(update.get(kRows, "a"));
  update.erase(kRows, "a");
  EXPECT_TRUE(update.commit());
}

TEST_F(LmdbEnvironment, EndsAtTheFirstRowThatIsNotWanted) {
  const auto environment = Environment::open(settings_);
  ASSERT_TRUE(environment);
  put(**environment, "a", "1");
  put(**environment, "b", "2");
  int seen = 0;
  const Snapshot snapshot(**environment);
  snapshot.each(kRows, {}, [&](BytesView, BytesView) { return ++seen < 1; });
  EXPECT_EQ(seen, 1);
  EXPECT_TRUE(snapshot.state());
}

TEST_F(LmdbEnvironment, AnotherFormatIsNotUsable) {
  ASSERT_TRUE(Environment::open(settings_));
  settings_.format = "test 2";
  const auto other = Environment::open(settings_);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, kUnusable);
  settings_.access = Access::kRead;
  EXPECT_FALSE(Environment::open(settings_));
}

TEST_F(LmdbEnvironment, WhatIsNoTableIsNotUsable) {
  std::ofstream(settings_.path) << std::string(8192, 'x');
  const auto opened = Environment::open(settings_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, kUnusable);
}

TEST_F(LmdbEnvironment, ReadingMakesNothing) {
  settings_.access = Access::kRead;
  const auto opened = Environment::open(settings_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, kFailed);
  EXPECT_FALSE(std::filesystem::exists(settings_.path));
}

TEST_F(LmdbEnvironment, AFullMapIsToldApart) {
  const auto environment = Environment::open(settings_);
  ASSERT_TRUE(environment);
  Update update(**environment);
  const Bytes large(64 * 1024, 'x');
  for (char key = 'a'; key <= 'z'; ++key) update.put(kRows, Bytes(1, key), large);
  const auto done = update.commit();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, kMapFull);
  EXPECT_EQ(rows_of(**environment), "");
}

TEST_F(LmdbEnvironment, ACopyIsWholeAndMayBeChangedAlone) {
  const auto environment = Environment::open(settings_);
  ASSERT_TRUE(environment);
  put(**environment, "a", "1");
  const std::string copy = folder_ + "/copy";
  ASSERT_TRUE((*environment)->copy_to(copy));
  Settings alone = settings_;
  alone.path = copy;
  alone.access = Access::kAlone;
  const auto copied = Environment::open(alone);
  ASSERT_TRUE(copied) << copied.error().text;
  put(**copied, "b", "2");
  EXPECT_EQ(rows_of(**copied), "a=1 b=2 ");
  EXPECT_EQ(rows_of(**environment), "a=1 ");
  EXPECT_FALSE(std::filesystem::exists(copy + "-lock"));
}

TEST_F(LmdbEnvironment, LiesInAFolderWhereThatIsWanted) {
  settings_.form = Form::kFolder;
  const auto environment = Environment::open(settings_);
  ASSERT_TRUE(environment) << environment.error().text;
  EXPECT_TRUE(std::filesystem::exists(settings_.path + "/data.mdb"));
}

}  // namespace
}  // namespace tamizdat::lmdb
