// `tamizdat import --watch` where the charter lists relays: what it waits for after a round, and how long.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <sstream>

#include "client-lib/cli/run.h"
#include "client-lib/desk/desk_store.h"
#include "tests/unit/client-lib/support/charter_room.h"
#include "tests/unit/client-lib/support/fake_pause.h"

namespace tamizdat::cli {
namespace {

using std::chrono::minutes;

// Two copies in two countries are wanted; GE and RS have signed for all that a test publishes once it says so.
class WatchedCopies : public tests::CharterRoom {
 protected:
  WatchedCopies() {
    client::CharterEdit edit;
    for (const auto* const relay : relays_) {
      const auto listed = relay->in_policy();
      edit.add_relays.push_back({listed.relay.text(), listed.country, to_hex(listed.witness_key.view()), to_hex(listed.mirror_key.view())});
    }
    edit.copies = edit.countries = 2;
    update("listing", edit);
    serve(1);
  }

  void serve(int items) {
    std::string feed = "<rss><channel><title>t</title>";
    for (int i = 0; i < items; ++i)
      feed += "<item><guid>https://news.example/" + std::to_string(i) + "</guid><title>Snow</title><description>It melts.</description></item>";
    room_.network.pages[kFeed] = {200, feed + "</channel></rss>", "", ""};
  }
  void sign(const std::vector<tests::FakeRelay*>& relays) {
    auto store = *desk::DeskStore::open(room_.home);
    const auto project = *store.project();
    const auto head = *store.log().head();
    for (const auto* const relay : relays)
      near_.said.push_back(format::make_receipt(project.charter.project(),
                                                {project.log, head.size, *store.log().root_at(head.size), room_.clock.now(), 0, head.size, {}},
                                                relay->key("mirror")));
  }
  // Until it has waited so often, for copies or for the next round.
  void watch(std::size_t waits, std::vector<std::string> more = {}) {
    std::ostringstream out, err;
    ConsoleParts parts{out, err};
    parts.make_pause = [&] {
      auto pause = std::make_unique<tests::FakePause>(room_.clock, waits);
      pause->between_rounds = [&, this] {
        waited_at_.push_back(room_.clock.now());
        if (at_wait_) at_wait_(waited_at_.size());
      };
      return pause;
    };
    Console console(parts);
    std::vector<std::string> words{"import", kFeed, "--watch", "--home", room_.home, "--passphrase-file", room_.write("pass", "correct horse\n")};
    words.insert(words.end(), more.begin(), more.end());
    EXPECT_EQ(cli::run(words, console, room_.edges), 0) << err.str();
    out_ = out.str();
    err_ = err.str();
  }
  std::size_t count(const std::string& text, const std::string& word) const {
    std::size_t out = 0;
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++out;
    return out;
  }

  static constexpr const char* kFeed = "https://news.example/feed";
  std::function<void(std::size_t)> at_wait_;
  std::vector<Timestamp> waited_at_;
  std::string out_, err_;
};

TEST_F(WatchedCopies, ARoundThatPublishedSomethingWaitsForThemAndSaysWhereItLies) {
  at_wait_ = [&](std::size_t waits) {
    if (waits == 1) sign({&near_});
    if (waits == 2) sign({&far_});
  };
  watch(4);
  EXPECT_EQ(count(err_, "Waiting until 2 relays in 2 countries have signed for it."), 1U) << err_;
  EXPECT_NE(err_.find("  GE  " + near_.address().relay.text() + "  receipt of "), std::string::npos) << err_;
  EXPECT_EQ(count(out_, "Z  On 2 relays in 2 countries; the project wants 2 in 2.\n"), 1U) << out_;
  EXPECT_EQ(count(out_, "Imported "), 2U) << out_;  // the round after it had nothing to wait for
  EXPECT_EQ(waited_at_.at(1) - waited_at_.at(0), seconds(2));
}

TEST_F(WatchedCopies, TheNextRoundComesAtItsTimeThoughCopiesLack) {
  const Timestamp began = room_.clock.now();
  watch(100);
  const auto next = *parse_rfc3339(out_.substr(out_.find("Next round at ") + 14, 20));
  EXPECT_LE(next, began + minutes(19));
  EXPECT_EQ(std::ranges::count(waited_at_, next), 1) << "the first round has to end then";
  EXPECT_NE(out_.find("Z  On 0 relays in 0 countries; the project wants 2 in 2. The next round goes on with it.\n"), std::string::npos) << out_;
  EXPECT_EQ(count(err_, "Waiting until "), 1U) << err_;
  // Each round tells it.
  EXPECT_GT(count(out_, "The next round goes on with it."), 2U) << out_;
}

TEST_F(WatchedCopies, ARoundThatComesSoonIsWaitedForNoLonger) {
  room_.clock.time += minutes(1);
  const auto until = room_.clock.now() + seconds(90);
  tests::value_of(room_.desk().publish({.path = room_.article("Budget"), .fields = {}, .embargo = client::EmbargoTerms{until}}, tests::passphrase()));
  watch(100);
  EXPECT_EQ(out_.find("Next round at " + to_rfc3339(until)), out_.find("Next round at ")) << out_;
  EXPECT_EQ(std::ranges::count(waited_at_, until), 2) << "the wait for copies, and the one for the round";
}

TEST_F(WatchedCopies, WhatIsShortIsToldByALaterRoundAndSoIsItsEnd) {
  at_wait_ = [&](std::size_t) {
    if (room_.network.asked(kFeed) == 2 && near_.said.empty()) sign({&near_, &far_});
  };
  watch(60);
  const auto lacking = out_.rfind("The next round goes on with it.");
  const auto enough = out_.find("On 2 relays in 2 countries; the project wants 2 in 2.\n");
  ASSERT_NE(enough, std::string::npos) << out_;
  EXPECT_LT(lacking, enough) << out_;
  EXPECT_EQ(count(out_, "On 2 relays"), 1U) << out_;
}

TEST_F(WatchedCopies, CtrlCEndsTheWaitAndTheWatch) {
  watch(1);
  EXPECT_EQ(count(out_, "Imported 1 article"), 1U) << out_;
  EXPECT_EQ(count(out_, "The next round goes on with it."), 1U) << out_;
  EXPECT_NE(err_.find("Stopped, as you wanted."), std::string::npos) << err_;
  EXPECT_EQ(room_.network.asked(kFeed), 1U);
}

TEST_F(WatchedCopies, WithoutWaitingNothingIsSaidOfThem) {
  watch(2, {"--no-wait"});
  EXPECT_EQ(err_.find("Waiting"), std::string::npos) << err_;
  EXPECT_EQ(out_.find("the project wants"), std::string::npos) << out_;
  EXPECT_EQ(room_.network.asked(kFeed), 2U);
}

TEST_F(WatchedCopies, AsJsonARoundIsOneLineWithTheCopiesThatCame) {
  at_wait_ = [&](std::size_t waits) {
    if (waits == 1) sign({&near_, &far_});
  };
  watch(2, {"--json"});
  EXPECT_EQ(std::ranges::count(out_, '\n'), 1) << out_;
  const auto round = boost::json::parse(out_).as_object();
  EXPECT_EQ(round.at("published").at("copies").at("copies").to_number<int>(), 2) << out_;
}

}  // namespace
}  // namespace tamizdat::cli
