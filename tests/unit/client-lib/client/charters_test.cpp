// What charters that are rolled back, skipped, forked or about to expire do to desks and readers.
#include <tamizdat/charter.h>
#include <tamizdat/freeze.h>
#include <tamizdat/reader.h>

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "proto/format/statement.h"
#include "tests/support/project_builder.h"
#include "tests/unit/client-lib/support/newsroom.h"

namespace tamizdat::client {
namespace {

namespace fs = std::filesystem;
using tests::passphrase;
using tests::value_of;

class ReadersOfCharters : public testing::Test {
 protected:
  ReadersOfCharters() {
    project_.log().append_articles(2);
    branch_.log().append_articles(2);
    first_ = project_.charter();
    old_bundle_ = project_.log().bundle_bytes(0, 2);
  }
  FetchReport fetch(std::vector<std::string> lines) {
    return value_of(client::fetch({std::move(lines), "", "", {}, {}, room_.out, "", {}}, room_.edges));
  }
  tests::Newsroom room_;
  tests::FakeRelay& near_ = room_.network.add_relay("GE", "GE");
  tests::FakeRelay& far_ = room_.network.add_relay("RS", "RS");
  tests::ProjectBuilder project_, branch_;  // the same project: what they do with it differs
  std::optional<format::VerifiedCharter> first_;
  Bytes old_bundle_;
};

TEST_F(ReadersOfCharters, ARelayWithAnOlderCharterIsToldAndNeverGoesBack) {
  far_.hold({*first_}, {old_bundle_});
  project_.update_charter([](format::Charter& charter) { charter.title = "Newer"; });
  near_.hold(project_.charters(), {project_.log().bundle_bytes(0, 2)});
  EXPECT_TRUE(fetch({near_.line()}).troubles.empty());
  const auto again = fetch({far_.line()});
  ASSERT_EQ(again.troubles.size(), 1U);
  EXPECT_EQ(again.troubles[0].problem.code, "charter-rolled-back");
  EXPECT_EQ(again.logs[0].project_title, "Newer");
  const auto proven = value_of(verify({room_.out, "", {}, "", {}}, [](const ProvenEntry&) {}, room_.edges));
  EXPECT_EQ(proven.projects[0].charter_version, 2U);
}

TEST_F(ReadersOfCharters, TwoChartersOfOneVersionAreAForkAndNothingOfTheOtherIsTaken) {
  project_.update_charter([](format::Charter& charter) { charter.title = "One"; });
  branch_.update_charter([](format::Charter& charter) { charter.title = "Other"; });
  near_.hold(project_.charters(), {project_.log().bundle_bytes(0, 2)});
  far_.hold(branch_.charters(), {branch_.log().bundle_bytes(0, 2)});
  const auto report = fetch({near_.line(), far_.line()});
  ASSERT_EQ(report.troubles.size(), 1U);
  EXPECT_EQ(report.troubles[0].problem.code, "charter-forked");
  EXPECT_EQ(report.troubles[0].problem.kind, ProblemKind::kNotVerified);
  EXPECT_NE(report.troubles[0].problem.text.find(to_hex(branch_.charter().hash().view())), std::string::npos);
  EXPECT_EQ(report.logs[0].project_title, "One");
}

TEST_F(ReadersOfCharters, VerifyTellsTwoChartersOfOneVersion) {
  project_.update_charter([](format::Charter& charter) { charter.title = "One"; });
  branch_.update_charter([](format::Charter& charter) { charter.title = "Other"; });
  near_.hold(project_.charters(), {project_.log().bundle_bytes(0, 2)});
  far_.hold(branch_.charters(), {branch_.log().bundle_bytes(0, 2)});
  const std::string both = room_.out;
  room_.out = both + "/one";
  fetch({near_.line()});
  room_.out = both + "/other";
  fetch({far_.line()});
  const auto verified = verify({both, "", {}, "", {}}, [](const ProvenEntry&) {}, room_.edges);
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, "charter-forked");
}

TEST_F(ReadersOfCharters, ASkippedCharterIsTold) {
  project_.update_charter();
  project_.update_charter();
  near_.hold({*first_, project_.charter()}, {});
  const auto report = fetch({near_.line()});
  ASSERT_EQ(report.troubles.size(), 1U);
  EXPECT_EQ(report.troubles[0].problem.code, "charter-skipped");
}

TEST_F(ReadersOfCharters, WhatAClosingEndedIsSetAside) {
  near_.hold({*first_}, {old_bundle_});
  fetch({near_.line()});
  project_.close_desk(0, 1);
  near_.forget_all();
  near_.hold(project_.charters(), {project_.log().bundle_bytes(0, 1, {.head_size = 1})});
  const auto report = fetch({near_.line()});
  EXPECT_TRUE(report.troubles.empty());
  EXPECT_EQ(report.logs[0].entries, 1U);
  EXPECT_TRUE(fs::exists(report.logs[0].archive + ".before-closing"));
  EXPECT_EQ(value_of(verify({room_.out, "", {}, "", {}}, [](const ProvenEntry&) {}, room_.edges)).entries, 1U);
}

class DesksAndCharters : public testing::Test {
 protected:
  DesksAndCharters() {
    info_ = room_.create();
    for (auto* const relay : {&near_, &far_}) value_of(room_.desk().add_relay(relay->line()));
    value_of(publish("First"));
  }
  Outcome<PublishReport> publish(const std::string& title) { return room_.desk().publish({room_.article(title), {}}, passphrase()); }
  std::string root_key(int number) const { return info_.root_key_files.at(static_cast<std::size_t>(number - 1)); }
  // A signed request for another title, made of the charter in the home.
  std::string signed_request(const std::string& title) {
    const std::string file = (room_.folder.path() / ("request " + title)).string();
    CharterEdit edit;
    edit.title = title;
    value_of(request_update({room_.home, "", {}, "", {}, true}, edit, file, room_.edges));
    for (const int number : {1, 2}) value_of(sign_request(file, root_key(number), passphrase("root"), {.another = true}));
    return file;
  }
  tests::Newsroom room_;
  tests::FakeRelay& near_ = room_.network.add_relay("GE", "GE");
  tests::FakeRelay& far_ = room_.network.add_relay("RS", "RS");
  ProjectInfo info_;
};

TEST_F(DesksAndCharters, AForkedCharterStopsSigning) {
  const auto one = signed_request("One"), other = signed_request("Other");
  far_.down = true;
  value_of(submit_request({room_.home, "", {}, "", {}}, {one}, room_.edges));
  far_.down = false;
  near_.down = true;
  // Somebody without this home, who did not ask the relay that has the first.
  value_of(submit_request({(room_.folder.path() / "nowhere").string(), info_.id, {far_.line()}, "", {}}, {other}, room_.edges));
  near_.down = false;
  const auto before = value_of(room_.desk().status({{near_.line()}})).log_size;
  far_.down = false;
  const auto published = publish("Second");
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().code, "charter-forked");
  EXPECT_EQ(published.error().kind, ProblemKind::kNotVerified);
  EXPECT_EQ(before, 1U);
  CharterEdit edit;
  edit.title = "Third";
  const auto asked = request_update({room_.home, "", {}, "", {}}, edit, (room_.folder.path() / "third").string(), room_.edges);
  EXPECT_EQ(asked.error().code, "charter-forked");
}

