#include "relay/federation/outbox.h"

#include <gtest/gtest.h>

#include "relay/store/memory_store.h"
#include "tests/support/project_builder.h"

namespace tamizdat::federation {
namespace {

// Knows every project, and gives the same charter for each: thousands cost nothing.
class EveryProject final : public store::MemoryStore {
 public:
  std::optional<format::VerifiedCharter> charter(const ProjectId&) const override { return project_.charter(); }

 private:
  tests::ProjectBuilder project_;
};

void commit(store::Store& store, const std::vector<format::VerifiedCharter>& charters) {
  store::Batch batch{store::Charters{charters}, tests::kTestTime};
  ASSERT_TRUE(store.commit({&batch, 1}).front());
}

std::uint64_t holds_nothing(const LogId&) { return 0; }

// Strangers can put as many charters as they like while a link waits for its peer to read.
TEST(Outbox, TellsOfNoMoreProjectsAtOnceThanAFrontierHolds) {
  const EveryProject store;
  Outbox outbox;
  for (std::uint64_t i = 0; i < 2 * sync::kFrontierLogsMax + 1; ++i)
    outbox.announce(ProjectId(tests::octets_from("project", i)));
  std::vector<std::size_t> sizes;
  while (const auto frontier = outbox.take_frontier(store, holds_nothing)) sizes.push_back(frontier->projects.size());
  EXPECT_EQ(sizes, (std::vector<std::size_t>{sync::kFrontierLogsMax, sync::kFrontierLogsMax, 1}));
}

TEST(Outbox, SendsAChainOnceHoweverOftenItIsAskedFor) {
  tests::ProjectBuilder project;
  project.update_charter();
  store::MemoryStore store;
  commit(store, project.charters());
  Outbox outbox;
  for (int i = 0; i < 3; ++i) outbox.request_charters(project.id());
  outbox.request_charters(ProjectId());  // of which nothing is held
  const auto chain = outbox.take_charters(store);
  ASSERT_TRUE(chain);
  EXPECT_EQ(chain->signed_charters.size(), 2U);
  EXPECT_FALSE(chain->more);
  EXPECT_FALSE(outbox.take_charters(store));
}

// A part is made when the line is free, so a version may come between two parts.
TEST(Outbox, GoesOnWithAChainThatGrewMeanwhile) {
  tests::ProjectBuilder project;
  const auto make_large = [](format::Charter& charter) {
    charter.mirrors.assign(30, {"https://mirror.example/" + Bytes(2000, 'x'), "GE", {}});
  };
  for (int version = 2; version <= 20; ++version) project.update_charter(make_large);
  store::MemoryStore store;
  commit(store, project.charters());
  Outbox outbox;
  outbox.request_charters(project.id());
  auto part = outbox.take_charters(store);
  ASSERT_TRUE(part && part->more);
  std::vector<Bytes> sent = part->signed_charters;
  commit(store, {project.update_charter()});
  outbox.request_charters(project.id());  // waits for its turn
  while (part->more) {
    part = outbox.take_charters(store);
    ASSERT_TRUE(part);
    sent.insert(sent.end(), part->signed_charters.begin(), part->signed_charters.end());
  }
  ASSERT_EQ(sent.size(), 21U);
  for (std::size_t i = 0; i < sent.size(); ++i) EXPECT_EQ(sent[i], project.charters()[i].signed_bytes());
  EXPECT_TRUE(outbox.take_charters(store));
}

}  // namespace
}  // namespace tamizdat::federation
