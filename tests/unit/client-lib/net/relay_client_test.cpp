#include "client-lib/net/relay_client.h"

#include <gtest/gtest.h>

#include "proto/format/archive.h"
#include "tests/support/project_builder.h"

namespace tamizdat::net {
namespace {

// Gives one answer to everything and keeps the request.
class OneAnswer final : public Http {
 public:
  Result<HttpAnswer> send(const HttpRequest& request) override {
    last = request;
    return answer;
  }
  HttpAnswer answer;
  HttpRequest last;
};

class RelayClientTest : public testing::Test {
 protected:
  RelayClientTest() {
    address_.relay = RelayId(tests::octets_from("relay", 1));
    address_.host = "2001:db8::1";
    address_.port = 8443;
    address_.key_pin = tests::octets_from("pin", 1);
    address_.link_path = "/x";
  }
  // As signed by the relay of the address.
  Bytes descriptor_of(std::string_view name) {
    const auto identity = tests::key_from(name, 1);
    return format::sign_relay_descriptor({RelayId(identity.public_key()), tests::key_from("witness", 1).public_key(),
                                          tests::key_from("mirror", 1).public_key(), "GE", "GE", {}, tests::kTestTime},
                                         identity);
  }
  RelayClient relay() { return RelayClient(http_, address_); }
  void will_answer(int status, std::string body) {
    http_.answer.status = status;
    http_.answer.body = std::move(body);
  }

