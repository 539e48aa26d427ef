// Importing again and again, with a clock that the test moves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/client-lib/support/fake_pause.h"
#include "tests/unit/client-lib/support/newsroom.h"

namespace tamizdat::client {
namespace {

using std::chrono::minutes;
using testing::HasSubstr;
using testing::IsEmpty;
using tests::FakePause;
using tests::passphrase;

const std::string kFeed = "https://news.example/feed";

std::string feed_of(int items, const std::string& more = "") {
  std::string out = "<rss version=\"2.0\"><channel><title>News</title>" + more;
  for (int n = items; n > 0; --n)
    out += "<item><guid>https://news.example/" + std::to_string(n) + "</guid><title>Item</title><description>Text " +
           std::to_string(n) + "</description></item>";
  return out + "</channel></rss>";
}

class Watching : public testing::Test {
 protected:
  struct Round {
    sys_seconds at;
    Outcome<ImportReport> report;
    seconds wait;
  };
  tests::Newsroom room_;
  tests::FakeRelay& ge_ = room_.network.add_relay("GE", "GE");
  ProjectInfo project_ = room_.create();
  std::vector<Round> rounds_;

  void SetUp() override { ASSERT_TRUE(room_.desk().add_relay(ge_.line()).has_value()); }
  void serve(int items, const std::string& etag, std::map<std::string, std::string> headers = {}) {
    room_.network.pages[kFeed] = {200, feed_of(items), "application/rss+xml", etag, std::move(headers)};
  }
  Outcome<void> watch(FakePause& pause, const std::string& source = kFeed) {
    ImportOptions options;
    options.source = source;
    auto desk = room_.desk();
    return desk.watch_source(options, passphrase(), pause, [&](const Outcome<ImportReport>& report, sys_seconds next) {
      rounds_.push_back({room_.clock.time, report, next - room_.clock.time});
    });
  }
  Outcome<void> watch(std::size_t rounds, const std::string& source = kFeed) {
    FakePause pause(room_.clock, rounds);
    return watch(pause, source);
  }
};

TEST_F(Watching, ImportsWhatIsNewEachRoundAndAsksForNothingElse) {
  serve(1, "\"v1\"");
  FakePause pause(room_.clock, 3);
  pause.between_rounds = [&] {
    if (rounds_.size() == 2) serve(2, "\"v2\"");
  };
  ASSERT_TRUE(watch(pause));
  ASSERT_EQ(rounds_.size(), 3U);
  EXPECT_EQ(rounds_[0].report->articles, 1U);
  EXPECT_TRUE(rounds_[1].report->source_unchanged);
  EXPECT_EQ(rounds_[2].report->articles, 1U);
  EXPECT_EQ(room_.network.asked(kFeed), 3U);
  for (const auto& round : rounds_) {
    EXPECT_GE(round.wait, minutes(15));
    EXPECT_LE(round.wait, minutes(19));
  }
}

TEST_F(Watching, WaitsAsLongAsServerAndFeedWant) {
  serve(1, "\"v1\"", {{"cache-control", "max-age=7200"}});
  ASSERT_TRUE(watch(2));
  EXPECT_GE(rounds_[0].wait, minutes(120));
  EXPECT_GE(rounds_[1].wait, minutes(120));
  rounds_.clear();
  room_.network.pages[kFeed] = {200, feed_of(1, "<ttl>90</ttl>"), "", "\"v2\""};
  ASSERT_TRUE(watch(2));
  EXPECT_GE(rounds_[0].wait, minutes(90));
  EXPECT_TRUE(rounds_[1].report->source_unchanged);
  EXPECT_GE(rounds_[1].wait, minutes(90));  // a 304 has no ttl
}

TEST_F(Watching, BacksOffFromAServerInTroubleAndComesBack) {
  room_.network.pages[kFeed] = {503, "", "", "", {{"retry-after", "3600"}}};
  FakePause pause(room_.clock, 4);
  pause.between_rounds = [&] {
    if (rounds_.size() == 1) room_.network.pages.erase(kFeed);  // nothing answers
    if (rounds_.size() == 3) serve(1, "");
  };
  ASSERT_TRUE(watch(pause));
  ASSERT_EQ(rounds_.size(), 4U);
  EXPECT_EQ(rounds_[0].report->failed[0].problem.code, "source-unavailable");
  EXPECT_GE(rounds_[0].wait, minutes(60));
  EXPECT_LT(rounds_[1].wait, rounds_[2].wait);
  EXPECT_EQ(rounds_[3].report->articles, 1U);
  EXPECT_LE(rounds_[3].wait, minutes(19));
}

TEST_F(Watching, BeginsBeforeTheLineIsThere) {
  FakePause pause(room_.clock, 3);
  pause.between_rounds = [&] {
    if (rounds_.size() == 2) serve(1, "");
  };
  ASSERT_TRUE(watch(pause));
  ASSERT_EQ(rounds_.size(), 3U);
  EXPECT_EQ(rounds_[0].report.error().kind, ProblemKind::kUnreachable);
  EXPECT_LE(rounds_[0].wait, minutes(7));
  EXPECT_GE(rounds_[1].wait, minutes(10));
  EXPECT_EQ(rounds_[2].report->articles, 1U);
}

TEST_F(Watching, WithoutARelayNothingIsSignedAndTheFeedIsReadAgain) {
  serve(1, "\"v1\"");
  ge_.down = true;
  FakePause pause(room_.clock, 2);
  pause.between_rounds = [&] { ge_.down = false; };
  ASSERT_TRUE(watch(pause));
  ASSERT_EQ(rounds_.size(), 2U);
  EXPECT_FALSE(rounds_[0].report.has_value());
  EXPECT_LE(rounds_[0].wait, minutes(7));
  EXPECT_EQ(rounds_[1].report->articles, 1U);
}

TEST_F(Watching, SaysAtOnceWhatCannotBecomeRight) {
  room_.network.pages[kFeed] = {200, "<!doctype html><html></html>", "text/html", ""};
  EXPECT_EQ(watch(3).error().code, "feed-is-html");
  EXPECT_EQ(watch(3, "/nonexistent.xml").error().code, "file-missing");
  FakePause pause(room_.clock, 3);
  ImportOptions options;
  options.source = kFeed;
  EXPECT_EQ(room_.desk().watch_source(options, passphrase("wrong"), pause, {}).error().code, "passphrase-wrong");
  EXPECT_THAT(rounds_, IsEmpty());
}

TEST_F(Watching, LaterItGoesOnThroughRubbish) {
  serve(1, "");
  FakePause pause(room_.clock, 3);
  pause.between_rounds = [&] {
    if (rounds_.size() == 1) room_.network.pages[kFeed] = {200, "<html>repair</html>", "text/html", ""};
    if (rounds_.size() == 2) serve(2, "");
  };
  ASSERT_TRUE(watch(pause));
  EXPECT_EQ(rounds_[1].report->failed[0].problem.code, "feed-is-html");
  EXPECT_EQ(rounds_[2].report->articles, 1U);
}

TEST_F(Watching, EachFeedOfAListHasItsOwnTime) {
  const std::string slow = "https://slow.example/feed", list = "https://lists.example/l";
  serve(1, "");
  room_.network.pages[slow] = {200, feed_of(1, "<ttl>300</ttl>"), "", ""};
  const auto list_of = [&](const std::string& more) {
    return tests::FakePage{200, "<opml><body><outline xmlUrl='" + kFeed + "'/>" + more + "</body></opml>", "", ""};
  };
  room_.network.pages[list] = list_of("<outline xmlUrl='" + slow + "'/>");
  FakePause pause(room_.clock, 6);
  pause.between_rounds = [&] {
    if (rounds_.size() == 3) room_.network.pages[list] = list_of("<outline xmlUrl='https://new.example/'/>");
    if (rounds_.size() == 5) room_.network.pages.erase(list);
  };
  ASSERT_TRUE(watch(pause, list));
  EXPECT_EQ(rounds_[0].report->feeds, 2U);
  EXPECT_EQ(room_.network.asked(slow), 1U);
  EXPECT_GE(room_.network.asked(kFeed), 2U);
  EXPECT_GE(room_.network.asked("https://new.example/"), 1U);
  EXPECT_TRUE(rounds_.back().report.has_value());
}

TEST_F(Watching, StopsWithinARoundBetweenTwoFeeds) {
  const std::string second = "https://z.example/feed";
  serve(1, "");
  const std::string list =
      room_.write("l.opml", "<opml><body><outline xmlUrl='" + kFeed + "'/><outline xmlUrl='" + second + "'/></body></opml>");
  FakePause pause(room_.clock, 5);
  room_.network.meanwhile("/v1/bundles?wait=1", [&] { pause.stop_now = true; });
  ASSERT_TRUE(watch(pause, list));
  ASSERT_EQ(rounds_.size(), 1U);
  EXPECT_EQ(rounds_[0].report->articles, 1U);
  EXPECT_EQ(room_.network.asked(second), 0U);
}

TEST_F(Watching, WaitingForCopiesAfterARoundLeavesTheNextOneAsItWas) {
  serve(1, "");
  FakePause pause(room_.clock, 5);
  ImportOptions options;
  options.source = kFeed;
  auto desk = room_.desk();
  ASSERT_TRUE(desk.watch_source(options, passphrase(), pause, [&](const Outcome<ImportReport>&, sys_seconds next) {
    tests::value_of(desk.wait_for_copies(pause, next - room_.clock.time, [](const CopiesReport&) {}));
    serve(2, "");
    room_.network.meanwhile(kFeed, [&] { pause.stop_now = true; });
  }));
  EXPECT_EQ(room_.network.asked(kFeed), 2U);
  EXPECT_EQ(room_.network.requests.back().url, kFeed) << "nothing is sent after Ctrl-C";
}

}  // namespace
}  // namespace tamizdat::client
