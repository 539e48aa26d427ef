// Texts that were erased after a retraction which a closing has cut off: found, asked for, and sent again by peers.
#include "relay/federation/lost_texts.h"

#include "proto/format/retraction.h"
#include "relay/statements/withholding.h"
#include "tests/unit/relay/federation/link_fixture.h"

namespace tamizdat::federation {
namespace {

class LostTextsTest : public LinkTest {
 protected:
  LostTextsTest() {
    project.log().append_articles(5);
    for (const std::uint64_t index : {1U, 3U})
      project.log().append({}, format::EntryKind::kRetraction, project.log().entry(index));
    for (Node* const node : {&a, &b}) fill(*node, 7);
  }
  static void commit(Node& node, store::Batch batch) {
    const std::vector<store::Batch> batches{std::move(batch)};
    for (const auto& done : node.store.commit(batches)) ASSERT_TRUE(done) << done.error().text;
  }
  void erase(Node& node, std::uint64_t index) {
    commit(node, {store::Erasure{project.log().name(), index, project.log().entry(index)}, tests::kTestTime});
  }
  bool has_text(const Node& node, std::uint64_t index) const { return tests::must(node.store.entry(log_id, index)).body.has_value(); }
  std::size_t asked(const Node& node) const {
    return static_cast<std::size_t>(std::ranges::count_if(only<sync::Subscribe>(node.said), [](const auto& message) { return message.from < 5; }));
  }
  void close(Node& node) {
    if (project.charter().version() == 1) project.close_desk(0, 5);
    node.take(project.charters());
  }

