// Statements over a link: two relays, and a peer that keeps no rule.
#include "proto/format/hash.h"
#include "tests/unit/relay/federation/link_fixture.h"

namespace tamizdat::federation {
namespace {

using format::StatementKind;

class LinkStatementsTest : public LinkTest {
 protected:
  LinkStatementsTest() {
    project.update_charter([](format::Charter& charter) {
      charter.witness.relays = {
          {RelayId(tests::key_from("witness", 1).public_key()), "GE", tests::key_from("witness", 2).public_key(),
           tests::key_from("witness", 3).public_key()}};
      charter.witness.quorum = 1;
    });
  }

  Bytes freeze() const {
    return format::make_freeze(project.id(), project.charter().hash(), tests::kTestTime, tests::key_from("root key 0", 1));
  }
  Bytes seen(int minute) const {
    return format::make_charter_seen(
        project.id(), {project.charter().version(), project.charter().hash(), {}, tests::kTestTime + std::chrono::minutes(minute)},
        tests::key_from("witness", 2));
  }
  static bool holds(const Node& node, BytesView statement) {
    const auto name = tests::must(format::peek_statement(statement));
    return std::ranges::any_of(node.statements.statements.of(name.project, name.kind),
                               [&](const auto& held) { return held->octets() == statement; });
  }
  static env::awaitable<void> put_mark(Node& node, RelayId peer, statements::PeerMark mark) {
    std::vector<Bytes> none;
    const auto done = co_await node.statements.statements.take_from(peer, std::move(none), std::move(mark));
    EXPECT_TRUE(done.has_value());
  }
  static env::awaitable<void> restore(Node& node) {
    const auto done = co_await node.statements.statements.put_mark(Bytes(statements::kRestoredMark), "1");
    EXPECT_TRUE(done.has_value());
  }
  static std::size_t sent_by(const Node& node) { return only<sync::StatementMessage>(node.said).size(); }
};

TEST_F(LinkStatementsTest, TravelOctetForOctetAndAreNotSentBack) {
  fill(a, 0);
  fill(b, 0);
  const Bytes one = freeze() + Bytes("\xfa\x01\x05later", 8);  // an unknown field
  a.take_statement(one);
  talk({{[] {}, [&] { return holds(b, one); }},
        {[&] { b.take_statement(seen(0)); }, [&] { return holds(a, seen(0)); }},
        {[&] { a.take_statement(seen(1)); }, [&] { return holds(b, seen(1)); }}});
  EXPECT_EQ(sent_by(a), 2U);
  EXPECT_EQ(sent_by(b), 1U);
}

TEST_F(LinkStatementsTest, TheNextLinkGoesOnWhereTheLastOneEnded) {
  fill(a, 0);
  fill(b, 0);
  a.take_statement(freeze());
  talk({{[] {}, [&] { return holds(b, freeze()); }}});
  a.said.clear();
  b.said.clear();
  talk({{[&] { a.take_statement(seen(0)); }, [&] { return holds(b, seen(0)); }}});
  ASSERT_EQ(sent_by(a), 1U) << "the freeze is not sent again";
  EXPECT_EQ(only<sync::StatementMessage>(a.said)[0].sequence, 2U);
  EXPECT_EQ(sent_by(b), 0U) << "nor back";
}

TEST_F(LinkStatementsTest, WhatCameFromThePeerIsCountedAsSent) {
  fill(a, 0);
  fill(b, 0);
  a.take_statement(freeze());
  talk({{[] {}, [&] { return holds(b, freeze()) && a.statements.statements.mark_of(b.id).has_value() &&
                              a.statements.statements.mark_of(b.id)->sequence == 1; }}});
  a.said.clear();
  b.said.clear();
  talk({{[&] { b.take_statement(seen(0)); }, [&] { return holds(a, seen(0)); }}});
  EXPECT_EQ(sent_by(b), 1U);
}

TEST_F(LinkStatementsTest, ComeAfterTheCharterThatLetsThemCount) {
  fill(a, 0);
  a.take_statement(freeze());
  talk({{[] {}, [&] { return holds(b, freeze()); }}});
  EXPECT_TRUE(b.store.charter(project.id()).has_value());
}

TEST_F(LinkStatementsTest, FromAnotherEpochAllIsSentAnew) {
  fill(a, 0);
  fill(b, 0);
  a.take_statement(freeze());
  a.take_statement(seen(0));
  loop.run(put_mark(b, a.id, {Bytes("of another time."), 2}));
  talk({{[] {}, [&] { return holds(b, freeze()) && holds(b, seen(0)); }}});
}

TEST_F(LinkStatementsTest, OfAProjectThatIsAskedForOnlyWhatIsUrgentGoesBeforeBundles) {
  fill(a, 0);
  a.take_statement(seen(0));
  a.take_statement(freeze());
  loop.poll();
  StatementLane lane;
  lane.request(project.id());
  const auto octets = [](const std::optional<StatementLane::Message>& message) {
    return message ? std::get<sync::StatementMessage>(*message).statement : Bytes();
  };
  EXPECT_EQ(octets(lane.next(a.statements.statements)), freeze());
  EXPECT_FALSE(lane.next(a.statements.statements));
  EXPECT_EQ(octets(lane.behind()), seen(0));
  EXPECT_FALSE(lane.behind());
}

// Told once what it said itself, it asks from where it got to again.
TEST_F(LinkStatementsTest, ARelayThatWasRestoredAsksForAllAndSignsWhenItHasIt) {
  fill(a, 0);
  fill(b, 0);
  a.take_statement(freeze());
  a.take_statement(seen(0));
  loop.run(put_mark(b, a.id, {Bytes("the epoch of a.."), 2}));
  loop.run(restore(b));
  EXPECT_FALSE(b.statements.statements.may_sign());
  talk({{[] {}, [&] { return holds(b, freeze()) && holds(b, seen(0)) && b.statements.statements.may_sign(); }}});
  b.said.clear();
  talk({{[] {}, [&] { return !only<sync::StatementsFrom>(b.said).empty(); }}});
  EXPECT_EQ(only<sync::StatementsFrom>(b.said).at(0).after, 2U);
}

TEST_F(LinkStatementsTest, ARelayThatWasRestoredLearnsFromAPeerThatHasNothing) {
  loop.run(restore(b));
  talk({{[] {}, [&] { return b.statements.statements.may_sign(); }}});
}

TEST_F(LinkStatementsTest, ARelayThatWasRestoredWaitsForTheEnd) {
  fill(b, 0);
  loop.run(restore(b));
  const Bytes begin = framed(sync::StatementsEpoch{Bytes("epoch of a peer."), 0});
  const Result<void> outcome = abuse({begin, framed(sync::StatementMessage{1, freeze()})});
  EXPECT_EQ(outcome.error().code, env::kTimeLimit);
  EXPECT_TRUE(holds(b, freeze()));
  EXPECT_FALSE(b.statements.statements.may_sign());
}

TEST_F(LinkStatementsTest, UrgentOnesGoAhead) {
  fill(a, 0);
  fill(b, 0);
  for (int minute = 0; minute < 3; ++minute) a.take_statement(seen(minute));
  loop.poll();
  a.take_statement(freeze());
  loop.poll();
  talk({{[] {}, [&] { return holds(b, freeze()) && holds(b, seen(2)); }}});
  const auto sent = only<sync::StatementMessage>(a.said);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].statement, freeze());
  EXPECT_EQ(sent[0].sequence, 0U);
  EXPECT_EQ(sent[1].statement, seen(2));
}