TEST_F(DesksAndCharters, AFreezeIsSignedByOneRootKeyOverTheCharterInForce) {
  near_.statements = far_.statements = std::vector<Bytes>{};
  const auto report = value_of(freeze_project({room_.home, "", {}, "", {}}, root_key(3), passphrase("root"), room_.edges));
  EXPECT_EQ(report.version, 1U);
  ASSERT_EQ(far_.statements->size(), 1U);
  const auto chain = std::vector{*near_.charter_in_force()};
  const auto statement = format::verify_statement({chain}, far_.statements->front());
  ASSERT_TRUE(statement) << statement.error().text;
  EXPECT_EQ(statement->as<format::Freeze>()->charter, chain[0].hash());
  // What both have taken waits for nobody.
  for (const auto& relay : value_of(room_.desk().send()).relays) EXPECT_EQ(relay.statements_waiting, 0U);
  EXPECT_EQ(far_.statements->size(), 1U);
  const auto wrong = freeze_project({room_.home, "", {}, "", {}}, root_key(3), passphrase("guess"), room_.edges);
  EXPECT_EQ(wrong.error().code, "passphrase-wrong");
}

TEST_F(DesksAndCharters, AFreezeWaitsForARelayThatIsAwayAndTheHomeKnowsOfIt) {
  near_.statements = far_.statements = std::vector<Bytes>{};
  EXPECT_FALSE(value_of(room_.desk().project()).frozen);
  near_.down = far_.down = true;
  EXPECT_FALSE(freeze_project({room_.home, "", {}, "", {}}, root_key(3), passphrase("root"), room_.edges));  // is it the newest charter?
  near_.down = false;
  const auto report = value_of(freeze_project({room_.home, "", {}, "", {}}, root_key(3), passphrase("root"), room_.edges));
  EXPECT_TRUE(report.kept_in_home);
  EXPECT_FALSE(report.relays[0].problem);
  EXPECT_TRUE(report.relays[1].problem);
  const auto frozen = value_of(room_.desk().project()).frozen;
  ASSERT_TRUE(frozen);
  EXPECT_EQ(frozen->root_key, info_.root_keys[2]);
  EXPECT_EQ(frozen->since, room_.clock.now());
  far_.down = false;
  EXPECT_EQ(value_of(room_.desk().status()).relays[1].statements_waiting, 1U);
  const auto sent = value_of(room_.desk().send());
  EXPECT_EQ(sent.relays[1].state, RelayState::kHoldsAll) << sent.relays[1].text;
  EXPECT_EQ(*far_.statements, *near_.statements);
  EXPECT_EQ(near_.statements->size(), 1U);
  // The next charter thaws, and then there is nothing left to send.
  value_of(submit_request({room_.home, "", {}, "", {}}, {signed_request("Thawed")}, room_.edges));
  EXPECT_FALSE(value_of(room_.desk().project()).frozen);
  auto& third = room_.network.add_relay("DE", "DE");
  third.statements = std::vector<Bytes>{};
  value_of(room_.desk().add_relay(third.line()));
  EXPECT_EQ(value_of(room_.desk().send()).relays[2].state, RelayState::kHoldsAll);
  EXPECT_TRUE(third.statements->empty());
}