  sync::RelayAddress address_;
  OneAnswer http_;
  LogId log_ = LogId(tests::octets_from("log", 1));
};

TEST_F(RelayClientTest, TakesTheDescriptorOfTheRelayOfItsAddressOnly) {
  address_.relay = RelayId(tests::key_from("identity", 1).public_key());
  will_answer(200, descriptor_of("identity"));
  const auto descriptor = relay().descriptor();
  ASSERT_TRUE(descriptor);
  EXPECT_EQ(descriptor->witness_key, tests::key_from("witness", 1).public_key());
  EXPECT_EQ(http_.last.url, "https://[2001:db8::1]:8443/v1/relay/descriptor");
  will_answer(200, descriptor_of("another"));
  EXPECT_EQ(relay().descriptor().error().code, kRelayAnswerInvalid);
  will_answer(200, "{}");
  EXPECT_EQ(relay().descriptor().error().code, kRelayAnswerInvalid);
  will_answer(404, "{}");
  EXPECT_EQ(relay().descriptor().error().code, kRelayRefused);
}

TEST_F(RelayClientTest, AsksThePinnedServerByHttps) {
  will_answer(404, "");
  static_cast<void>(relay().head(log_));
  EXPECT_EQ(http_.last.url, "https://[2001:db8::1]:8443/v1/logs/" + log_.text() + "/head");
  EXPECT_EQ(http_.last.key_pin, address_.key_pin);
  EXPECT_EQ(http_.last.redirects, Redirects::kRefuse);
}

TEST_F(RelayClientTest, AnUnknownLogIsNothing) {
  will_answer(404, "{\"error\":\"unknown-log\",\"text\":\"x\"}");
  const auto head = relay().head(log_);
  ASSERT_TRUE(head.has_value());
  EXPECT_FALSE(head->has_value());
}

TEST_F(RelayClientTest, AHeadWithoutItsHeaderIsNoAnswerOfARelay) {
  will_answer(200, "checkpoint");
  EXPECT_EQ(relay().head(log_).error().code, kRelayAnswerInvalid);
  http_.answer.headers["tamizdat-held"] = "7 ";
  EXPECT_EQ(relay().head(log_).error().code, kRelayAnswerInvalid);
  http_.answer.headers["tamizdat-held"] = "7";
  EXPECT_EQ((*relay().head(log_))->held, 7U);
}

TEST_F(RelayClientTest, ABundleThatIsNotThereIsNothing) {
  will_answer(204, "");
  EXPECT_FALSE((*relay().bundle(log_, 3)).has_value());
  EXPECT_TRUE(http_.last.url.ends_with("/bundles?from=3"));
}

TEST_F(RelayClientTest, TellsWhatBecameOfABundle) {
  will_answer(200, "{\"log\":\"x\",\"held\":9}");
  EXPECT_EQ(relay().put_bundle("b")->held, 9U);
  EXPECT_EQ(http_.last.method, "PUT");
  EXPECT_EQ(http_.last.body, "b");
  EXPECT_EQ(http_.last.headers, std::vector<std::string>{"Content-Type: application/vnd.tamizdat.bundle"});
  will_answer(409, "{\"error\":\"gap\",\"text\":\"x\",\"held\":4}");
  EXPECT_EQ(relay().put_bundle("b")->outcome, PutAnswer::Outcome::kGap);
  EXPECT_EQ(relay().put_bundle("b")->held, 4U);
  will_answer(404, "{\"error\":\"unknown-project\",\"text\":\"x\"}");
  EXPECT_EQ(relay().put_bundle("b")->outcome, PutAnswer::Outcome::kCharterNeeded);
}

TEST_F(RelayClientTest, HandsOnTheWordsOfARefusal) {
  will_answer(403, "{\"error\":\"project-not-listed\",\"text\":\"ask the operator\"}");
  EXPECT_EQ(relay().put_bundle("b").error().code, kRelayRefused);
  EXPECT_EQ(relay().put_bundle("b").error().text, "the relay refuses: ask the operator");
  will_answer(503, "{\"error\":\"store-failed\",\"text\":\"disk full\"}");
  EXPECT_EQ(relay().put_bundle("b").error().code, kRelayBusy);
  will_answer(502, "<html>bad gateway");
  EXPECT_EQ(relay().put_bundle("b").error().text, "the relay cannot take it now: HTTP status 502");
}

TEST_F(RelayClientTest, RefusesRubbishInsteadOfJson) {
  for (const char* body : {"", "[]", "{}", "{\"held\":-1}", "{\"held\":1.5}", "{\"held\":\"9\"}", "{\"held\":99999999999999999999}", "nonsense"}) {
    will_answer(200, body);
    EXPECT_EQ(relay().put_bundle("b").error().code, kRelayAnswerInvalid) << body;
  }
  for (const char* body : {"{}", "{\"projects\":1}", "{\"projects\":[1]}", "{\"projects\":[{\"project\":\"x\"}]}"}) {
    will_answer(200, body);
    EXPECT_EQ(relay().projects().error().code, kRelayAnswerInvalid) << body;
  }
}

TEST_F(RelayClientTest, NoticesAnotherRelayAtTheAddress) {
  will_answer(200, "{\"relay\":\"" + RelayId(tests::octets_from("relay", 2)).text() + "\",\"label\":\"GE\"}");
  EXPECT_EQ(relay().self().error().code, kRelayAnswerInvalid);
  will_answer(200, "{\"relay\":\"" + address_.relay.text() + "\",\"label\":\"GE\",\"country\":\"GE\",\"version\":\"1\"}");
  EXPECT_EQ(relay().self()->label, "GE");
}

TEST_F(RelayClientTest, AProjectWithAllItsDesksHasRoom) {
  will_answer(200, "{}");
  static_cast<void>(relay().project(tests::ProjectBuilder().id()));
  EXPECT_GE(http_.last.answer_bytes_max, (64U + 240U) * 3072U);
}

TEST_F(RelayClientTest, ReadsProjectsWithTheirLogs) {
  const tests::ProjectBuilder project;
  will_answer(200, "{\"projects\":[{\"project\":\"" + project.id().text() + "\",\"title\":\"T\",\"charter_version\":3,\"logs\":[{\"log\":\"" +
                       log_.text() + "\",\"size\":12}]}]}");
  const auto projects = relay().projects();
  ASSERT_TRUE(projects.has_value()) << projects.error().text;
  ASSERT_EQ(projects->size(), 1U);
  EXPECT_EQ(projects->front().logs.front().size, 12U);
}

TEST_F(RelayClientTest, SaysWhatOfAnAttachmentIsMissing) {
  const BlobId blob{Hash32(), 100'000};  // seven blocks
  will_answer(200, R"({"state":"part","missing":[[1,2],[6,1]]})");
  const auto part = relay().attachment(blob);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->state, HeldAttachment::State::kPart);
  ASSERT_EQ(part->missing.size(), 2U);
  EXPECT_EQ(part->missing[0].count, 2U);
  EXPECT_EQ(part->missing[1].first, 6U);
  EXPECT_EQ(http_.last.url, "https://[2001:db8::1]:8443/v1/attachments/" + blob.text());
  will_answer(200, R"({"state":"whole","missing":[]})");
  EXPECT_EQ(relay().put_blocks(blob, 6, "x")->state, HeldAttachment::State::kWhole);
  EXPECT_TRUE(http_.last.url.ends_with("/blocks?from=6"));
  will_answer(404, R"({"error":"blob-unknown","text":"no entry names it"})");
  EXPECT_EQ(relay().attachment(blob)->state, HeldAttachment::State::kUnnamed);
}

TEST_F(RelayClientTest, TrustsNoAnswerAboutAnAttachment) {
  const BlobId blob{Hash32(), 100'000};
  for (const char* const body : {R"({"state":"part","missing":[]})", R"({"state":"part"})", R"({"state":"half","missing":[[0,1]]})",
                                 R"({"state":"part","missing":[[7,1]]})", R"({"state":"part","missing":[[6,2]]})",
                                 R"({"state":"part","missing":[[0,0]]})", R"({"state":"part","missing":[[0]]})",
                                 R"({"state":"part","missing":[[0,18446744073709551615]]})", "[]", ""}) {
    will_answer(200, body);
    EXPECT_EQ(relay().attachment(blob).error().code, kRelayAnswerInvalid) << body;
  }
  will_answer(404, R"({"error":"not-found","text":"there is nothing at this path"})");  // an older relay
  EXPECT_EQ(relay().attachment(blob).error().code, kRelayRefused);
}

TEST_F(RelayClientTest, AsksForAllSlotsAndAllChartersAndNamesNothing) {
  const std::string id(64, 'a');
  will_answer(200, R"({"days":[{"ends":"2026-03-10T00:00:00Z","slots":[")" + id + R"("]},{"ends":"2026-03-11T00:00:00Z","slots":[]}]})");
  const auto slots = relay().slots();
  ASSERT_TRUE(slots);
  ASSERT_EQ(slots->size(), 1u);
  EXPECT_EQ(to_rfc3339((*slots)[0].ends), "2026-03-10T00:00:00Z");
  EXPECT_EQ(http_.last.url, "https://[2001:db8::1]:8443/v1/sealed");
  EXPECT_TRUE(http_.last.headers.empty());
  for (const char* wrong : {"{}", R"({"days":[1]})", R"({"days":[{"ends":"x","slots":[]}]})",
                            R"({"days":[{"ends":"2026-03-10T00:00:00Z","slots":["aa"]}]})"}) {
    will_answer(200, wrong);
    EXPECT_EQ(relay().slots().error().code, kRelayAnswerInvalid);
  }
  will_answer(200, "");
  EXPECT_TRUE(relay().all_charters()->empty());
  EXPECT_EQ(http_.last.url, "https://[2001:db8::1]:8443/v1/charters");
  EXPECT_TRUE(http_.last.headers.empty());
}

TEST_F(RelayClientTest, ASmallAnswerHasAMinute) {
  will_answer(404, "{}");
  static_cast<void>(relay().head(log_).has_value());
  EXPECT_EQ(http_.last.time_max, std::chrono::seconds(60));
  static_cast<void>(relay().bundle(log_, 0).has_value());
  EXPECT_EQ(http_.last.time_max, std::chrono::minutes(15));
}

}  // namespace
}  // namespace tamizdat::net