TEST_F(LinkStatementsTest, WhatDoesNotVerifyIsRefusedAndTheLinkGoesOn) {
  fill(b, 0);
  Bytes wrong = freeze();
  wrong.back() = static_cast<char>(wrong.back() ^ 1);
  tests::ProjectBuilder stranger(7);
  const Bytes unknown = format::make_freeze(stranger.id(), stranger.charter().hash(), tests::kTestTime,
                                            tests::key_from("root key 0", 7));
  const Result<void> outcome =
      abuse({framed(sync::StatementsEpoch{Bytes("epoch of a peer."), 0}), framed(sync::StatementMessage{1, wrong}),
             framed(sync::StatementMessage{2, unknown}), framed(sync::StatementMessage{3, freeze()})});
  EXPECT_EQ(outcome.error().code, env::kTimeLimit) << "it ends by the peer's silence alone";
  EXPECT_TRUE(holds(b, freeze()));
  EXPECT_EQ(b.refused("statement-signature-invalid"), 1);
  EXPECT_EQ(b.refused("unknown-project"), 1);
  const auto refusals = only<sync::Refusal>(b.said);
  ASSERT_EQ(refusals.size(), 1U) << "the unknown project is nobody's fault";
  EXPECT_EQ(refusals[0].code, "statement-signature-invalid");
  EXPECT_EQ(b.statements.statements.mark_of(a.id), (statements::PeerMark{"epoch of a peer.", 3}));
}

TEST_F(LinkStatementsTest, OfAProjectThatIsNotAdmittedNothingIsTaken) {
  fill(b, 0);
  b.admission.admission = policy::Admission::kListed;
  EXPECT_TRUE(abuse({framed(sync::StatementMessage{1, freeze()})}, Then::kEnd).has_value());
  EXPECT_FALSE(holds(b, freeze()));
}

}  // namespace
}  // namespace tamizdat::federation
