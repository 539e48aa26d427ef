#include "client-lib/charters/directory.h"

#include <gtest/gtest.h>

#include "client-lib/desk/desk_store.h"
#include "proto/format/freeze.h"
#include "proto/format/charter_seen.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/client-lib/support/fake_pools.h"

namespace tamizdat::charters {
namespace {

class DirectoryTest : public testing::Test {
 protected:
  Asked ask(Directory& directory) {
    auto clients = pools_.clients();
    return tests::must(directory.ask(clients, [](auto, auto, auto) {}));
  }
  std::uint64_t version_after_asking(const ProjectId& project) {
    Directory directory(store_.known_charters());
    ask(directory);
    const auto found = tests::must(directory.find(project));
    return found ? found->chain.version() : 0;
  }

  tests::TemporaryFolder folder_;
  desk::DeskStore store_ = tests::must(desk::DeskStore::open_or_create(folder_.path() / "home"));
  tests::FakePools pools_{2};
  tests::ProjectBuilder project_{1}, other_{2};
};

TEST_F(DirectoryTest, FindsTheNewestOfAllRelaysAndNamesNoProject) {
  pools_.pools[0].chains = {other_.charters(), project_.charters()};
  project_.update_charter();
  pools_.pools[1].chains = {project_.charters()};
  EXPECT_EQ(version_after_asking(project_.id()), 2u);
  EXPECT_EQ(version_after_asking(other_.id()), 1u);
  for (const auto& request : pools_.requests) EXPECT_EQ(request, "GET /v1/charters");
  EXPECT_EQ(version_after_asking(ProjectId(tests::octets_from("project", 1))), 0u);
}

TEST_F(DirectoryTest, NeverGoesBackBehindWhatItHasSeen) {
  const auto old = project_.charters();
  project_.update_charter();
  pools_.pools[0].chains = {project_.charters()};
  EXPECT_EQ(version_after_asking(project_.id()), 2u);
  pools_.pools[0].chains = {old};
  EXPECT_EQ(version_after_asking(project_.id()), 2u);
  pools_.pools[0].chains = {};
  EXPECT_EQ(version_after_asking(project_.id()), 2u);
}

TEST_F(DirectoryTest, AChainThatDoesNotVerifyIsATroubleAndLosesNothing) {
  project_.update_charter([](format::Charter& charter) { charter.title = "New"; });
  pools_.pools[0].chains = {{project_.charters()[0], project_.charters()[1], project_.charters()[1]}, other_.charters()};
  Directory directory(store_.known_charters());
  EXPECT_EQ(ask(directory).troubles.size(), 1u);
  EXPECT_TRUE(tests::must(directory.find(other_.id())));
  EXPECT_FALSE(tests::must(directory.find(project_.id())));
}

TEST_F(DirectoryTest, TwoChartersOfOneVersionAreTold) {
  tests::ProjectBuilder twin{1};
  project_.update_charter([](format::Charter& charter) { charter.title = "One"; });
  twin.update_charter([](format::Charter& charter) { charter.title = "Two"; });
  pools_.pools[0].chains = {project_.charters(), other_.charters()};
  pools_.pools[1].chains = {twin.charters()};
  Directory directory(store_.known_charters());
  ask(directory);
  EXPECT_EQ(directory.find(project_.id()).error().code, format::kCharterForked);
  EXPECT_TRUE(directory.find(other_.id()));
}

TEST_F(DirectoryTest, GoesOverToTheCharterThatTheRelaysDecidedFor) {
  const auto relay = [](std::uint64_t number) {
    return format::PolicyRelay{RelayId(tests::key_from("identity", number).public_key()), "GE", tests::key_from("witness", number).public_key(),
                               tests::key_from("mirror", number).public_key()};
  };
  tests::ProjectBuilder twin{1};
  for (auto* const branch : {&project_, &twin}) {
    branch->update_charter([&](format::Charter& charter) { charter.witness = {{relay(1), relay(2), relay(3)}, 2, seconds(86400)}; });
    branch->update_charter([&](format::Charter& charter) { charter.title = branch == &twin ? "Two" : "One"; });
  }
  const auto says = [&](std::uint64_t number) {
    return format::make_charter_seen(project_.id(), {3, twin.charter().hash(), {}, tests::kTestTime}, tests::key_from("witness", number));
  };
  pools_.pools[0].chains = {project_.charters()};
  EXPECT_EQ(version_after_asking(project_.id()), 3u);
  pools_.pools[0].chains = {twin.charters()};
  pools_.pools[0].statements[project_.id()] = {says(1)};
  {
    Directory directory(store_.known_charters());
    ask(directory);
    EXPECT_EQ(directory.find(project_.id()).error().code, format::kCharterForked);
  }
  pools_.pools[0].statements[project_.id()] = {says(1), says(3)};
  {
    Directory directory(store_.known_charters());
    ask(directory);
    EXPECT_EQ(tests::must(directory.find(project_.id()))->chain.in_force().hash(), twin.charter().hash());
  }
  // It is kept: the losing branch is a dispute no more, but nothing.
  pools_.pools[0].chains = {};
  Directory directory(store_.known_charters());
  ask(directory);
  EXPECT_EQ(tests::must(directory.find(project_.id()))->chain.in_force().hash(), twin.charter().hash());
}

TEST_F(DirectoryTest, TellsSinceWhenAProjectIsFrozen) {
  pools_.pools[0].chains = {project_.charters(), other_.charters()};
  const auto root = tests::key_from("root key 0", 1);
  pools_.pools[0].statements[project_.id()] = {format::make_freeze(project_.id(), project_.charter().hash(), tests::kTestTime, root)};
  pools_.pools[0].statements[other_.id()] = {format::make_freeze(other_.id(), other_.charter().hash(), tests::kTestTime, root)};  // no root key of it
  Directory directory(store_.known_charters());
  ask(directory);
  EXPECT_EQ(tests::must(directory.find(project_.id()))->frozen_since, tests::kTestTime);
  EXPECT_EQ(tests::must(directory.find(other_.id()))->frozen_since, std::nullopt);
}

TEST_F(DirectoryTest, WhatIsTooMuchToKeepIsKnownForThisRun) {
  pools_.pools[0].chains = {project_.charters()};
  Directory directory(store_.known_charters(), 100);
  ask(directory);
  EXPECT_TRUE(tests::must(directory.find(project_.id())));
  EXPECT_EQ(*store_.known_charters().octets(), 0u);
}

TEST_F(DirectoryTest, ARelayThatIsDownKeepsNoOtherFromBeingAsked) {
  pools_.pools[0].down = true;
  pools_.pools[1].chains = {project_.charters()};
  Directory directory(store_.known_charters());
  const auto asked = ask(directory);
  EXPECT_EQ(asked.answered, 1u);
  EXPECT_EQ(asked.troubles.size(), 1u);
  EXPECT_TRUE(tests::must(directory.find(project_.id())));
}

}  // namespace
}  // namespace tamizdat::charters
