// Attachments on their way from the desk to relays, over the public API and publish/, against fake relays.
#include <gtest/gtest.h>

#include "client-lib/client/desk_parts.h"
#include "client-lib/keys/key_files.h"
#include "proto/format/limits.h"
#include "tests/unit/client-lib/support/newsroom.h"

namespace tamizdat::client {
namespace {

using tests::passphrase;
using tests::value_of;

class Attaching : public testing::Test {
 protected:
  tests::Newsroom room_;
  tests::FakeRelay& ge_ = room_.network.add_relay("GE", "GE");
  tests::FakeRelay& rs_ = room_.network.add_relay("RS", "RS");
  ProjectInfo project_ = room_.create();
  Bytes small_ = octets(20'000), large_ = octets(std::size_t{70} * format::kBlockBytes + 3);

  static Bytes octets(std::size_t count) {
    Bytes out;
    for (std::size_t i = 0; i < count; ++i) out += static_cast<char>(i * 7 + i / 251);
    return out;
  }
  void SetUp() override {
    Desk desk = room_.desk();
    for (const auto* relay : {&ge_, &rs_}) value_of(desk.add_relay(relay->line()));
  }
  // Signs an article that names the large file with the small one as its rendition; nothing is sent.
  void sign(const std::string& title) {
    auto store = *desk::DeskStore::open(room_.home);
    const auto project = *store.project();
    format::Attachment attachment;
    attachment.blob = *store.attachments().keep(large_);
    attachment.media_type = "image/jpeg";
    attachment.renditions = {{*store.attachments().keep(small_), "image/jpeg", 480, 320}};
    publish::Draft draft;
    draft.body.title = title;
    draft.body.html = "<p>Snow</p>";
    draft.body.language = "ru";
    draft.body.attachments = {attachment};
    const auto key = *keys::open_key(*keys::read_key_file(desk::desk_key_file(room_.home)), keys::KeyRole::kDesk, "correct horse");
    ASSERT_TRUE(publish::sign_run(store, project, key, {&draft, 1}, room_.clock, room_.random).has_value());
  }
  BlobId id(BytesView bytes) const { return format::BlobTree::from_bytes(bytes)->id(); }
  std::size_t puts() const {
    return static_cast<std::size_t>(std::ranges::count_if(room_.network.requests, [](const net::HttpRequest& request) {
      return request.method == "PUT" && request.url.find("/v1/attachments/") != std::string::npos;
    }));
  }
};

TEST_F(Attaching, GoAfterTheirEntrySmallOnesFirst) {
  sign("Snow");
  const auto report = value_of(room_.desk().send());
  for (auto* relay : {&ge_, &rs_}) {
    EXPECT_EQ(relay->attachments.octets(id(small_)), small_);
    EXPECT_EQ(relay->attachments.octets(id(large_)), large_);
  }
  for (const auto& relay : report.relays) EXPECT_EQ(relay.state, RelayState::kHoldsAll) << relay.text;
  std::vector<std::string> sent;
  for (const auto& request : room_.network.requests)
    if (request.method == "PUT" && request.url.starts_with("https://relay.example:8440/v1/"))
      sent.push_back(request.url.substr(30, 12) + (request.url.find(id(small_).text()) != std::string::npos ? " small" : ""));
  EXPECT_EQ(sent, (std::vector<std::string>{"charters", "bundles?wait", "attachments/ small", "attachments/ small",
                                            "attachments/", "attachments/", "attachments/"}));
}

TEST_F(Attaching, AnInterruptedUploadSendsOnlyWhatIsMissing) {
  sign("Snow");
  ge_.blocks_until_down = 2;  // the small one, and the first 64 blocks of the large one
  const auto first = value_of(room_.desk().send());
  EXPECT_EQ(first.relays[0].state, RelayState::kUnreachable);
  EXPECT_EQ(first.relays[0].waiting, 0U);
  EXPECT_EQ(first.relays[0].attachments_missing, 1U);
  EXPECT_EQ(first.copies.copies, 0U);
  EXPECT_EQ(ge_.attachments.blocks_taken, 2U + 64U);
  ge_.down = false;
  ge_.blocks_until_down.reset();
  const auto again = value_of(room_.desk().send());
  EXPECT_EQ(again.relays[0].state, RelayState::kHoldsAll);
  EXPECT_EQ(ge_.attachments.blocks_taken, 2U + 71U);
  EXPECT_EQ(ge_.attachments.octets(id(large_)), large_);
}

TEST_F(Attaching, ARelayThatTakesTheEntryAndNotTheAttachmentIsToldInWords) {
  sign("Snow");
  ge_.attachments.refusal = "the disk is full";
  const auto report = value_of(room_.desk().send());
  EXPECT_EQ(report.relays[0].state, RelayState::kLacks);
  EXPECT_EQ(report.relays[0].held, 1U);
  EXPECT_EQ(report.relays[0].attachments_missing, 2U);
  EXPECT_EQ(report.relays[0].text, "the relay refuses: the disk is full");
  EXPECT_EQ(report.relays[1].state, RelayState::kHoldsAll);
}

TEST_F(Attaching, StatusAsksAndSendsNothing) {
  sign("Snow");
  ge_.attachments.refusal = "not now";
  value_of(room_.desk().send());
  const std::size_t before = puts();
  const auto status = value_of(room_.desk().status());
  EXPECT_EQ(status.relays[0].state, RelayState::kLacks);
  EXPECT_EQ(status.relays[0].attachments_missing, 2U);
  EXPECT_EQ(status.relays[1].state, RelayState::kHoldsAll);
  EXPECT_EQ(puts(), before);
}

TEST_F(Attaching, ALongLogIsNotAskedAboutAgain) {
  sign("First");
  value_of(room_.desk().send());
  small_ += "x", large_ += "x";
  sign("Second");
  value_of(room_.desk().send());
  const std::size_t before = room_.network.requests.size();
  value_of(room_.desk().send());
  EXPECT_EQ(room_.network.requests.size() - before, 12U);  // its charter, who it is, its head, its keys, and its statements before and after, of each relay
  rs_.forget_all();
  rs_.attachments.forget();
  EXPECT_EQ(value_of(room_.desk().send()).relays[1].state, RelayState::kHoldsAll);
  EXPECT_EQ(rs_.attachments.octets(id(large_)), large_);
}

TEST_F(Attaching, StatusFindsWhatARelayLostAndTheNextSendRepairsIt) {
  sign("First");
  value_of(room_.desk().send());
  rs_.attachments.forget();
  const auto status = value_of(room_.desk().status());
  EXPECT_EQ(status.relays[1].state, RelayState::kLacks);
  EXPECT_EQ(status.relays[1].attachments_missing, 2U);
  EXPECT_EQ(value_of(room_.desk().send()).relays[1].state, RelayState::kHoldsAll);
  EXPECT_EQ(rs_.attachments.octets(id(large_)), large_);
}

TEST_F(Attaching, ARelayThatLostThemAloneIsAskedIfThatIsWanted) {
  sign("Snow");
  value_of(room_.desk().send());
  rs_.attachments.forget();
  EXPECT_EQ(value_of(room_.desk().send()).relays[1].state, RelayState::kHoldsAll);  // it is not asked
  SendOptions all;
  all.all_attachments = true;
  EXPECT_EQ(value_of(room_.desk().send(all)).relays[1].state, RelayState::kHoldsAll);
  EXPECT_EQ(rs_.attachments.octets(id(large_)), large_);
}

TEST_F(Attaching, AFileThatIsGoneFromTheHomeStopsNothingElse) {
  sign("Snow");
  const auto path = std::filesystem::path(room_.home) / "attachments" / id(small_).text();
  std::filesystem::remove(path);
  const auto report = value_of(room_.desk().send());
  EXPECT_EQ(report.relays[0].state, RelayState::kLacks);
  EXPECT_EQ(report.relays[0].attachments_missing, 1U);
  EXPECT_EQ(report.relays[0].text,
            "the attachment " + path.string() + " is not there: bring it back from a copy of this folder");
  EXPECT_EQ(ge_.attachments.octets(id(large_)), large_);
}

}  // namespace
}  // namespace tamizdat::client
