// Where a desk is closed, and what would be lost by it.
#include <tamizdat/charter.h>

#include <gtest/gtest.h>

#include "proto/format/cosignature.h"
#include "tests/unit/client-lib/support/charter_room.h"

namespace tamizdat::client {
namespace {

using tests::passphrase;
using tests::value_of;

class ClosingTest : public tests::CharterRoom {
 protected:
  std::string publish(const std::string& title) {
    return value_of(room_.desk().publish({room_.article(title), {}}, passphrase())).entries[0].id;
  }
  Outcome<RequestInfo> close(const CharterSource& source, const ClosingDraft& terms = {}) {
    ClosingDraft draft = terms;
    draft.desk = info_.desks[0].id;
    return request_closing(source, draft, file("closing " + std::to_string(++closings_)), room_.edges);
  }
  int closings_ = 0;
};

TEST_F(ClosingTest, ARelayThatWasNotReachedIsNamed) {
  publish("Second");
  far_.down = true;
  const auto info = value_of(close(home()));
  EXPECT_NE(info.changes[0].find("at 2 entries"), std::string::npos);
  ASSERT_EQ(info.not_asked.size(), 1U);
  EXPECT_NE(info.not_asked[0].find(":" + std::to_string(far_.address().port)), std::string::npos);
  // And one of the policy whose address nobody knows.
  far_.down = false;
  list_relays();
  near_.said = {word(near_), word(far_)};
  const auto told = value_of(close(stranger({near_.line(), far_.line()})));
  ASSERT_EQ(told.not_asked.size(), 1U);
  EXPECT_NE(told.not_asked[0].find(third_.address().relay.text()), std::string::npos);
}

TEST_F(ClosingTest, NotBelowWhatThisHomeHasSignedUnlessOnPurpose) {
  near_.down = true;
  const std::string second = publish("Second");
  near_.down = false;
  far_.down = third_.down = true;
  const auto refused = close(home());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "closing-below-known");
  EXPECT_NE(refused.error().text.find("this home has signed 2 entries"), std::string::npos) << refused.error().text;
  ClosingDraft one;
  one.size = 1;
  EXPECT_NE(value_of(close(home(), one)).changes[0].find("at 1 entry"), std::string::npos);
  far_.down = false;
  EXPECT_NE(value_of(close(home())).changes[0].find("at 2 entries"), std::string::npos);
  ClosingDraft before;
  before.before = second;
  EXPECT_NE(value_of(close(home(), before)).changes[0].find("at 1 entry"), std::string::npos);
}

TEST_F(ClosingTest, NotBelowWhatARelayOfThePolicyHasCosigned) {
  list_relays();
  near_.down = true;
  publish("Second");
  near_.down = false;
  const Bytes head = value_of(room_.desk().status()).head;
  const auto project = near_.charter_in_force()->project();
  const auto cosigned = [&](const tests::FakeRelay& by) {
    return format::make_cosigned_head(project, format::cosign(head, by.address().relay, by.key("witness"), room_.clock.time));
  };
  tests::FakeRelay& nobody = room_.network.add_relay("DE", "DE");
  near_.forget_entries_from(1);
  near_.said = {word(near_), word(far_), cosigned(nobody)};
  EXPECT_TRUE(close(stranger({near_.line()})));
  near_.said.push_back(cosigned(far_));
  const auto refused = close(stranger({near_.line()}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "closing-below-known");
  EXPECT_NE(refused.error().text.find(far_.address().relay.text() + " has cosigned 2 entries"), std::string::npos) << refused.error().text;
  ClosingDraft one;
  one.size = 1;
  EXPECT_TRUE(close(stranger({near_.line()}), one));
}

TEST_F(ClosingTest, AnEmptyLogIsClosedOnPurposeOrByTheWordOfAll) {
  for (auto* const relay : relays_) relay->forget_entries_from(0);
  EXPECT_EQ(close(stranger({near_.line()})).error().code, "no-relay-holds");
  ClosingDraft none;
  none.size = 0;
  EXPECT_NE(value_of(close(stranger({near_.line()}), none)).changes[0].find("at 0 entries"), std::string::npos);
  list_relays();
  near_.said = {word(near_), word(far_)};
  EXPECT_EQ(close(stranger({near_.line(), far_.line()})).error().code, "no-relay-holds");
  EXPECT_TRUE(close(stranger({near_.line(), far_.line(), third_.line()})));
}

TEST_F(ClosingTest, AnEntryThatIsHiddenIsFoundByItsHeader) {
  std::vector<std::string> ids;
  for (int i = 0; i < 70; ++i) ids.push_back(publish("Article " + std::to_string(i)));
  for (auto* const relay : relays_) relay->entries_are_hidden = true;
  for (const std::size_t at : {std::size_t{0}, std::size_t{3}, std::size_t{69}}) {
    ClosingDraft before;
    before.before = ids[at];
    EXPECT_NE(value_of(close(home(), before)).changes[0].find("at " + std::to_string(at + 1) + (at == 0 ? " entry" : " entries")), std::string::npos);
  }
  ClosingDraft strange;
  strange.before = EntryId(tests::octets_from("nothing", 1)).text();
  EXPECT_EQ(close(home(), strange).error().code, "closing-beyond-held");
}

TEST_F(ClosingTest, ADeskInThePlaceOfAnotherHasItsTerms) {
  CharterEdit edit;
  edit.change_desks.push_back({info_.desks[0].id, "Perm", std::vector<std::string>{"ru", "ba"}, std::vector<std::string>{"RU-PER"},
                               "2026-01-31", "2099-01-31T10:00:01Z", 50, 50'000'000});
  update("terms", edit);
  ClosingDraft draft;
  draft.heir = {DeskId(tests::key_from("new desk", 1).public_key()).text(), ""};
  const auto info = value_of(close(home(), draft));
  EXPECT_EQ(info.changes.back(), "new desk Perm (" + draft.heir->id +
                                     "), only in ru ba, only for RU-PER, from 2026-01-31T00:00:00Z on, until 2099-01-31T10:00:01Z, at most 50 entries a "
                                     "day, at most 50000000 octets a day");
  draft.heir->label = "Kama";
  EXPECT_NE(value_of(close(home(), draft)).changes.back().find("new desk Kama ("), std::string::npos);
}

}  // namespace
}  // namespace tamizdat::client
