// Who fills in one field of a public struct is warned of no other one: with -Wextra -Werror this file compiles.
#include <gtest/gtest.h>

#include <tamizdat/charter.h>
#include <tamizdat/desk.h>
#include <tamizdat/desk_life.h>
#include <tamizdat/freeze.h>
#include <tamizdat/letters.h>
#include <tamizdat/reader.h>
#include <tamizdat/root_keys.h>

namespace tamizdat::client {
namespace {

TEST(PublicStructs, OneFieldIsEnough) {
  EXPECT_TRUE(DeskOptions{.home = "home"}.proxy.empty());
  EXPECT_EQ(ProjectDraft{.title = "Ural Notes"}.threshold, 2U);
  EXPECT_TRUE(AttachmentSource{.path = "roof.jpg"}.alt.empty());
  EXPECT_TRUE(ArticleSource{.path = "snow.md"}.fields.empty());
  EXPECT_EQ(EmbargoTerms{.until = {}}.form, EmbargoForm::kSealed);
  EXPECT_EQ(RetractionDraft{.entry = "tzentry1"}.reason, RetractionReason::kOther);
  EXPECT_EQ(Cosigner{.place = "root-1.key"}.passphrase, nullptr);
  EXPECT_TRUE(SendOptions{.offline = true}.relays.empty());
  EXPECT_EQ(ImportOptions{.source = "feed.xml"}.licence, "ask");
  EXPECT_FALSE(CharterSource{.home = "home"}.offline);
  EXPECT_EQ(DeskDraft{.id = "tzdesk1"}.from, "none");
  EXPECT_FALSE(DeskEdit{.id = "tzdesk1"}.label);
  EXPECT_TRUE(MirrorDraft{.url = "https://mirror.example/"}.country.empty());
  EXPECT_TRUE(PolicyRelayDraft{.relay = "tzrelay1"}.witness_key.empty());
  EXPECT_TRUE(RelayToList{.address = "tamizdat-relay:v1"}.country.empty());
  EXPECT_EQ(DeskClosing{.id = "tzdesk1"}.size, 0U);
  EXPECT_FALSE(CharterEdit{.contact = "tips@example.org"}.title);
  EXPECT_TRUE(SigningConsent{.unshown = true}.unshown);
  EXPECT_TRUE(DeskHeir{.id = "tzdesk1"}.label.empty());
  EXPECT_FALSE(ClosingDraft{.desk = "tzdesk1"}.size);
  EXPECT_TRUE(FetchOptions{.out = "news"}.attachments);
  EXPECT_TRUE(VerifyOptions{.place = "news"}.project.empty());
  EXPECT_TRUE(PlacesOptions{.what = "tzproject1"}.relays.empty());
  EXPECT_EQ(LetterDraft{.path = "figures.xlsx"}.days, 14U);
  EXPECT_TRUE(InboxOptions{.folder = "inbox"}.relays.empty());
}

// Tests of callers make reports.
TEST(PublicStructs, InReportsToo) {
  EXPECT_TRUE(ProjectInfo{.id = "tzproject1"}.desks.empty());
  EXPECT_FALSE(StatusReport{.log = "tzlog1"}.copies.enough);
  EXPECT_TRUE(FetchReport{.relays_asked = 1}.logs.empty());
  EXPECT_TRUE(ProvenEntry{.id = "tzentry1"}.title.empty());
  EXPECT_FALSE(FreezeReport{.version = 2}.kept_in_home);
  EXPECT_EQ(SentLetter{.slots = 1}.waiting, 0U);
}

}  // namespace
}  // namespace tamizdat::client