  // What Federation does.
  struct Asking {
    explicit Asking(Node& node)
        : texts(node.env, node.peers_store, node.writer, node.statements.statements, node.sources, [&node] {
            std::vector<LostTexts::Peer> out;
            for (const auto& [number, link] : node.links) out.push_back({number, link->peer()});
            return out;
          }, [&node](LinkNumber link, const LostText& text) { node.links.at(link)->ask_for_text(text.log, text.index); }) {
      boost::asio::co_spawn(node.env.executor, texts.run(stop.get_token()), boost::asio::detached);
    }
    LostTexts texts;
    std::stop_source stop;
  };
  void end(Asking& asking) {
    asking.stop.request_stop();
    loop.poll();
  }
};

TEST_F(LostTextsTest, AreThoseWhoseRetractionAClosingCutOff) {
  erase(a, 1);
  EXPECT_TRUE(find_lost_texts(a.store, {}).empty());
  close(a);
  loop.poll();
  const auto lost = find_lost_texts(a.store, {});
  ASSERT_EQ(lost.size(), 1U);
  EXPECT_EQ(lost[0].index, 1U);
}

TEST_F(LostTextsTest, ComeFromAPeerThatTakesTheClosingLater) {
  erase(a, 1);
  erase(a, 3);
  Asking asking(a);
  talk({{[this] { close(a); }, [this] { return has_text(a, 1) && has_text(a, 3); }},
        {{}, [this] { return b_holds(5) && a.held(log_id) == 5; }}});
  EXPECT_TRUE(find_lost_texts(a.store, {}).empty());
  EXPECT_EQ(tests::must(a.store.bundle(log_id, 0, 5)).bytes, tests::must(b.store.bundle(log_id, 0, 5)).bytes);
  end(asking);
}

TEST_F(LostTextsTest, TheLinkGoesOnWhereThePeerErasedThemToo) {
  for (Node* const node : {&a, &b}) {
    erase(*node, 1);
    close(*node);
  }
  loop.poll();
  Asking asking(a);
  talk({{{}, [this] { return asked(a) >= 2; }}});
  EXPECT_FALSE(has_text(a, 1));
  EXPECT_EQ(a.refused("body-missing"), 0);
  EXPECT_TRUE(a.outcome.has_value());
  // Less and less often.
  EXPECT_LT(asked(a), 20U);
  end(asking);
}

// A thief's retraction under a head that no relay sees.
class StrippedTextsTest : public LostTextsTest {
 protected:
  Bytes proof() {
    auto unseen = project.log().forked_at(7);
    unseen.append({}, format::EntryKind::kRetraction, project.log().entry(2));
    return format::make_retraction_proof(project.id(), unseen.bundle_bytes(7, 8));
  }
};

TEST_F(StrippedTextsTest, ComeWhereTheProofOfARetractionIsHereAndTheRetractionIsNot) {
  a.take_statement(proof());
  loop.poll();
  erase(a, 2);
  EXPECT_TRUE(find_lost_texts(a.store, {}).empty());
  EXPECT_EQ(find_lost_texts(a.store, {project.log().entry(2)}).size(), 1U);
  Asking asking(a);
  talk({{{}, [this] { return has_text(a, 2); }}});
  end(asking);
}

TEST_F(StrippedTextsTest, AreLookedForWhenAnEntryCameWithoutOne) {
  project.log().append_articles(5);
  auto unseen = project.log().forked_at(12);
  unseen.append({}, format::EntryKind::kRetraction, project.log().entry(9));
  b.take_statement(format::make_retraction_proof(project.id(), unseen.bundle_bytes(12, 13)));
  loop.poll();
  int told = 0;
  b.context.came_without_text = [&] { ++told; };
  const auto stripped = format::without_bodies(project.log().bundle_bytes(7, 12), [this](BytesView header) {
    return format::entry_id(header) == project.log().entry(9) ? std::optional(format::Absence::kErased) : std::nullopt;
  });
  const sync::Frontier all{{{project.id(), 1, project.charter().hash(), {{project.log().desk(), 12, project.log().root(12)}}}}};
  fill(a, 12);
  loop.run(mislead(framed(all), framed(sync::BundleMessage{*stripped}), [this] { return b_holds(12); }));
  EXPECT_EQ(told, 1);
}

// Relay a keeps the text of entry 2 from its peers; b took the log without it. Both count by the project's policy.
class KeptBackTextsTest : public LostTextsTest {
 protected:
  KeptBackTextsTest() {
    set_policy({"a", "c"});
    for (Node* const node : {&a, &b}) node->take(project.charters());
    fill(a, 8);
    keep_back("a");
    a.withheld.put(entry(), store::Withheld::From::kEverybody);
    const auto stripped = format::without_bodies(project.log().bundle_bytes(7, 8), [](BytesView) { return std::optional(format::Absence::kWithheld); });
    b.take(tests::must(format::verify_bundle(project.charter(), *stripped)));
    loop.poll();
  }
  EntryId entry() { return project.log().entry(7); }
  void set_policy(const std::vector<std::string>& names) {
    project.update_charter([&](format::Charter& charter) {
      charter.witness.relays.clear();
      for (const auto& name : names)
        charter.witness.relays.push_back({relay(name), "GE", tests::key_from(name, 2).public_key(), tests::key_from(name, 3).public_key()});
      charter.witness.quorum = static_cast<std::uint32_t>(names.size());
    });
  }
  static RelayId relay(const std::string& name) { return RelayId(tests::key_from(name, 1).public_key()); }
  // Its notice, at both relays.
  void keep_back(const std::string& name, bool lifted = false) {
    const format::WithholdingContent content{entry(), "GE", "A court.", tests::kTestTime + seconds(++notices), lifted, true};
    for (Node* const node : {&a, &b}) node->take_statement(format::make_withholding(project.id(), content, tests::key_from(name, 1)));
    loop.poll();
  }
  bool b_has_text() const { return has_text(b, 7); }
  std::size_t b_asked() const { return static_cast<std::size_t>(std::ranges::count(only<sync::Subscribe>(b.said), 7U, &sync::Subscribe::from)); }
  int notices = 0;
};

TEST_F(KeptBackTextsTest, AreAskedOfThatPeerWhenItLiftsItsNotice) {
  ASSERT_TRUE(b_holds(8) && !b_has_text());
  Asking asking(b);
  const auto lift = [this] {
    EXPECT_EQ(b_asked(), 0U) << "a peer was asked for what it said that it does not give";
    a.withheld.drop(entry());
    keep_back("a", true);
  };
  const auto settled = loop.clock().monotonic() + env::milliseconds(60'000);
  talk({{{}, [&] { return loop.clock().monotonic() >= settled - env::milliseconds(20'000); }}, {lift, [this] { return b_has_text(); }}});
  EXPECT_EQ(b_asked(), 1U);
  end(asking);
}

TEST_F(KeptBackTextsTest, AreLostWithOrWithoutANoticeThatCounts) {
  const auto lost = [&] {
    std::set<EntryId> others;
    for (const auto& id : statements::entries_with_notices(b.statements.statements, project.id())) others.insert(id);
    return find_lost_texts(b.peers_store, others);
  };
  ASSERT_EQ(lost().size(), 1U);
  EXPECT_EQ(lost()[0].index, 7U);
  set_policy({"c"});
  b.take(project.charters());
  std::stop_source stop;
  boost::asio::co_spawn(loop.executor(), b.statements.statements.run(stop.get_token()), boost::asio::detached);
  loop.poll();
  EXPECT_TRUE(b.statements.statements.of(project.id(), format::StatementKind::kWithholding).empty());
  EXPECT_EQ(lost().size(), 1U);
  stop.request_stop();
  loop.poll();
}

TEST_F(KeptBackTextsTest, AreAskedOfPeersInTurnsWhoSayNothingAgainstIt) {
  std::vector<LinkNumber> asked;
  b.sources.offer(4, project.log().name(), 8, 8, loop.clock().monotonic());
  LostTexts texts(b.env, b.peers_store, b.writer, b.statements.statements, b.sources,
                  [] { return std::vector<LostTexts::Peer>{{2, relay("a")}, {3, relay("d")}, {4, relay("e")}, {5, relay("c")}}; },
                  [&](LinkNumber link, const LostText&) { asked.push_back(link); });
  std::stop_source stop;
  boost::asio::co_spawn(loop.executor(), texts.run(stop.get_token()), boost::asio::detached);
  loop.run(wait_for([&] { return asked.size() >= 5; }));
  stop.request_stop();
  loop.poll();
  asked.resize(5);
  EXPECT_EQ(asked, (std::vector<LinkNumber>{4, 3, 5, 4, 3})) << "first who is known to hold it; never who keeps it back";
}

}  // namespace
}  // namespace tamizdat::federation
