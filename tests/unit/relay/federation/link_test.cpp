// Two links talk over memory, and a peer that keeps no rule talks to one.
#include "tests/unit/relay/federation/link_fixture.h"

namespace tamizdat::federation {
namespace {

// A charter of some 60 KB.
void make_large(format::Charter& charter) {
  charter.mirrors.clear();
  for (int i = 0; i < 40; ++i) charter.mirrors.push_back({"https://mirror.example/" + Bytes(1500, 'x'), "GE", {}});
}

// ---- two relays ----

TEST_F(LinkTest, BringsAllEntriesOfALogThatThePeerLacks) {
  fill(a, 700);
  talk({{{}, [this] { return b_holds(700); }}});
  EXPECT_EQ(b.store.log(log_id)->root, a.store.log(log_id)->root);
  EXPECT_EQ(tests::must(b.store.bundle(log_id, 0, 700)).bytes, tests::must(a.store.bundle(log_id, 0, 700)).bytes);
  EXPECT_TRUE(a.outcome.has_value());
  EXPECT_TRUE(b.outcome.has_value());
}

TEST_F(LinkTest, SendsTheChartersBeforeTheLogsThatTheyVouchFor) {
  project.update_charter();
  fill(a, 10);
  talk({{{}, [this] { return b_holds(10); }}});
  const auto is = [](auto* wanted) {
    return [wanted](const sync::LinkMessage& message) {
      return std::holds_alternative<std::remove_pointer_t<decltype(wanted)>>(message);
    };
  };
  const auto charters = std::ranges::find_if(a.said, is(static_cast<sync::Charters*>(nullptr)));
  const auto bundle = std::ranges::find_if(a.said, is(static_cast<sync::BundleMessage*>(nullptr)));
  ASSERT_NE(bundle, a.said.end());
  EXPECT_LT(charters, bundle);
  EXPECT_EQ(b.store.charter(project.id())->version(), 2U);
}

TEST_F(LinkTest, PushesNewEntriesWhileItIsOpen) {
  fill(a, 3);
  project.log().append_articles(2);
  talk({{{}, [this] { return b_holds(3); }},
        {[this] { a.take(project.log().bundle(3, 5)); }, [this] { return b_holds(5); }}});
  EXPECT_EQ(only<sync::Subscribe>(b.said).size(), 1U);
}

TEST_F(LinkTest, PushesAProjectThatIsNewWhileItIsOpen) {
  talk({{[this] { fill(a, 4); }, [this] { return b_holds(4); }}});
}

TEST_F(LinkTest, SaysOneDigestWhereBothHoldTheSame) {
  fill(a, 20);
  fill(b, 20);
  const auto digests_told = [this] {
    return !only<sync::FrontierDigest>(a.said).empty() && !only<sync::FrontierDigest>(b.said).empty() &&
           loop.clock().elapsed() >= env::milliseconds(5'000);
  };
  talk({{{}, digests_told}});
  for (const Node* node : {&a, &b}) {
    EXPECT_TRUE(only<sync::Frontier>(node->said).empty());
    EXPECT_TRUE(only<sync::Subscribe>(node->said).empty());
    EXPECT_TRUE(only<sync::BundleMessage>(node->said).empty());
  }
}

TEST_F(LinkTest, ExchangesBothWaysAtOnce) {
  tests::ProjectBuilder other(7);
  other.log().append_articles(9);
  fill(a, 12);
  b.take(other.charters());
  b.take(other.log().bundle(0, 9));
  loop.poll();
  talk({{{}, [&] { return b_holds(12) && a.held(other.log().id()) == 9; }}});
}

TEST_F(LinkTest, RefusesAProjectThatIsNotListedAndSaysSo) {
  b.admission.admission = policy::Admission::kListed;
  fill(a, 5);
  talk({{{}, [this] { return a.log.has_line_with("project-not-listed"); }}});
  const auto refusals = only<sync::Refusal>(b.said);
  ASSERT_EQ(refusals.size(), 1U);
  EXPECT_EQ(refusals[0].project, project.id());
  EXPECT_EQ(b.refused("project-not-listed"), 1);
  EXPECT_TRUE(b.store.projects().empty());
}

// Whoever can submit can make a long chain: it must not break the links of a relay that holds it.
TEST_F(LinkTest, BringsAChainOfChartersThatIsLongerThanAFrame) {
  for (int version = 2; version <= 20; ++version) project.update_charter(make_large);
  fill(a, 1);
  talk({{{}, [this] { return b_holds(1); }}});
  EXPECT_GT(only<sync::Charters>(a.said).size(), 1U);
  EXPECT_EQ(b.store.charter(project.id())->version(), 20U);
  EXPECT_TRUE(a.outcome.has_value());
  EXPECT_TRUE(b.outcome.has_value());
}

TEST_F(LinkTest, AsksAgainForChartersThatMetAFullDisk) {
  fill(a, 5);
  b.store.disk_is_full = true;
  talk({{{}, [this] { return b.log.has_line_with("store-failed"); }},
        {{}, [this] { return only<sync::CharterRequest>(b.said).size() == 2; }},
        {[this] { b.store.disk_is_full = false; }, [this] { return b_holds(5); }}});
  EXPECT_TRUE(b.outcome.has_value());
}

// ---- a desk is closed ----

class ClosingTest : public LinkTest {
 protected:
  // Both hold 12 entries; the desk is closed at 9, and these take the charter from outside. Both go on with what is left.
  void close_at_9(std::vector<Node*> charter_comes_to) {
    fill(a, 12);
    const auto close = [this, charter_comes_to] {
      project.close_desk(0, 9);
      for (Node* const node : charter_comes_to) node->take(project.charters());
    };
    const auto is_closed_at_both = [this] {
      return a.store.charter(project.id())->version() == 2 && b.store.charter(project.id())->version() == 2 &&
             a.held(log_id) == 9 && b_holds(9);
    };
    talk({{{}, [this] { return b_holds(12); }}, {close, is_closed_at_both}});
    EXPECT_TRUE(a.outcome.has_value());
    EXPECT_TRUE(b.outcome.has_value());
  }
};

TEST_F(ClosingTest, ReachesAPeerThatLearnsOfItOnTheLink) { close_at_9({&a}); }
TEST_F(ClosingTest, ReachesAPeerThatKnewOfItFirst) { close_at_9({&b}); }
TEST_F(ClosingTest, ReachesAPeerThatLearnsOfItAtTheSameTime) { close_at_9({&a, &b}); }

// a never saw what lies beyond the closing, so nothing happens to its log.
TEST_F(ClosingTest, ReachesAPeerThatHoldsMoreThanItLeaves) {
  fill(a, 9);
  fill(b, 12);
  a.store.disk_is_full = true;  // so that it does not take the rest from b
  const auto close = [this] {
    a.store.disk_is_full = false;
    project.close_desk(0, 9);
    a.take(project.charters());
  };
  const auto is_closed_at_both = [this] {
    return b.store.charter(project.id())->version() == 2 && b_holds(9) && a.held(log_id) == 9;
  };
  talk({{{}, [this] { return a.sources.source(log_id).has_value(); }}, {close, is_closed_at_both}});
}

// ---- a peer that keeps no rule ----

class HostilePeer : public LinkTest {
 protected:
  HostilePeer() { fill(b, 8); }

  // The link ended with this error, the peer and the operator were told, and nothing was lost.
  void expect_refused(const Result<void>& outcome, ErrorCode code, std::uint64_t entries = 8) {
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().code.name(), code.name()) << outcome.error().text;
    const auto refusals = only<sync::Refusal>(b.said);
    ASSERT_EQ(refusals.size(), 1U);
    EXPECT_EQ(refusals[0].code, code.name());
    EXPECT_EQ(b.refused(code.name()), 1);
    EXPECT_TRUE(b.log.has_line_with(code.name()));
    EXPECT_TRUE(b_holds(entries));
    EXPECT_EQ(b.store.log(log_id)->root, project.log().root(entries));
    EXPECT_EQ(b.store.charter(project.id())->version(), 1U);
  }

  // 2,000 of them, others for each part.
  static sync::Frontier invented_projects(std::uint64_t part) {
    sync::Frontier frontier;
    for (std::uint64_t i = 0; i < 2000; ++i) {
      const ProjectId invented(tests::octets_from("invented", part * 2000 + i));
      frontier.projects.push_back({invented, 1, tests::octets_from("charter", i), {}});
    }
    return frontier;
  }

  // Entries 8 to `to`, bundled.
  Bytes next_bundle(std::uint64_t to = 12) {
    project.log().append_articles(to - project.log().size());
    return project.log().bundle_bytes(8, to);
  }
};

TEST_F(HostilePeer, SendsAFrameThatIsTooLarge) {
  expect_refused(abuse({Bytes("\xff\xff\xff\xff", 4)}), sync::kFrameTooLarge);
}

TEST_F(HostilePeer, SendsHalfAFrame) {
  const Bytes whole = framed(sync::BundleMessage{next_bundle()});
  expect_refused(abuse({whole.substr(0, whole.size() / 2)}, Then::kEnd), sync::kFrameTruncated);
}

TEST_F(HostilePeer, SendsAFrameOfNoise) {
  Bytes noise;
  for (std::uint64_t i = 0; i < 8; ++i) noise += tests::octets_from("noise", i).view();
  expect_refused(abuse({sync::frame(noise)}), sync::kLinkMessageMalformed);
}

TEST_F(HostilePeer, SendsAnAlteredBundle) {
  Bytes bundle = next_bundle();
  const auto at = bundle.find("seen by many");
  ASSERT_NE(at, Bytes::npos);
  bundle[at] = 'S';
  expect_refused(abuse({framed(sync::BundleMessage{bundle})}), format::kBodyCommitmentWrong);
  EXPECT_EQ(only<sync::Refusal>(b.said).front().project, project.id());
}

TEST_F(HostilePeer, SendsACutBundle) {
  const Bytes bundle = next_bundle();
  expect_refused(abuse({framed(sync::BundleMessage{bundle.substr(0, bundle.size() - 5)})}), format::kBundleMalformed);
}

TEST_F(HostilePeer, SendsAnAlteredCharter) {
  const tests::ProjectBuilder other(7);
  Bytes charter(other.charter().signed_bytes());
  charter[charter.find("Courier")] = 'K';
  ASSERT_FALSE(abuse({framed(sync::Charters{{charter}})}).has_value());
  expect_refused(b.outcome, b.outcome.error().code);
  EXPECT_EQ(b.store.projects().size(), 1U);
}

// It would do so to make b hold, and pass on, a log of everybody's size without its texts.
TEST_F(HostilePeer, TakesTheTextsOutOfALogThatAnotherPeerThenBringsWhole) {
  project.log().append_articles(4);
  fill(a, 12);
  const sync::Frontier all{{{project.id(), 1, project.charter().hash(), {{project.log().desk(), 12, project.log().root(12)}}}}};
  const Bytes stripped = project.log().bundle_bytes(8, 12, {.bodies = false});
  loop.run(mislead(framed(all), framed(sync::BundleMessage{stripped}),
                   [this] { return b_holds(12) && b.links.contains(1); }));
  EXPECT_EQ(b.refused("body-missing"), 1);
  EXPECT_EQ(tests::must(b.store.bundle(log_id, 0, 12)).bytes, project.log().bundle_bytes(0, 12));
}

// No hostility yet: the bundle left before the peer took the charter that closed the desk, and is looked at afterwards.
TEST_F(HostilePeer, SendsWhatAClosingEndedAndThenWhatItLeaves) {
  project.log().append_articles(4);
  const Bytes ended = framed(sync::BundleMessage{project.log().bundle_bytes(8, 12)});
  project.close_desk(0, 9);
  b.take(project.charters());
  loop.poll();
  const sync::LogState left{project.log().desk(), 9, project.log().root(9)};
  const sync::Frontier closing{{{project.id(), 2, project.charter().hash(), {left}}}};
  EXPECT_EQ(abuse({ended + framed(closing)}).error().code, env::kTimeLimit);
  EXPECT_EQ(b.refused("head-of-closed-desk"), 1);
  EXPECT_EQ(only<sync::Subscribe>(b.said).size(), 1U);
  EXPECT_TRUE(only<sync::Unsubscribe>(b.said).empty());
}

// Nor here: it is slow, and what is under way to it when a closing comes is of the branch that the closing ends.
TEST_F(HostilePeer, IsToldOfAClosingBehindABundleThatItEnded) {
  format::Body body;
  body.html = "<p>" + Bytes(700'000, 'x') + "</p>";
  project.log().append(std::move(body));
  project.log().append_articles(3);
  b.take(project.log().bundle(8, 12));
  loop.poll();
  const auto close = [this] {
    project.close_desk(0, 9);
    b.take(project.charters());
    loop.poll();
    b.take(project.log().bundle(0, 8, {.head_size = 9}));
    loop.poll();
  };
  const auto announce = [this] { b.links.at(1)->announce(store::LogGrown{log_id, project.log().name(), 9, 9}); };
  const auto subscribe = framed(sync::Credit{1 << 20}) + framed(sync::Subscribe{project.log().name(), 8});
  loop.run(stall_while({subscribe}, {{close, [this] { return b_holds(9); }}, {announce, [] { return true; }}}));
  ASSERT_EQ(only<sync::BundleMessage>(b.said).size(), 1U);
  std::vector<std::uint64_t> told;
  for (const auto& frontier : only<sync::Frontier>(b.said))
    for (const auto& state : frontier.projects)
      for (const auto& log : state.logs) told.push_back(log.size);
  EXPECT_EQ(told, std::vector<std::uint64_t>{9});
}

TEST_F(HostilePeer, OffersMoreThanAClosingLeaves) {
  project.log().append_articles(4);
  project.close_desk(0, 9);
  b.take(project.charters());
  loop.poll();
  const sync::LogState ended{project.log().desk(), 12, project.log().root(12)};
  EXPECT_TRUE(abuse({framed(sync::Frontier{{{project.id(), 1, {}, {ended}}}})}, Then::kEnd).has_value());
  EXPECT_TRUE(only<sync::Subscribe>(b.said).empty());
}

TEST_F(HostilePeer, SendsMoreThanItWasGranted) {
  format::Body body;
  body.html = "<p>" + Bytes(700'000, 'x') + "</p>";
  project.log().append(std::move(body));
  const Bytes message = framed(sync::BundleMessage{project.log().bundle_bytes(8, 9)});
  b.workers.hold();  // nothing becomes durable, so nothing more is granted
  // The first of them was good, and is kept.
  expect_refused(abuse(std::vector<Bytes>(15, message)), kCreditExceeded, 9);
}

TEST_F(HostilePeer, AnnouncesProjectsWithoutEnd) {
  std::vector<Bytes> frames;
  for (std::uint64_t part = 0; part < 3; ++part) frames.push_back(framed(invented_projects(part)));
  const auto outcome = abuse(std::move(frames));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, kPeerFloods);
  EXPECT_EQ(b.refused("peer-floods"), 1);
}

// Honest relays have as many projects as strangers put there: a relay that takes a few of them keeps the link, and a
// bounded memory and log.
TEST_F(HostilePeer, AnnouncesMoreProjectsThatAreNotListedThanAreRemembered) {
  b.admission = {policy::Admission::kListed, {project.id()}};
  std::vector<Bytes> frames;
  for (std::uint64_t part = 0; part < 3; ++part) frames.push_back(framed(invented_projects(part)));
  frames.push_back(framed(invented_projects(0)));
  EXPECT_TRUE(abuse(std::move(frames), Then::kEnd).has_value());
  EXPECT_EQ(only<sync::Refusal>(b.said).size(), Link::kProjectsMax);
  EXPECT_GE(b.refused("project-not-listed"), 6000);
  EXPECT_LE(b.log.lines.size(), RefusalLog::kLinesMax + 1);
}

TEST_F(HostilePeer, AnnouncesMoreLogsOfAProjectThanACharterCanHave) {
  std::vector<Bytes> frames;
  for (std::uint64_t part = 0; part < 2; ++part) {
    sync::ProjectState state{ProjectId(tests::octets_from("invented", 0)), 1, {}, {}};
    for (std::uint64_t i = 0; i < sync::kProjectLogsMax; ++i)
      state.logs.push_back({DeskId(tests::octets_from("desk", part * 1000 + i)), 1, {}});
    frames.push_back(framed(sync::Frontier{{state}}));
  }
  const auto outcome = abuse(std::move(frames));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, kPeerFloods);
}

TEST_F(HostilePeer, RefusesWithoutEnd) {
  std::vector<Bytes> frames(3, framed(sync::Refusal{project.id(), "disk-full", "said again"}));
  for (std::uint64_t i = 0; i < 1000; ++i)
    frames.push_back(framed(sync::Refusal{ProjectId(tests::octets_from("invented", i)), "invented", "and again"}));
  EXPECT_TRUE(abuse(std::move(frames), Then::kEnd).has_value());
  EXPECT_EQ(std::ranges::count_if(b.log.lines, [](const auto& line) { return line.find("said again") != Bytes::npos; }), 1);
  EXPECT_LE(b.log.lines.size(), RefusalLog::kLinesMax + 1);
  EXPECT_EQ(b.metrics.value("tamizdat_link_refusals_by_peers_total"), 1003);
}

// The line is as full as it gets; the relay must be able to stop all the same.
TEST_F(HostilePeer, AsksForEverythingAndReadsNothing) {
  format::Body body;
  body.html = "<p>" + Bytes(700'000, 'x') + "</p>";
  project.log().append(std::move(body));
  b.take(project.log().bundle(8, 9));
  loop.poll();
  loop.run(stall_and_stop({framed(sync::Credit{1 << 20}), framed(sync::Subscribe{project.log().name(), 0})}));
  EXPECT_TRUE(b.outcome.has_value());
  EXPECT_LT(loop.clock().elapsed(), env::milliseconds(10'000));
}

TEST_F(HostilePeer, AsksForTheSameAgainAndAgainBeforeItReads) {
  for (int version = 2; version <= 4; ++version) project.update_charter(make_large);
  b.take(project.charters());
  loop.poll();
  std::vector<Bytes> frames;
  for (int i = 0; i < 900; ++i) {
    frames.push_back(framed(sync::CharterRequest{project.id()}));
    frames.push_back(framed(sync::FrontierDigest{}));
  }
  EXPECT_TRUE(abuse(std::move(frames), Then::kEnd).has_value());
  EXPECT_LE(only<sync::Charters>(b.said).size(), 2U);  // the chain under way, and once more
  EXPECT_EQ(only<sync::Frontier>(b.said).size(), 1U);
}

}  // namespace
}  // namespace tamizdat::federation
