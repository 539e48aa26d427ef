// Texts that were erased after a retraction which a closing has cut off: found, asked for, and sent again by peers.
#include "relay/federation/lost_texts.h"

#include "proto/format/retraction.h"
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
        : texts(node.env, node.store, node.writer, [&node] {
            std::vector<EntryId> out;
            for (const auto& project : node.store.projects())
              for (const auto& slot : node.statements.statements.slots_of(project, format::StatementKind::kRetraction)) out.emplace_back(slot);
            return out;
          }, [&node](const LostText& text, std::size_t) {
            for (const auto& [number, link] : node.links) link->ask_for_text(text.log, text.index);
          }) {
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

}  // namespace
}  // namespace tamizdat::federation