TEST_F(DesksAndCharters, AFreezeThatSomebodyElseSignedIsHeardShownAndPassedOn) {
  near_.statements = far_.statements = std::vector<Bytes>{};
  const auto nowhere = (room_.folder.path() / "nowhere").string();
  value_of(freeze_project({nowhere, info_.id, {near_.line()}, "", {}}, root_key(2), passphrase("root"), room_.edges));
  near_.said = *near_.statements;
  const auto status = value_of(room_.desk().status());
  ASSERT_TRUE(status.project.frozen);
  EXPECT_EQ(status.project.frozen->root_key, info_.root_keys[1]);
  EXPECT_TRUE(value_of(room_.desk().project()).frozen);
  value_of(room_.desk().send());
  EXPECT_EQ(*far_.statements, near_.said);
  // And by readers, who find it in the folder later.
  const auto fetched = value_of(client::fetch({{near_.line()}, "", "", {}, {}, room_.out, "", {}}, room_.edges));
  ASSERT_TRUE(fetched.logs[0].frozen);
  EXPECT_EQ(fetched.logs[0].frozen->root_key, info_.root_keys[1]);
  const auto proven = value_of(verify({room_.out, "", {}, "", {}}, [](const ProvenEntry&) {}, room_.edges));
  ASSERT_TRUE(proven.projects[0].frozen);
  EXPECT_EQ(proven.projects[0].frozen->since, room_.clock.now());
}

TEST_F(DesksAndCharters, StatusTakesUpACharterThatOthersPutInForce) {
  const auto request = signed_request("Newer");
  value_of(submit_request({(room_.folder.path() / "nowhere").string(), info_.id, {near_.line()}, "", {}}, {request}, room_.edges));
  EXPECT_EQ(value_of(room_.desk().project()).charter_version, 1U);
  EXPECT_EQ(value_of(room_.desk().status()).project.title, "Newer");
  EXPECT_EQ(value_of(room_.desk().project()).charter_version, 2U);
}

