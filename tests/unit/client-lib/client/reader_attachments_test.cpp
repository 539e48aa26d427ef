// Attachments on their way from relays to a reader, and their proof.
#include <tamizdat/reader.h>

#include <gtest/gtest.h>

#include "proto/format/limits.h"
#include "tests/support/project_builder.h"
#include "tests/unit/client-lib/support/newsroom.h"

namespace tamizdat::client {
namespace {

namespace fs = std::filesystem;
using tests::value_of;

class ReadingAttachments : public testing::Test {
 protected:
  tests::Newsroom room_;
  tests::FakeRelay& de_ = room_.network.add_relay("DE", "DE");
  tests::FakeRelay& fr_ = room_.network.add_relay("FR", "FR");
  tests::ProjectBuilder project_;
  Bytes small_ = octets(20'000), large_ = octets(std::size_t{150} * format::kBlockBytes + 3), sound_ = "ID3 " + octets(9);

  static Bytes octets(std::size_t count) {
    Bytes out;
    for (std::size_t i = 0; i < count; ++i) out += static_cast<char>(i * 7 + i / 251);
    return out;
  }
  static BlobId id(BytesView bytes) { return format::BlobTree::from_bytes(bytes)->id(); }

  void SetUp() override {
    format::Body body;
    body.title = "Snow";
    body.language = "ru";
    body.html = "<p>Snow <img src=\"" + id(large_).text() + "\" alt=\"A roof &amp; snow\"/></p>";
    format::Attachment picture{id(large_), "image/jpeg", "A roof", "In April", "Anna", "", 1200, 900, {}};
    picture.renditions = {{id(small_), "image/jpeg", 480, 360}};
    body.attachments = {picture, {id(sound_), "audio/mpeg", "", "A talk", "", "talk.mp3", 0, 0, {}}};
    project_.log().append(std::move(body));
    for (auto* relay : {&de_, &fr_}) relay->hold(project_.charters(), {project_.log().bundle_bytes(0, 1, {})});
  }
  void hold_all(tests::FakeRelay& relay) {
    for (const auto& bytes : {small_, large_, sound_}) relay.attachments.hold(bytes);
  }
  FetchReport fetch(bool attachments = true) {
    FetchOptions options{{de_.line(), fr_.line()}, "", "", {}, {}, room_.out, "", {}};
    options.attachments = attachments;
    return value_of(client::fetch(options, room_.edges));
  }
  Outcome<VerifyReport> verify() {
    return client::verify({room_.out, "", {}, "", {}}, [](const ProvenEntry&) {}, room_.edges);
  }
  fs::path file(BytesView bytes, const std::string& ending) const {
    return fs::path(room_.out) / "attachments" / (id(bytes).text() + ending);
  }
  std::string page() const {
    for (const auto& entry : fs::directory_iterator(room_.out))
      if (entry.path().extension() == ".html") return room_.read(entry.path());
    return {};
  }
  bool shows(const std::string& what) const { return page().find(what) != std::string::npos; }
};

TEST_F(ReadingAttachments, ComeFromAnyRelayThatHasThem) {
  fr_.attachments.hold(large_);
  fr_.attachments.hold(small_);
  de_.attachments.hold(sound_);
  const auto report = fetch();
  EXPECT_TRUE(report.troubles.empty());
  EXPECT_EQ(report.logs[0].attachments, 3U);
  EXPECT_EQ(report.logs[0].attachments_new, 3U);
  EXPECT_EQ(room_.read(file(large_, ".jpg")), large_);
  EXPECT_EQ(room_.read(file(small_, ".jpg")), small_);
  EXPECT_EQ(room_.read(file(sound_, ".mp3")), sound_);
  EXPECT_TRUE(shows("<img src=\"attachments/" + id(large_).text() + ".jpg\" alt=\"A roof &amp; snow\"/>")) << page();
  EXPECT_TRUE(shows("<a href=\"attachments/" + id(sound_).text() + ".mp3\">talk.mp3</a><figcaption>A talk</figcaption>")) << page();
  const auto proven = value_of(verify());
  EXPECT_EQ(proven.attachments, 3U);
  EXPECT_EQ(proven.attachments_missing, 0U);
  room_.network.requests.clear();
  EXPECT_EQ(fetch().logs[0].attachments_new, 0U);
  for (const auto& request : room_.network.requests) EXPECT_EQ(request.url.find("tzblob1"), std::string::npos) << request.url;
}

TEST_F(ReadingAttachments, WhatNoRelayHasIsShownByItsWordsAndAskedForAgain) {
  const auto report = fetch();
  EXPECT_TRUE(report.troubles.empty());
  EXPECT_EQ(report.logs[0].attachments_missing, 3U);
  EXPECT_TRUE(shows("<em>[A roof &amp; snow]</em>"));
  EXPECT_EQ(value_of(verify()).attachments_missing, 3U);
  de_.attachments.hold(small_);
  EXPECT_EQ(fetch().logs[0].attachments_new, 1U);
  EXPECT_TRUE(shows("<img src=\"attachments/" + id(small_).text() + ".jpg\"")) << page();  // the best that is there
}

TEST_F(ReadingAttachments, GoOnWhereTheLineWasCut) {
  hold_all(de_);
  hold_all(fr_);
  fr_.down = true;
  de_.blocks_until_down = 3;  // the two small ones and the first 64 blocks
  auto report = fetch();
  EXPECT_EQ(report.logs[0].attachments_missing, 1U);
  EXPECT_FALSE(fs::exists(file(large_, ".jpg")));
  EXPECT_EQ(value_of(verify()).attachments_missing, 1U);
  fr_.down = false;
  room_.network.requests.clear();
  report = fetch();
  EXPECT_EQ(room_.read(file(large_, ".jpg")), large_);
  EXPECT_FALSE(fs::exists(file(large_, ".jpg.part")));
  std::vector<std::string> ranges;
  for (const auto& request : room_.network.requests)
    for (const auto& header : request.headers)
      if (header.starts_with("Range:")) ranges.push_back(header);
  EXPECT_EQ(ranges, (std::vector<std::string>{"Range: bytes=1048576-2097151", "Range: bytes=2097152-2457602"}));
}

TEST_F(ReadingAttachments, ARelayThatLiesIsNamedAndTheNextOneAsked) {
  hold_all(de_);
  hold_all(fr_);
  de_.attachments.mangle = [](Bytes& bytes) { bytes[bytes.size() / 2] ^= 1; };
  const auto report = fetch();
  ASSERT_EQ(report.troubles.size(), 1U);
  EXPECT_EQ(report.troubles[0].relay, "relay.example:8440");
  EXPECT_EQ(report.troubles[0].problem.kind, ProblemKind::kNotVerified);
  EXPECT_EQ(report.logs[0].attachments, 3U);
  EXPECT_EQ(room_.read(file(large_, ".jpg")), large_);
}

TEST_F(ReadingAttachments, AreLeftWhereTheyAreIfThatIsWanted) {
  hold_all(de_);
  EXPECT_EQ(fetch(false).logs[0].attachments, 0U);
  EXPECT_FALSE(fs::exists(fs::path(room_.out) / "attachments"));
  EXPECT_TRUE(shows("<em>[A roof &amp; snow]</em>"));
}

TEST_F(ReadingAttachments, AnAlteredFileIsALie) {
  hold_all(de_);
  fetch();
  for (const Bytes& altered : {Bytes(large_).replace(70'000, 1, "!"), large_.substr(1), Bytes()}) {
    std::ofstream(file(large_, ".jpg"), std::ios::binary) << altered;
    const auto proven = verify();
    ASSERT_FALSE(proven.has_value());
    EXPECT_EQ(proven.error().kind, ProblemKind::kNotVerified);
    EXPECT_EQ(proven.error().code, "attachment-wrong");
    EXPECT_NE(proven.error().text.find("Remove it and fetch again"), std::string::npos);
  }
  fs::remove(file(large_, ".jpg"));
  EXPECT_EQ(value_of(verify()).attachments_missing, 1U);
}

TEST_F(ReadingAttachments, AFileThatNoEntryNamesIsNotVouchedFor) {
  hold_all(de_);
  fetch();
  std::ofstream(fs::path(room_.out) / "attachments" / (id("other").text() + ".jpg")) << "anything";
  EXPECT_EQ(value_of(verify()).attachments, 3U);
}

}  // namespace
}  // namespace tamizdat::client
