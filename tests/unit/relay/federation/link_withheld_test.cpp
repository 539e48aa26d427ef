// Texts that a peer keeps back, by its notice or without one.
#include "relay/statements/withholding.h"
#include "relay/store/withholding_store.h"
#include "tests/unit/relay/federation/link_fixture.h"

namespace tamizdat::federation {
namespace {

class LinkWithheldTest : public LinkTest {
 protected:
  // Relay a counts by the project's policy.
  LinkWithheldTest() {
    project.update_charter([this](format::Charter& charter) {
      charter.witness.relays = {{a.id, "GE", tests::key_from("witness", 2).public_key(), tests::key_from("mirror", 3).public_key()}};
      charter.witness.quorum = 1;
    });
    fill(a, 3);
    fill(b, 0);
  }
  Bytes notice(bool lifted = false, bool kept_from_peers = true) {
    const format::WithholdingContent content{project.log().entry(1), "GE", "A court.", tests::kTestTime + seconds(lifted ? 1 : 0), lifted,
                                             kept_from_peers};
    return format::make_withholding(project.id(), content, tests::key_from("a", 1));
  }
  // All of the log, without the text of entry 1.
  Bytes without_text() {
    const auto reason = [this](BytesView header) {
      return format::entry_id(header) == project.log().entry(1) ? std::optional(format::Absence::kWithheld) : std::nullopt;
    };
    return format::without_bodies(project.log().bundle_bytes(0, 3), reason).value();
  }
  bool b_has_text() const {
    const auto entry = b.store.entry(log_id, 1);
    return entry && entry->body;
  }
  std::vector<Bytes> all_without_text() { return {framed(sync::BundleMessage{without_text()})}; }
};

TEST_F(LinkWithheldTest, WithANoticeTheLogIsTakenWithoutTheText) {
  b.take_statement(notice());
  loop.poll();
  EXPECT_TRUE(abuse(all_without_text(), Then::kEnd));
  EXPECT_TRUE(b_holds(3));
  EXPECT_FALSE(b_has_text());
}

TEST_F(LinkWithheldTest, WithoutOneNobodyMayLeaveATextOut) {
  EXPECT_TRUE(abuse(all_without_text(), Then::kEnd));
  EXPECT_TRUE(b_holds(0));
  EXPECT_EQ(b.refused("body-missing"), 1);
}

TEST_F(LinkWithheldTest, NorByANoticeToReadersAloneOrOneThatWasLifted) {
  b.take_statement(notice(false, false));
  loop.poll();
  EXPECT_TRUE(abuse(all_without_text(), Then::kEnd));
  EXPECT_TRUE(b_holds(0));
  b.take_statement(notice(true));
  loop.poll();
  b.ended = false;
  EXPECT_TRUE(abuse(all_without_text(), Then::kEnd));
  EXPECT_TRUE(b_holds(0));
}

}  // namespace
}  // namespace tamizdat::federation