TEST_F(DesksAndCharters, ACosignatureWaitsForARelayThatIsAway) {
  near_.statements = far_.statements = std::vector<Bytes>{};
  const auto entry = value_of(publish("Source")).entries[0].id;
  far_.down = true;
  const auto root = passphrase("root");
  const auto report = value_of(room_.desk().retract({entry, RetractionReason::kSourceAtRisk}, passphrase(), {}, Cosigner{root_key(1), &root}));
  ASSERT_EQ(near_.statements->size(), 1U);
  EXPECT_EQ(report.relays[0].statements_waiting, 0U);
  EXPECT_EQ(report.relays[1].statements_waiting, 1U);
  const auto chain = std::vector{*near_.charter_in_force()};
  const auto statement = format::verify_statement({chain}, near_.statements->front());
  ASSERT_TRUE(statement) << statement.error().text;
  EXPECT_EQ(statement->as<format::RetractionCosignature>()->retraction.text(), report.entries[0].id);
  far_.down = false;
  value_of(room_.desk().send());
  EXPECT_EQ(*far_.statements, *near_.statements);
}

// The first relay answers only once the second one has the freeze.
class UntilFrozen final : public net::Http {
 public:
  struct Frozen {
    std::mutex lock;
    std::condition_variable changed;
    bool is_so = false;
  };
  UntilFrozen(std::unique_ptr<net::Http> line, std::string slow, Frozen& frozen)
      : line_(std::move(line)), slow_(std::move(slow)), frozen_(frozen) {}
  Result<net::HttpAnswer> send(const net::HttpRequest& request) override {
    if (request.url.find(slow_) != std::string::npos) {
      std::unique_lock waiting(frozen_.lock);
      if (!frozen_.changed.wait_for(waiting, std::chrono::seconds(20), [this] { return frozen_.is_so; }))
        return fail(net::kUnreachable, "the other relay was kept waiting");
    }
    auto answer = line_->send(request);
    if (request.method == "PUT" && request.url.ends_with("/v1/statements")) {
      const std::lock_guard changing(frozen_.lock);
      frozen_.is_so = true;
      frozen_.changed.notify_all();
    }
    return answer;
  }

 private:
  std::unique_ptr<net::Http> line_;
  std::string slow_;
  Frozen& frozen_;
};

TEST_F(DesksAndCharters, AFreezeDoesNotWaitForARelayThatIsSlow) {
  near_.statements = far_.statements = std::vector<Bytes>{};
  UntilFrozen::Frozen frozen;
  Edges edges = room_.edges;
  edges.make_http = [&](const std::string&) {
    return std::make_unique<UntilFrozen>(room_.network.http(), ":" + std::to_string(near_.address().port) + "/", frozen);
  };
  const auto report = value_of(freeze_project({room_.home, "", {}, "", {}}, root_key(3), passphrase("root"), edges));
  EXPECT_FALSE(report.relays[0].problem || report.relays[1].problem);
  EXPECT_EQ(near_.statements->size(), 1U);
  EXPECT_EQ(far_.statements->size(), 1U);
}

TEST_F(DesksAndCharters, AFreezeIsOfTheNewestCharterOnEveryRelay) {
  near_.statements = far_.statements = std::vector<Bytes>{};
  near_.down = true;
  value_of(submit_request({(room_.folder.path() / "nowhere").string(), info_.id, {far_.line()}, "", {}}, {signed_request("Newer")}, room_.edges));
  near_.down = false;
  const auto report = value_of(freeze_project({room_.home, "", {}, "", {}}, root_key(3), passphrase("root"), room_.edges));
  EXPECT_EQ(report.version, 2U);
  EXPECT_EQ(near_.charter_in_force()->version(), 2U);
  const auto newest = *near_.charter_in_force();
  for (const auto* const relay : {&near_, &far_}) {
    const auto statement = format::verify_statement({std::vector{newest}}, relay->statements->back());
    ASSERT_TRUE(statement) << statement.error().text;
    EXPECT_EQ(statement->as<format::Freeze>()->charter, newest.hash());
  }
}

}  // namespace
}  // namespace tamizdat::client
