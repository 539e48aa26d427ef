// The pictures of feeds on their way into articles.
#include <gtest/gtest.h>

#include "client-lib/desk/desk_store.h"
#include "client-lib/importer/pictures.h"
#include "tests/unit/client-lib/support/fake_pause.h"
#include "tests/unit/client-lib/support/newsroom.h"

namespace tamizdat::client {
namespace {

using tests::FakePage;
using tests::passphrase;
using tests::value_of;

constexpr const char* kFeed = "https://news.example/feed";
constexpr const char* kRoof = "https://news.example/roof.jpg";

class ImportingPictures : public testing::Test {
 protected:
  tests::Newsroom room_;
  tests::FakeRelay& ge_ = room_.network.add_relay("GE", "GE");
  ProjectInfo project_ = room_.create();
  std::string text_ = "<p>Snow. <img src=\"/roof.jpg\" alt=\"A roof\" title=\"In April\"></p>";
  std::string more_;  // elements of the item

  void SetUp() override {
    value_of(room_.desk().add_relay(ge_.line()));
    serve_picture(kRoof, "roof, secret", "\"r1\"");
  }
  void serve_picture(const std::string& url, const std::string& pixels, const std::string& etag = "") {
    room_.network.pages[url] = {200, std::string(tests::Newsroom::kJpeg) + pixels, "image/jpeg", etag};
  }
  ImportReport import(bool pictures = true, const std::string& url = kFeed) {
    room_.network.pages[url] = {
        200,
        "<rss version=\"2.0\"><channel><title>News</title><link>https://news.example/</link><item><guid>https://news.example/1</guid>"
        "<title>Snow</title><link>https://news.example/a</link><description><![CDATA[" + text_ + "]]></description>" + more_ +
            "</item></channel></rss>",
        "application/rss+xml", ""};
    ImportOptions options;
    options.source = url;
    options.pictures = pictures;
    return value_of(room_.desk().import_source(options, passphrase()));
  }
  format::Body body_of(const ImportReport& report) {
    auto store = *desk::DeskStore::open(room_.home);
    return *format::parse_body((*store.log().find(*EntryId::parse(report.published.entries.at(0).id)))->body);
  }
};

TEST_F(ImportingPictures, BecomeAttachmentsInTheirPlace) {
  const auto report = import();
  const auto body = body_of(report);
  ASSERT_EQ(body.attachments.size(), 1U);
  const auto& picture = body.attachments[0];
  EXPECT_EQ(body.html, "<p>Snow. <img src=\"" + picture.blob.text() + "\" alt=\"A roof\"/></p>");
  EXPECT_EQ(picture.alt, "A roof");
  EXPECT_EQ(picture.caption, "In April");
  EXPECT_EQ(ge_.attachments.octets(picture.blob), std::string(tests::Newsroom::kJpeg) + "roof, ");
  EXPECT_TRUE(report.notes.empty());
}

TEST_F(ImportingPictures, OneThatCannotBeHadStaysALinkAndMakesNoCorrectionLater) {
  room_.network.pages[kRoof].status = 404;
  const auto report = import();
  EXPECT_EQ(body_of(report).html, "<p>Snow. <a href=\"https://news.example/roof.jpg\">A roof</a></p>");
  EXPECT_EQ(report.notes, std::vector<std::string>{"Snow: the picture https://news.example/roof.jpg stays a link: its server "
                                                   "answers with status 404"});
  serve_picture(kRoof, "roof");
  const auto again = import();
  EXPECT_EQ(again.corrections, 0U);
  EXPECT_EQ(again.unchanged, 1U);
  EXPECT_EQ(room_.network.asked(kRoof), 1U);  // nothing is fetched for what is there
}

TEST_F(ImportingPictures, WithoutThemAndInAPreviewNothingIsFetched) {
  const auto with_links = "<p>Snow. <a href=\"https://news.example/roof.jpg\">A roof</a></p>";
  ImportOptions options;
  options.source = kFeed;
  EXPECT_EQ(body_of(import(false)).html, with_links);
  EXPECT_EQ(value_of(room_.desk().preview_import(options)).unchanged, 1U);
  EXPECT_EQ(room_.network.asked(kRoof), 0U);
}

TEST_F(ImportingPictures, ACorrectionAsksWithItsValidatorsAndKeepsWhatItHad) {
  const auto first = body_of(import()).attachments.at(0);
  text_ += "<p>More.</p>";
  const auto second = import();
  EXPECT_EQ(second.corrections, 1U);
  EXPECT_EQ(body_of(second).attachments.at(0).blob, first.blob);
  const auto& requests = room_.network.requests;
  const auto asked = std::ranges::find_if(requests.rbegin(), requests.rend(), [](const auto& request) { return request.url == kRoof; });
  EXPECT_EQ(std::ranges::count(asked->headers, "If-None-Match: \"r1\""), 1);
  // It shows another picture at that address.
  serve_picture(kRoof, "another roof", "\"r2\"");
  text_ += "<p>More.</p>";
  EXPECT_NE(body_of(import()).attachments.at(0).blob, first.blob);
}

TEST_F(ImportingPictures, WhatCannotBeAskedForIsTheOneOfAnEarlierImport) {
  const auto first = body_of(import()).attachments.at(0);
  for (const int status : {0, 503, 429}) {
    room_.network.pages[kRoof].status = status;
    if (status == 0) room_.network.pages.erase(kRoof);
    text_ += "<p>More.</p>";
    const auto report = import();
    EXPECT_EQ(body_of(report).attachments.at(0).blob, first.blob) << status;
    ASSERT_EQ(report.notes.size(), 1U) << status;
    EXPECT_TRUE(report.notes[0].starts_with("Snow: the picture https://news.example/roof.jpg is the one of an earlier import: "));
  }
}

TEST_F(ImportingPictures, WhatTheNewsroomTookDownIsNotSignedAgain) {
  const std::vector<FakePage> without = {{404, "", "", ""}, {410, "", "", ""}, {403, "", "", ""}, {200, "<html>", "text/html", ""}};
  for (const auto& page : without) {
    serve_picture(kRoof, "roof");
    text_ += "<p>More.</p>";
    EXPECT_EQ(body_of(import()).attachments.size(), 1U);
    room_.network.pages[kRoof] = page;
    text_ += "<p>More.</p>";
    const auto report = import();
    EXPECT_TRUE(body_of(report).attachments.empty()) << page.status;
    EXPECT_EQ(report.notes.size(), 1U) << page.status;
    // Nor when its server falls silent afterwards.
    room_.network.pages.erase(kRoof);
    text_ += "<p>More.</p>";
    EXPECT_TRUE(body_of(import()).attachments.empty()) << page.status;
  }
}

TEST_F(ImportingPictures, SlowServersHoldBackTheTextForTenMinutesAtMost) {
  text_ = "<p>Snow";
  for (int i = 0; i < 20; ++i) {
    const std::string url = "https://slow.example/" + std::to_string(i) + ".jpg";
    serve_picture(url, std::to_string(i));
    text_ += " <img src=\"" + url + "\">";
  }
  room_.network.on_request = [this](const net::HttpRequest& request) {
    if (!request.url.starts_with("https://slow.example/")) return;
    EXPECT_EQ(request.time_max, std::chrono::seconds(90));
    room_.clock.time += std::chrono::seconds(80);
  };
  const auto report = import();
  EXPECT_EQ(body_of(report).attachments.size(), 8U);
  ASSERT_EQ(report.notes.size(), 12U);
  EXPECT_TRUE(report.notes.back().ends_with("stays a link: this run has lost ten minutes to slow servers of pictures already"));
}

TEST_F(ImportingPictures, ARunKeepsNoMoreThanItMayAndLeavesRoomOnTheDisk) {
  auto store = *desk::DeskStore::open(room_.home);
  const auto http = room_.network.http();
  const publish::Progress quiet = [](std::string_view, std::uint64_t, std::uint64_t) {};
  importer::PictureTools tools{store, *http, room_.edges.reencode, quiet, room_.clock};
  const auto attached = [&](const std::string& feed) -> Result<importer::Plan> {
    importer::Plan plan;
    plan.drafts.resize(1);
    plan.pictures.push_back({text_ + "<p><img src=\"/other.jpg\"></p>", "https://news.example/", {}, {}});
    if (auto done = importer::attach_pictures(plan, feed, tools); !done) return pass(done);
    return plan;
  };
  serve_picture("https://news.example/other.jpg", std::string(1000, 'x'));
  tools.kept_bytes_max = 500;
  const auto plan = attached(kFeed);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->drafts[0].body.attachments.size(), 1U);
  ASSERT_EQ(plan->notes.size(), 1U);
  EXPECT_TRUE(plan->notes[0].ends_with("stays a link: with it this run would keep more pictures than it may")) << plan->notes[0];
  const auto kept = [this] {
    const std::filesystem::directory_iterator files(std::filesystem::path(room_.home) / "attachments");
    return std::distance(begin(files), end(files));
  };
  EXPECT_EQ(kept(), 2);
  tools.kept_bytes_max = 1'000'000;
  tools.free_bytes_min = std::uint64_t{1} << 62;
  const auto full = attached(kFeed);
  ASSERT_FALSE(full);
  EXPECT_TRUE(full.error().text.starts_with("the disk of this home is nearly full")) << full.error().text;
  EXPECT_EQ(kept(), 2);
}

TEST_F(ImportingPictures, EnclosuresOfPicturesAreAttachedAndOthersStayLinks) {
  serve_picture("https://cdn.example/b", "b");
  more_ = "<enclosure url=\"https://cdn.example/b\" type=\"image/jpeg\" length=\"1\"/>"
          "<enclosure url=\"https://cdn.example/talk.mp3\" type=\"audio/mpeg\" length=\"1\"/>";
  const auto body = body_of(import());
  ASSERT_EQ(body.attachments.size(), 2U);
  EXPECT_TRUE(body.html.ends_with("<p><a href=\"https://cdn.example/talk.mp3\">talk.mp3</a></p>")) << body.html;
  EXPECT_EQ(body.html.find("cdn.example/b"), std::string::npos);
  EXPECT_EQ(room_.network.asked("https://cdn.example/talk.mp3"), 0U);
}

TEST_F(ImportingPictures, OnePictureInSeveralSizesIsAttachedOnce) {
  text_ = "<p>Snow. <img src=\"/roof-1024x768.jpg?w=5\"></p>";
  for (const char* const url : {"https://news.example/roof-1024x768.jpg?w=5", "https://news.example/a-1x2", "https://news.example/i.php?id=1",
                                "https://news.example/i.php?id=2", "https://0.gravatar.com/avatar/1"}) {
    serve_picture(url, url);
    more_ += "<enclosure type='image/jpeg' url='" + std::string(url) + "'/>";
  }
  for (const char* const url : {"https://news.example/roof.jpg", "https://news.example/roof-300x225.jpg"})
    more_ += "<enclosure type='image/jpeg' url='" + std::string(url) + "'/>";
  const auto body = body_of(import());
  EXPECT_EQ(body.attachments.size(), 4U);
  EXPECT_EQ(room_.network.asked(kRoof), 0U);
  // The face of an author stays a link.
  EXPECT_TRUE(body.html.ends_with("\n<p><a href=\"https://0.gravatar.com/avatar/1\">1</a></p>")) << body.html;
}

TEST_F(ImportingPictures, NothingLeadsFromAFeedIntoTheNewsroomsNetwork) {
  text_ = "<p><img src=\"http://192.168.0.7/camera.jpg\"> <img src=\"https://news.example/roof.jpg\"></p>";
  import(true, "http://news.example/feed");
  for (const auto& request : room_.network.requests)
    EXPECT_EQ(request.reach == net::Reach::kPublicOnly, request.url.ends_with(".jpg")) << request.url;
  EXPECT_EQ(room_.network.asked("http://192.168.0.7/camera.jpg"), 1U);
  // A feed that is in that network itself may show what lies beside it.
  text_ = "<p>X <img src=\"http://192.168.0.7:81/camera.jpg\"> <img src=\"http://192.168.0.8/a.jpg\"></p>";
  import(true, "http://192.168.0.7/feed");
  for (const auto& [url, reach] : {std::pair("http://192.168.0.7:81/camera.jpg", net::Reach::kAnywhere),
                                   {"http://192.168.0.8/a.jpg", net::Reach::kPublicOnly}}) {
    const auto request = std::ranges::find(room_.network.requests, url, &net::HttpRequest::url);
    ASSERT_NE(request, room_.network.requests.end()) << url;
    EXPECT_EQ(request->reach, reach) << url;
  }
}

TEST_F(ImportingPictures, AFeedOverHttpsFetchesNothingOverHttp) {
  text_ = "<p>Snow <img src=\"http://news.example/roof.jpg\"></p>";
  const auto report = import();
  EXPECT_TRUE(body_of(report).attachments.empty());
  EXPECT_EQ(report.notes.size(), 1U);
  EXPECT_EQ(room_.network.asked("http://news.example/roof.jpg"), 0U);
}

TEST_F(ImportingPictures, ASilentHostIsLeftAlone) {
  text_ = "<p>Snow";
  for (int i = 0; i < 9; ++i) text_ += " <img src=\"https://silent.example/" + std::to_string(i) + ".jpg\">";
  text_ += "</p>";
  const auto report = import();
  EXPECT_EQ(report.notes.size(), 9U);
  EXPECT_EQ(std::ranges::count_if(room_.network.requests, [](const auto& request) { return request.url.find("silent") != std::string::npos; }), 3);
}

TEST_F(ImportingPictures, WithoutTheProgramThatEncodesThemNothingIsPublished) {
  room_.edges.reencode = [](BytesView) { return fail(pictures::kImageToolMissing, "tamizdat-image is not there"); };
  room_.network.pages[kFeed] = {200, "<rss><channel><title>t</title><item><title>Snow</title><description>&lt;img src='" + std::string(kRoof) +
                                         "'&gt; It melts.</description></item></channel></rss>", "", ""};
  ImportOptions options;
  options.source = kFeed;
  const auto report = room_.desk().import_source(options, passphrase());
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().text, "tamizdat-image is not there; or import with --no-pictures, and they stay links");
  EXPECT_EQ(value_of(room_.desk().status()).log_size, 0U);
}

