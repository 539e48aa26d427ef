// Two histories of one log, and frozen projects, over links: the fork is proven, no relay takes a part of the other
// history, and what was held goes on being served.
#include "relay/statements/standing.h"
#include "tests/unit/relay/federation/link_fixture.h"

namespace tamizdat::federation {
namespace {

using format::StatementKind;

class LinkForksTest : public LinkTest {
 protected:
  LinkForksTest() { project.log().append_articles(10); }

  tests::LogBuilder forked(std::uint64_t at, std::uint64_t size) const {
    tests::LogBuilder out = project_log().forked_at(at);
    out.append_articles(size - at);
    return out;
  }
  const tests::LogBuilder& project_log() const { return const_cast<LinkForksTest*>(this)->project.log(); }
  void hold(Node& node, const tests::LogBuilder& log, std::uint64_t from, std::uint64_t to, std::uint64_t head_size) {
    node.take(project.charters());
    node.take(log.bundle(from, to, {head_size}));
    loop.poll();
  }
  static env::awaitable<void> is_refused(Node& node, format::VerifiedBundle bundle) {
    const auto refused = co_await node.intake.commit(std::move(bundle));
    EXPECT_EQ(refused.error().code, store::kLogForked);
  }
  static bool proven(const Node& node, const LogId& log, const ProjectId& id) {
    return node.statements.statements.find(id, StatementKind::kForkProof, log.value) != nullptr;
  }
  bool both_know() const { return proven(a, log_id, project.id()) && proven(b, log_id, project.id()); }
  static Hash32 root(const Node& node, const LogId& log) { return node.store.log(log)->root; }
  Bytes freeze() const {
    return format::make_freeze(project.id(), project.charter().hash(), tests::kTestTime, tests::key_from("root key 0", 1));
  }
  bool frozen(const Node& node) const { return freeze_in_force(node.statements.statements, project.charter()) != nullptr; }
};

TEST_F(LinkForksTest, OfOneSize) {
  const auto other = forked(6, 10);
  hold(a, project.log(), 0, 10, 10);
  hold(b, other, 0, 10, 10);
  talk({{[] {}, [&] { return both_know(); }}});
  EXPECT_EQ(root(a, log_id), project.log().root(10));
  EXPECT_EQ(root(b, log_id), other.root(10));
}

TEST_F(LinkForksTest, TheSmallerHistoryIsNotContinuedByTheLarger) {
  const auto other = forked(3, 5);
  hold(a, project.log(), 0, 10, 10);
  hold(b, other, 0, 5, 5);
  talk({{[] {}, [&] { return both_know(); }}});
  EXPECT_EQ(b.held(log_id), 5U);
  EXPECT_EQ(root(b, log_id), other.root(5));
  EXPECT_EQ(a.held(log_id), 10U);
}

TEST_F(LinkForksTest, AThiefsTinyHeadDoesNotHideTheArchive) {
  const auto thief = forked(0, 1);
  hold(a, project.log(), 0, 10, 10);
  talk({{[&] { a.take(project.charters()); }, [&] { return b_holds(10); }},
        {[&] {
           boost::asio::co_spawn(loop.executor(), is_refused(a, thief.bundle(0, 1)), boost::asio::detached);
         },
         [&] { return both_know(); }}});
  EXPECT_EQ(a.held(log_id), 10U);
  EXPECT_TRUE(a.store.bundle(log_id, 0, 10).has_value());
  EXPECT_EQ(b.held(log_id), 10U);
}

TEST_F(LinkForksTest, AProvenForkStopsTheLogAndItsClosingLetsTheRestIn) {
  const auto other = forked(6, 8);
  hold(a, project.log(), 0, 10, 10);
  hold(b, other, 0, 8, 8);
  talk({{[] {}, [&] { return both_know(); }},
        {[&] {
           project.log().append_articles(1);
           a.take(project.log().bundle(10, 11));  // as if it had been under way; the rule stands at the doors
           loop.poll();
         },
         [&] { return a.held(log_id) == 11; }},
        {[&] {
           project.close_desk(0, 9);
           a.take(project.charters());
         },
         [&] { return b.store.charter(project.id())->version() == 2; }},
        {[&] { a.take(project.log().bundle(0, 9, {9})); },
         [&] { return b_holds(9) && root(b, log_id) == project.log().root(9); }}});
}

// Heads that relays of the charter cosigned, and of which no entry is here.
class CosignedForksTest : public LinkForksTest {
 protected:
  CosignedForksTest() {
    project.update_charter([](format::Charter& charter) {
      for (const std::string name : {"one", "two"})
        charter.witness.relays.push_back({RelayId(tests::key_from(name, 1).public_key()), "GE", tests::key_from(name, 2).public_key(),
                                          tests::key_from(name, 3).public_key()});
      charter.witness.quorum = 2;
    });
  }
  Bytes cosigned(const std::string& name, const tests::LogBuilder& log, std::uint64_t size) {
    return format::make_cosigned_head(project.id(), format::cosign(log.head_bytes(size), RelayId(tests::key_from(name, 1).public_key()),
                                                                   tests::key_from(name, 2), loop.clock().now()));
  }
  // Node a holds the first entries of the log and hears these.
  bool is_proven_by(std::vector<Bytes> statements, std::uint64_t held) {
    hold(a, project.log(), 0, held, held);
    talk({{[&] {
             for (Bytes& statement : statements) a.take_statement(std::move(statement));
           },
           [&] { return loop.clock().elapsed() > env::milliseconds(3'000); }}});
    return proven(a, log_id, project.id());
  }
};

TEST_F(CosignedForksTest, AHeadOfTheSizeHeldWithAnotherRoot) {
  EXPECT_TRUE(is_proven_by({cosigned("one", forked(6, 10), 10)}, 10));
}

TEST_F(CosignedForksTest, ASmallerHeadOfAnotherHistory) { EXPECT_TRUE(is_proven_by({cosigned("one", forked(3, 7), 7)}, 10)); }

TEST_F(CosignedForksTest, TwoHeadsOfOneSizeBeyondWhatIsHeld) {
  EXPECT_TRUE(is_proven_by({cosigned("one", project.log(), 10), cosigned("two", forked(6, 10), 10)}, 8));
}

TEST_F(CosignedForksTest, HeadsOfOneHistoryProveNothing) {
  EXPECT_FALSE(is_proven_by({cosigned("one", project.log(), 7), cosigned("two", project.log(), 10)}, 8));
}

TEST_F(CosignedForksTest, ALargerHeadWhoseTreeNobodyShowsProvesNothing) {
  EXPECT_FALSE(is_proven_by({cosigned("one", forked(6, 12), 12)}, 10));
}

// Version 2 lists three relays; the twin has another version 3.
class LinkCharterForksTest : public LinkForksTest {
 protected:
  LinkCharterForksTest() {
    for (tests::ProjectBuilder* const branch : {&project, &twin}) {
      branch->update_charter([](format::Charter& charter) {
        for (const std::string name : {"one", "two", "three"})
          charter.witness.relays.push_back({RelayId(tests::key_from(name, 1).public_key()), "GE", tests::key_from(name, 2).public_key(),
                                            tests::key_from(name, 3).public_key()});
        charter.witness.quorum = 2;
      });
      branch->update_charter([&](format::Charter& charter) { charter.title = branch == &twin ? "Twin" : "Project"; });
    }
    twin.log().append_articles(10);
  }
  void hold_branches() {
    a.take(project.charters());
    b.take(twin.charters());
    loop.poll();
  }
  Bytes seen(const std::string& name, const format::VerifiedCharter& charter) {
    return format::make_charter_seen(project.id(), {charter.version(), charter.hash(), {}, loop.clock().now()}, tests::key_from(name, 2));
  }
  bool both_know() const { return stands_still(a) && stands_still(b); }
  bool stands_still(const Node& node) const {
    const auto grows = statements::may_grow(node.statements.statements, *node.store.charter(project.id()), project_log().desk());
    return !grows && grows.error().code == format::kCharterForked;
  }
  Hash32 in_force(const Node& node) const { return node.store.charter(project.id())->hash(); }

  tests::ProjectBuilder twin;
};

TEST_F(LinkCharterForksTest, TwoBranchesThatMeetProveTheForkAndBothStandStill) {
  hold_branches();
  talk({{[] {}, [&] { return both_know(); }},
        {[&] { a.take(project.log().bundle(0, 10)); }, [&] { return a.held(log_id) == 10; }},
        {[] {}, [&] { return loop.clock().elapsed() > env::milliseconds(5'000); }}});
  EXPECT_EQ(b.held(log_id), 0U) << "nothing is taken while nothing is decided";
  EXPECT_EQ(in_force(a), project.charter().hash());
  EXPECT_EQ(in_force(b), twin.charter().hash());
}

TEST_F(LinkCharterForksTest, TheRelayOnTheLosingBranchGoesOverAndTakesWhatWaited) {
  hold_branches();
  talk({{[] {}, [&] { return both_know(); }},
        {[&] {
           a.take(project.log().bundle(0, 10));
           a.take_statement(seen("one", project.charter()));
         },
         [&] { return a.held(log_id) == 10; }},
        {[&] { b.take_statement(seen("three", project.charter())); },
         [&] { return in_force(b) == project.charter().hash() && !stands_still(a) && !stands_still(b); }},
        {[] {}, [&] { return b_holds(10); }},
        {[&] {
           project.update_charter();
           a.take(project.charters());
         },
         [&] { return in_force(b) == project.charter().hash(); }}});
}

TEST_F(LinkCharterForksTest, WhatIsHeldBackOnTheWinningBranchIsAskedForWhenItIsDecided) {
  a.take(project.charters());
  b.take(project.charters());
  loop.poll();
  talk({{[&] { b.take_statement(format::make_charter_fork(project.charter(), twin.charter())); }, [&] { return both_know(); }},
        {[&] { a.take(project.log().bundle(0, 10)); }, [&] { return a.held(log_id) == 10; }},
        {[&] {
           a.take_statement(seen("one", project.charter()));
           b.take_statement(seen("two", project.charter()));
         },
         [&] { return b_holds(10); }}});
}

TEST_F(LinkCharterForksTest, ASplitStaysAsItIs) {
  hold_branches();
  talk({{[] {}, [&] { return both_know(); }},
        {[&] {
           a.take_statement(seen("one", project.charter()));
           a.take_statement(seen("two", twin.charter()));
           b.take_statement(seen("three", project.charter()));
           b.take_statement(seen("three", twin.charter()));
         },
         [&] { return loop.clock().elapsed() > env::milliseconds(5'000); }}});
  EXPECT_TRUE(both_know());
  EXPECT_FALSE(statements::dispute_of(a.statements.statements, project.charter())->can_be_decided());
  EXPECT_EQ(in_force(a), project.charter().hash());
  EXPECT_EQ(in_force(b), twin.charter().hash());
}

TEST_F(LinkForksTest, AFrozenProjectTakesNothingUntilTheNextCharter) {
  project.update_charter();
  hold(a, project.log(), 0, 10, 10);
  talk({{[] {}, [&] { return b_holds(10); }},
        {[&] { b.take_statement(freeze()); }, [&] { return frozen(a) && frozen(b); }},
        {[&] {
           project.log().append_articles(2);
           a.take(project.log().bundle(10, 12));
         },
         [&] { return a.held(log_id) == 12; }},
        {[&] {}, [&] { return b.ended || loop.clock().elapsed() > env::milliseconds(4'000); }},
        {[&] {
           EXPECT_TRUE(b_holds(10));
           project.update_charter();
           a.take(project.charters());
         },
         [&] { return b_holds(12); }}});
  EXPECT_EQ(root(b, log_id), project.log().root(12));
}

TEST_F(LinkForksTest, WhatWasUnderWayWhenTheFreezeCameIsDropped) {
  hold(b, project.log(), 0, 4, 4);
  const auto outcome = abuse({framed(sync::StatementsEpoch{Bytes("epoch of a peer."), 0}),
                              framed(sync::StatementMessage{1, freeze()}),
                              framed(sync::BundleMessage{project.log().bundle_bytes(4, 10)})});
  EXPECT_EQ(outcome.error().code, env::kTimeLimit) << "the link goes on";
  EXPECT_TRUE(b_holds(4));
  EXPECT_EQ(b.refused("project-frozen"), 1);
}

}  // namespace
}  // namespace tamizdat::federation