TEST_F(ImportingPictures, AWatchThatIsStoppedPublishesNothingWithoutItsPictures) {
  import(false);  // serves the feed
  room_.network.pages[kFeed].body.replace(room_.network.pages[kFeed].body.find("Snow. "), 6, "Snow! ");
  room_.network.pages.erase(kRoof);
  tests::FakePause pause(room_.clock, 1);
  room_.network.meanwhile("/roof.jpg", [&] { pause.stop_now = true; });
  ImportOptions options;
  options.source = kFeed;
  Desk desk = room_.desk();
  ASSERT_TRUE(desk.watch_source(options, passphrase(), pause, [](const auto&, auto) {}).has_value());
  EXPECT_EQ(room_.network.asked(kRoof), 1U);
  EXPECT_EQ(value_of(room_.desk().status()).log_size, 1U);
}

TEST_F(ImportingPictures, AProgramThatFailsAtEveryPictureStopsTheRunAndAtOneDoesNot) {
  const auto failing_at = [this](std::string_view what) {
    room_.edges.reencode = [what](BytesView file) -> Result<std::vector<pictures::Picture>> {
      if (file.find(what) != BytesView::npos) return fail(pictures::kImageToolFailed, "the sandbox does not start");
      return tests::Newsroom::reencode(file);
    };
  };
  failing_at("");
  room_.network.pages[kFeed] = {200, "<rss><channel><title>t</title><item><title>Snow</title><description>&lt;img src='" + std::string(kRoof) +
                                         "'&gt; It melts.</description></item></channel></rss>", "", ""};
  ImportOptions options;
  options.source = kFeed;
  const auto stopped = room_.desk().import_source(options, passphrase());
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().text, "the sandbox does not start; or import with --no-pictures, and they stay links");
  EXPECT_EQ(value_of(room_.desk().status()).log_size, 0U);
  failing_at("roof");
  EXPECT_EQ(import().notes.size(), 1U);
}

TEST_F(ImportingPictures, ATypeWithoutADecoderStaysALink) {
  room_.edges.reencode = [](BytesView) { return fail(pictures::kImageDecoderMissing, "no decoder for HEIC is installed"); };
  const auto report = import();
  EXPECT_TRUE(body_of(report).attachments.empty());
  EXPECT_EQ(report.notes.size(), 1U);
}

}  // namespace
}  // namespace tamizdat::client
