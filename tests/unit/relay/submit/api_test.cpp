#include "relay/submit/api.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "proto/format/archive.h"
#include "proto/format/freeze.h"
#include "proto/format/limits.h"
#include "proto/format/retraction.h"
#include "relay/http/request_parser.h"
#include "relay/store/memory_store.h"
#include "relay/statements/standing.h"
#include "relay/submit/answers.h"
#include "tests/support/counting_random.h"
#include "tests/support/held_statements.h"
#include "tests/support/loop_workers.h"
#include "tests/support/memory_stream.h"
#include "tests/support/project_builder.h"
#include "tests/support/recorded_log.h"
#include "tests/support/recorded_metrics.h"
#include "tests/support/store_fault_disk.h"
#include "tests/support/test_loop.h"

namespace tamizdat::submit {
namespace {

using tests::LoopWorkers;
using tests::ProjectBuilder;

class ApiTest : public testing::Test {
 protected:
  ApiTest() {
    project.log().append_articles(5);
    rules.admission = policy::Admission::kOpen;
  }

  static format::SigningKey mirror_key() { return tests::key_from("relay", 3); }
  static std::unique_ptr<store::BlobFiles> open_files(tests::FaultDisk& disk) {
    TMZ_CHECK(disk.make_folder("relay").has_value());
    return tests::must(store::BlobFiles::open(disk, "relay/attachments"));
  }

  http::Response ask(http::Method method, std::string path, Bytes body = {},
                     std::vector<std::pair<std::string, std::string>> query = {}) {
    http::Request request;
    request.method = method;
    request.path = std::move(path);
    request.query = std::move(query);
    request.body = std::move(body);
    return loop.run(api.handle(request));
  }
  http::Response get(std::string path, std::vector<std::pair<std::string, std::string>> query = {}) {
    return ask(http::Method::kGet, std::move(path), {}, std::move(query));
  }
  http::Response put(std::string path, Bytes body) { return ask(http::Method::kPut, std::move(path), std::move(body)); }
  static std::string body_of(const http::Response& response) {
    return response.content ? response.content->bytes() : std::string();
  }
  void expect_refusal(const http::Response& response, int status, ErrorCode code) {
    EXPECT_EQ(response.status, status) << body_of(response);
    EXPECT_NE(body_of(response).find("\"error\":\"" + std::string(code.name()) + "\""), std::string::npos)
        << body_of(response);
  }
  double refused(ErrorCode code) const {
    return metrics.value("tamizdat_submit_refused_total{reason=\"" + std::string(code.name()) + "\"}");
  }

  Bytes charter_archive_of(const ProjectBuilder& builder) {
    Bytes archive;
    for (const auto& charter : builder.charters())
      format::append_record(archive, format::RecordKind::kSignedCharter, charter.signed_bytes());
    return archive;
  }
  void submit_project() {
    EXPECT_EQ(put("/v1/charters", charter_archive_of(project)).status, 200);
    EXPECT_EQ(put("/v1/bundles", project.log().bundle_bytes(0, 5)).status, 200);
  }

  tests::TestLoop loop;
  LoopWorkers workers{loop.executor()};
  tests::CountingRandom random;
  tests::MemoryNetwork network;
  tests::RecordedLog log;
  tests::RecordedMetrics metrics;
  env::Environment env{loop.executor(), loop.clock(), random, network, workers, log, metrics};
  store::MemoryStore store;
  store::Writer writer{store, workers, loop.executor()};
  store::Intake intake{store, writer, workers, loop.clock()};
  policy::AdmissionRules rules;
  tests::FaultDisk disk;
  std::unique_ptr<store::BlobFiles> files = open_files(disk);
  store::Blobs blobs{store, *files, workers};
  tests::HeldStatements statements{env, store};
  forks::CharterForks charter_forks{env, store, intake, statements.statements};
  Api api{env, store, intake, charter_forks, blobs, statements.statements, rules,
          {RelayId(tests::octets_from("relay", 1)), mirror_key().public_key(), "GE", "GE", "1.0", "signed"}};
  ProjectBuilder project{{.seed = 1, .desks = 2}};
};

TEST_F(ApiTest, TakesACharterAndThenEntriesAndGivesTheSameBytesBack) {
  submit_project();
  EXPECT_EQ(body_of(get("/v1/projects/" + project.id().text() + "/charters")), charter_archive_of(project));
  const std::string log_path = "/v1/logs/" + project.log().id().text();
  const auto head = get(log_path + "/head");
  EXPECT_EQ(body_of(head), project.log().head_bytes(5));
  EXPECT_EQ(head.headers.find("Tamizdat-Held"), "5");
  EXPECT_EQ(body_of(get(log_path + "/bundles", {{"from", "0"}})), project.log().bundle_bytes(0, 5));
  EXPECT_EQ(body_of(get(log_path + "/bundles", {{"from", "2"}, {"max", "2"}})), project.log().bundle_bytes(2, 4));
  EXPECT_EQ(get(log_path + "/bundles", {{"from", "5"}}).status, 204);
  EXPECT_EQ(metrics.value("tamizdat_submit_entries_total"), 5);
}

class ReceiptTest : public ApiTest {
 protected:
  ReceiptTest() {
    loop.clock().set_now(tests::kTestTime + seconds(60));
    project.update_charter([](format::Charter& charter) {
      for (const std::string name : {"relay", "another relay"})
        charter.witness.relays.push_back({RelayId(tests::key_from(name, 1).public_key()), "GE", tests::key_from(name, 2).public_key(),
                                          tests::key_from(name, 3).public_key()});
    });
    EXPECT_EQ(put("/v1/charters", charter_archive_of(project)).status, 200);
  }

  env::awaitable<void> hand_in(std::uint64_t from, std::uint64_t to, std::string wait) {
    http::Request request;
    request.method = http::Method::kPut;
    request.path = "/v1/bundles";
    request.query = {{"wait", std::move(wait)}};
    request.body = project.log().bundle_bytes(from, to);
    answer = co_await api.handle(request);
  }
  // Answers that wait do so beside what the test does.
  void begin(std::uint64_t from, std::uint64_t to, std::string wait = "5") {
    answer.reset();
    boost::asio::co_spawn(loop.executor(), hand_in(from, to, std::move(wait)), boost::asio::detached);
    loop.poll();
  }
  Bytes receipt(std::uint64_t size, std::string_view key = "relay") {
    return format::make_receipt(project.id(), {project.log().id(), size, project.log().root(size), tests::kTestTime + seconds(size), 0, size, {}},
                                tests::key_from(key, 3));
  }
  void give(Bytes statement) {
    EXPECT_TRUE(loop.run(statements.statements.take(std::move(statement))));
    loop.poll();
  }
  std::string receipt_in_answer() {
    const std::string body = body_of(answer.value());
    const auto at = body.find("\"receipt\":\"");
    if (at == std::string::npos) return "none";
    return tests::must(from_base64(body.substr(at + 11, body.find('"', at + 11) - at - 11)));
  }
  std::optional<http::Response> answer;
};

TEST_F(ReceiptTest, TheAnswerWaitsForTheReceiptOfWhatItTook) {
  begin(0, 5);
  ASSERT_FALSE(answer) << "taken, and its receipt is not made yet";
  EXPECT_EQ(store.log(project.log().id())->size, 5U);
  give(receipt(4));
  give(receipt(5, "another relay"));
  ASSERT_FALSE(answer) << "of an earlier size, and of another relay";
  give(receipt(5));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(receipt_in_answer(), receipt(5));
}

TEST_F(ReceiptTest, NobodyWaitsForWhatIsNotAskedForOrWithMoreToCome) {
  begin(0, 3);
  ASSERT_TRUE(answer) << "two more come under this head";
  EXPECT_EQ(receipt_in_answer(), "none");
  begin(3, 5, "0");
  ASSERT_TRUE(answer);
  EXPECT_EQ(receipt_in_answer(), "none");
  give(receipt(5));
  begin(3, 5, "0");
  ASSERT_TRUE(answer);
  EXPECT_EQ(receipt_in_answer(), receipt(5)) << "it is there already";
  begin(3, 5, "soon");
  ASSERT_TRUE(answer);
  expect_refusal(*answer, 400, kParameterInvalid);
}

TEST_F(ReceiptTest, WhatItSignedBeforeItLostAPartIsNoAnswer) {
  project.log().append_articles(2);
  give(receipt(7));
  begin(0, 6);
  ASSERT_TRUE(answer);
  EXPECT_EQ(receipt_in_answer(), "none") << "six of seven are here again";
  begin(6, 7, "0");
  ASSERT_TRUE(answer);
  EXPECT_EQ(receipt_in_answer(), receipt(7));
}

TEST_F(ReceiptTest, AWaitEnds) {
  begin(0, 5, "18446744073709551615");
  ASSERT_FALSE(answer);
  ASSERT_TRUE(loop.clock().run_next_timer());
  loop.poll();
  EXPECT_EQ(loop.clock().elapsed(), OwnReceipts::kWaitMax);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200) << "what is durable is taken, with a receipt or without";
  EXPECT_EQ(receipt_in_answer(), "none");
}

class QuotaTest : public ApiTest {
 protected:
  QuotaTest() {
    loop.clock().set_now(tests::kTestTime);
    set_quota(8, 0);
    submit_project();
  }
  void set_quota(std::uint64_t entries, std::uint64_t octets) {
    project.update_charter([&](format::Charter& charter) {
      charter.desks[0].entries_per_day = entries;
      charter.desks[0].bytes_per_day = octets;
    });
    EXPECT_EQ(put("/v1/charters", charter_archive_of(project)).status, 200);
  }
  http::Response submit(std::uint64_t from, std::uint64_t to, std::size_t desk = 0) {
    auto& entries = project.log(desk);
    if (entries.size() < to) entries.append_articles(to - entries.size());
    return put("/v1/bundles", entries.bundle_bytes(from, to));
  }
  env::awaitable<void> hand_in(std::uint64_t from, std::uint64_t to, std::vector<int>& statuses) {
    http::Request request;
    request.method = http::Method::kPut;
    request.path = "/v1/bundles";
    request.body = project.log().bundle_bytes(from, to);
    const auto response = co_await api.handle(request);
    statuses.push_back(response.status);
  }
  void pass(seconds time) { loop.clock().set_now(loop.clock().now() + time); }
};

TEST_F(QuotaTest, ADesksEntriesOfADayAreBoundedAndTheAnswerSaysUntilWhen) {
  pass(seconds(3600));
  EXPECT_EQ(submit(5, 8).status, 200);
  const auto refused = submit(8, 9);
  expect_refusal(refused, 429, policy::kDeskQuota);
  EXPECT_EQ(refused.headers.find("Retry-After"), std::to_string(23 * 3600));
  EXPECT_NE(body_of(refused).find("8 entries of this desk in 24 hours"), std::string::npos) << body_of(refused);
  EXPECT_EQ(this->refused(policy::kDeskQuota), 1);
  EXPECT_EQ(submit(5, 8).status, 200) << "what is held may come again";
  EXPECT_EQ(submit(0, 20, 1).status, 200) << "another desk has no quota";
  pass(seconds(23 * 3600 - 1));
  expect_refusal(submit(8, 9), 429, policy::kDeskQuota);
  pass(seconds(1));
  EXPECT_EQ(submit(8, 13).status, 200) << "five left, three stay";
  expect_refusal(submit(13, 14), 429, policy::kDeskQuota);
}

TEST_F(QuotaTest, WhatLinksBroughtAndARestartForgotCounts) {
  project.log().append_articles(3);
  ASSERT_TRUE(loop.run(intake.commit(project.log().bundle(5, 8))));
  Api restarted{env, store, intake, charter_forks, blobs, statements.statements, rules,
                {RelayId(tests::octets_from("relay", 1)), mirror_key().public_key(), "GE", "GE", "1.0", "signed"}};
  project.log().append_articles(1);
  http::Request request;
  request.method = http::Method::kPut;
  request.path = "/v1/bundles";
  request.body = project.log().bundle_bytes(8, 9);
  expect_refusal(loop.run(restarted.handle(request)), 429, policy::kDeskQuota);
  EXPECT_TRUE(loop.run(intake.commit(project.log().bundle(8, 9)))) << "links are not asked";
}

TEST_F(QuotaTest, OctetsAreBoundedToo) {
  const std::uint64_t one = project.log().body(0).size();
  set_quota(0, 7 * one + one / 2);
  EXPECT_EQ(submit(5, 7).status, 200);
  expect_refusal(submit(7, 8), 429, policy::kDeskQuota);
}

TEST_F(QuotaTest, ADeskWithMoreThanItsQuotaIsNotShutOutForGood) {
  pass(seconds(24 * 3600));
  EXPECT_EQ(submit(5, 30).status, 200);
  expect_refusal(submit(30, 31), 429, policy::kDeskQuota);
}

TEST_F(QuotaTest, AClockThatWasAheadShutsNobodyOut) {
  pass(seconds(400 * 24 * 3600));
  EXPECT_EQ(submit(5, 8).status, 200);
  pass(seconds(-399 * 24 * 3600));
  EXPECT_EQ(submit(8, 16).status, 200);
  expect_refusal(submit(16, 17), 429, policy::kDeskQuota);
}

TEST_F(QuotaTest, WhatIsUnderWayCounts) {
  std::vector<int> statuses;
  project.log().append_articles(6);
  boost::asio::co_spawn(loop.executor(), hand_in(5, 8, statuses), boost::asio::detached);
  boost::asio::co_spawn(loop.executor(), hand_in(8, 11, statuses), boost::asio::detached);
  loop.poll();
  ASSERT_EQ(statuses.size(), 2U);
  EXPECT_EQ(statuses[0] + statuses[1], 200 + 429);
}

TEST_F(ApiTest, GivesTheChartersOfAllProjectsToWhoNamesNone) {
  submit_project();
  ProjectBuilder other(2);
  other.update_charter();
  EXPECT_EQ(put("/v1/charters", charter_archive_of(other)).status, 200);
  const bool is_first = project.id() < other.id();
  const auto all = get("/v1/charters");
  EXPECT_EQ(body_of(all), charter_archive_of(is_first ? project : other) + charter_archive_of(is_first ? other : project));
  EXPECT_EQ(get("/v1/charters").content, all.content);  // made once
  project.update_charter();
  EXPECT_EQ(put("/v1/charters", charter_archive_of(project)).status, 200);
  const auto later = get("/v1/charters");
  EXPECT_NE(later.tag, all.tag);
  EXPECT_NE(body_of(later).find(charter_archive_of(project)), std::string::npos);
  const Bytes frozen = format::make_freeze(other.id(), other.charter().hash(), tests::kTestTime, tests::key_from("root key 1", 2));
  Bytes archive;
  format::append_record(archive, format::RecordKind::kStatement, frozen);
  EXPECT_EQ(put("/v1/statements", archive).status, 200);
  EXPECT_NE(body_of(get("/v1/charters")).find(charter_archive_of(other) + archive), std::string::npos);
}

TEST_F(ApiTest, OfAllChartersTheLargestChainsAreLeftOutFirst) {
  submit_project();
  ProjectBuilder other(2);
  for (int i = 0; i < 5; ++i) other.update_charter();
  EXPECT_EQ(put("/v1/charters", charter_archive_of(other)).status, 200);
  const Bytes small = charter_archive_of(project);
  CharterDirectory directory(store, statements.statements, small.size() + charter_archive_of(other).size() - 1);
  EXPECT_EQ(directory.get().content->bytes(), small);
}

TEST_F(ApiTest, GivesTheSignedDescriptorAsItIs) {
  EXPECT_EQ(body_of(get("/v1/relay/descriptor")), "signed");
  expect_refusal(get("/v1/relay/descriptor/more"), 404, kNotFound);
  expect_refusal(get("/v1/relay/more"), 404, kNotFound);
}

TEST_F(ApiTest, SendingTheSameAgainIsHarmless) {
  submit_project();
  EXPECT_EQ(put("/v1/charters", charter_archive_of(project)).status, 200);
  const auto again = put("/v1/bundles", project.log().bundle_bytes(0, 5));
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(body_of(again), "{\"log\":\"" + project.log().id().text() + "\",\"held\":5}");
  EXPECT_EQ(metrics.value("tamizdat_submit_entries_total"), 5);
}

TEST_F(ApiTest, AnEntryComesAsAnArchiveThatProvesItself) {
  submit_project();
  const auto response = get("/v1/entries/" + project.log().entry(3).text());
  const auto records = tests::must(format::parse_archive(body_of(response)));
  ASSERT_EQ(records.size(), 2U);
  const auto charter = tests::must(format::verify_first_charter(records[0].bytes));
  const auto bundle = tests::must(format::verify_bundle(charter, records[1].bytes));
  ASSERT_EQ(bundle.entries().size(), 1U);
  EXPECT_EQ(bundle.entries()[0].id(), project.log().entry(3));
}

TEST_F(ApiTest, DescribesItselfAndItsProjects) {
  submit_project();
  EXPECT_NE(body_of(get("/v1/relay")).find("\"country\":\"GE\""), std::string::npos);
  const std::string projects = body_of(get("/v1/projects"));
  EXPECT_NE(projects.find(project.id().text()), std::string::npos);
  EXPECT_NE(projects.find("\"size\":5"), std::string::npos);
}

// Does something after each job: what happens while a coroutine waits for its worker.
class MeddlingWorkers final : public env::Workers {
 public:
  MeddlingWorkers(env::Workers& workers, std::function<void()> after) : workers_(workers), after_(std::move(after)) {}
  void post(std::function<void()> job) override {
    workers_.post([this, job = std::move(job)] {
      job();
      after_();
    });
  }

 private:
  env::Workers& workers_;
  std::function<void()> after_;
};

// Beyond what is held here: until the rest comes the log is not served.
TEST_F(ApiTest, AnEntryOfALogThatIsClosedMeanwhileIsUnknown) {
  submit_project();
  project.log().append_articles(5);
  project.close_desk(0, 8);
  MeddlingWorkers meddling(workers, [this] {
    const store::Batch closing{store::Charters{{project.charter()}}, loop.clock().now()};
    EXPECT_TRUE(store.commit(std::span(&closing, 1)).front());
  });
  env::Environment slow{loop.executor(), loop.clock(), random, network, meddling, log, metrics};
  Api other{slow, store, intake, charter_forks, blobs, statements.statements, rules,
            {RelayId(tests::octets_from("relay", 1)), mirror_key().public_key(), "GE", "GE", "1.0", ""}};
  http::Request request;
  request.path = "/v1/entries/" + project.log().entry(1).text();
  expect_refusal(loop.run(other.handle(request)), 404, store::kUnknownLog);
}

TEST_F(ApiTest, WhatStrangersSendFillsNoLog) {
  put("/v1/bundles", "rubbish");
  put("/v1/charters", "rubbish");
  for (const auto& line : log.lines) EXPECT_TRUE(line.starts_with("debug: ")) << line;
  EXPECT_EQ(log.lines.size(), 2U);
}

TEST_F(ApiTest, ARefusalByTheServerIsJsonToo) {
  http::Request request;
  request.path = "/v1/bundles";
  const auto response = api.refusal(request, 413, Error{http::kRequestBodyTooLarge, "too large"});
  expect_refusal(response, 413, http::kRequestBodyTooLarge);
}

TEST_F(ApiTest, EntriesOfAnUnknownProjectAskForItsChartersFirst) {
  expect_refusal(put("/v1/bundles", project.log().bundle_bytes(0, 5)), 404, store::kUnknownProject);
  EXPECT_EQ(refused(store::kUnknownProject), 1);
}

TEST_F(ApiTest, AGapIsRefusedWithTheSizeThatWouldFit) {
  submit_project();
  project.log().append_articles(5);
  const auto response = put("/v1/bundles", project.log().bundle_bytes(7, 10));
  expect_refusal(response, 409, store::kGap);
  EXPECT_NE(body_of(response).find("\"held\":5"), std::string::npos);
}

TEST_F(ApiTest, AnotherHistoryOfALogIsRefusedAndTheHeldOneStays) {
  submit_project();
  auto fork = project.log().forked_at(3);
  fork.append_articles(4);
  expect_refusal(put("/v1/bundles", fork.bundle_bytes(0, 7)), 409, store::kLogForked);
  EXPECT_EQ(store.log(project.log().id())->size, 5U);
}

TEST_F(ApiTest, AProjectThatIsNotListedIsRefusedInBothForms) {
  submit_project();
  rules.admission = policy::Admission::kListed;
  expect_refusal(put("/v1/charters", charter_archive_of(project)), 403, policy::kProjectNotListed);
  expect_refusal(put("/v1/bundles", project.log().bundle_bytes(0, 5)), 403, policy::kProjectNotListed);
}

TEST_F(ApiTest, ABundleWhoseTextsWereTakenOutIsRefusedAndTheWholeOneIsTaken) {
  EXPECT_EQ(put("/v1/charters", charter_archive_of(project)).status, 200);
  expect_refusal(put("/v1/bundles", project.log().bundle_bytes(0, 5, {.bodies = false})), 403, policy::kBodyMissing);
  EXPECT_EQ(refused(policy::kBodyMissing), 1);
  EXPECT_FALSE(store.log(project.log().id()));
  EXPECT_EQ(put("/v1/bundles", project.log().bundle_bytes(0, 5)).status, 200);
}

// What a thief does who signs retractions where nobody sees them.
TEST_F(ApiTest, TextsAreNotMissedForARetractionThatIsNotHere) {
  EXPECT_EQ(put("/v1/charters", charter_archive_of(project)).status, 200);
  auto& thief = project.log(1);
  thief.append({}, format::EntryKind::kRetraction, project.log().entry(2));
  const auto taken = loop.run(statements.statements.take(format::make_retraction_proof(project.id(), thief.bundle_bytes(0, 1))));
  ASSERT_TRUE(taken);
  const EntryId retracted = project.log().entry(2);
  const auto erased = [&](BytesView header) {
    return format::entry_id(header) == retracted ? std::optional(format::Absence::kErased) : std::nullopt;
  };
  const Bytes stripped = *format::without_bodies(project.log().bundle_bytes(0, 5), erased);
  expect_refusal(put("/v1/bundles", stripped), 403, policy::kBodyMissing);
  EXPECT_FALSE(store.log(project.log().id()));
  // With the retraction it is known to everybody, and what it hides comes back if its desk is closed below it.
  EXPECT_EQ(put("/v1/bundles", thief.bundle_bytes(0, 1)).status, 200);
  EXPECT_EQ(put("/v1/bundles", stripped).status, 200);
}

TEST_F(ApiTest, AnOlderCharterChainIsRefused) {
  const Bytes older = charter_archive_of(project);
  project.update_charter();
  EXPECT_EQ(put("/v1/charters", charter_archive_of(project)).status, 200);
  expect_refusal(put("/v1/charters", older), 409, format::kCharterRolledBack);
}

TEST_F(ApiTest, WhatIsNoBundleOrNoArchiveIsRefusedWithItsReason) {
  submit_project();
  Bytes altered = project.log().bundle_bytes(0, 5);
  altered[altered.find("Article 3")] = 'B';
  expect_refusal(put("/v1/bundles", altered), 400, format::kBodyCommitmentWrong);
  EXPECT_EQ(put("/v1/bundles", "rubbish").status, 400);
  EXPECT_EQ(put("/v1/bundles", "").status, 400);
  EXPECT_EQ(put("/v1/charters", "rubbish").status, 400);
  Bytes bundles;
  format::append_record(bundles, format::RecordKind::kBundle, project.log().bundle_bytes(0, 5));
  expect_refusal(put("/v1/charters", bundles), 400, kArchiveUnexpected);
  EXPECT_EQ(store.log(project.log().id())->size, 5U);
}

TEST_F(ApiTest, PathsIdsAndParametersAreStrict) {
  submit_project();
  const std::string log_path = "/v1/logs/" + project.log().id().text();
  expect_refusal(get("/v1/nothing"), 404, kNotFound);
  expect_refusal(get(log_path + "/bundles/more"), 404, kNotFound);
  expect_refusal(put("/v1/relay", ""), 404, kNotFound);
  expect_refusal(ask(http::Method::kPost, "/v1/bundles"), 405, kMethodNotAllowed);
  expect_refusal(get("/v1/logs/tzlog1qqq/head"), 400, kIdInvalid);
  expect_refusal(get("/v1/logs/" + project.id().text() + "/head"), 400, kIdOfAnotherKind);
  expect_refusal(get(log_path + "/bundles", {{"from", "6"}}), 400, kParameterInvalid);
  expect_refusal(get(log_path + "/bundles", {{"from", "x"}}), 400, kParameterInvalid);
  expect_refusal(get(log_path + "/bundles", {{"max", "0"}}), 400, kParameterInvalid);
  const ProjectBuilder other(2);
  expect_refusal(get("/v1/projects/" + other.id().text()), 404, store::kUnknownProject);
}

TEST_F(ApiTest, ReadsALargeBodyOnlyWhereOneBelongs) {
  http::Request request;
  request.method = http::Method::kPut;
  request.path = "/v1/bundles";
  EXPECT_EQ(api.body_bytes_max(request), format::kBundleBytesMax);
  request.path = "/v1/other";
  EXPECT_LT(api.body_bytes_max(request), format::kBundleBytesMax);
  request.method = http::Method::kGet;
  request.path = "/v1/bundles";
  EXPECT_LT(api.body_bytes_max(request), format::kBundleBytesMax);
}

// ---- attachments ----

class AttachmentApiTest : public ApiTest {
 protected:
  AttachmentApiTest() {
    for (std::size_t i = 0; octets.size() < 3 * format::kBlockBytes; ++i) octets += std::to_string(i);
    octets.resize(2 * format::kBlockBytes + 7);
    const auto tree = format::BlobTree::from_bytes(octets).value();
    blob = tree.id();
    for (const auto& leaf : tree.leaves()) leaves += leaf.view();
  }
  void submit_entry() {
    project.log().append_with_attachment(blob);
    submit_project();
    EXPECT_EQ(put("/v1/bundles", project.log().bundle_bytes(5, 6)).status, 200);
  }
  std::string path(const char* part = "") const { return "/v1/attachments/" + blob.text() + part; }
  http::Response put_blocks(const char* from, Bytes body) {
    return ask(http::Method::kPut, path("/blocks"), std::move(body), {{"from", from}});
  }
  Bytes from_block(std::size_t i, std::size_t blocks = 9) const {
    return octets.substr(i * format::kBlockBytes, blocks * format::kBlockBytes);
  }
  std::string state(const char* held, const char* missing) const {
    return "{\"attachment\":\"" + blob.text() + "\",\"state\":\"" + held + "\",\"missing\":" + missing + "}";
  }

  Bytes octets, leaves;
  BlobId blob;
};

TEST_F(AttachmentApiTest, TakesWhatAnEntryNamesBlockByBlock) {
  submit_entry();
  EXPECT_EQ(body_of(get(path())), state("unknown", "[[0,3]]"));
  EXPECT_EQ(body_of(put(path("/leaves"), leaves)), state("unknown", "[[0,3]]"));
  EXPECT_EQ(body_of(put_blocks("1", from_block(1, 1))), state("part", "[[0,1],[2,1]]"));
  EXPECT_EQ(body_of(put_blocks("2", from_block(2))), state("part", "[[0,1]]"));
  EXPECT_EQ(body_of(put_blocks("0", octets)), state("whole", "[]"));
  EXPECT_EQ(body_of(get(path())), state("whole", "[]"));
  EXPECT_EQ(body_of(get(path("/leaves"))), leaves);
}

TEST_F(AttachmentApiTest, RefusesWithAReason) {
  expect_refusal(put(path("/leaves"), leaves), 409, store::kBlobNotNamed);
  expect_refusal(put_blocks("0", octets), 409, store::kBlobNotNamed);
  expect_refusal(get(path()), 404, store::kBlobUnknown);
  submit_entry();
  expect_refusal(get(path("/leaves")), 404, store::kBlobUnknown);
  expect_refusal(put_blocks("0", octets), 409, store::kBlobLeavesMissing);
  expect_refusal(put(path("/leaves"), leaves.substr(1)), 400, format::kBlobLeavesWrong);
  expect_refusal(put(path("/leaves"), leaves.substr(32)), 400, format::kBlobLeavesWrong);
  EXPECT_EQ(put(path("/leaves"), leaves).status, 200);
  expect_refusal(put_blocks("1", octets), 400, format::kBlockWrong);
  expect_refusal(put_blocks("0", ""), 400, format::kBlockWrong);
  expect_refusal(put_blocks("zero", octets), 400, kParameterInvalid);
  expect_refusal(put("/v1/attachments/" + blob.text() + "x/leaves", leaves), 400, kIdInvalid);
  expect_refusal(put(path("/rubbish"), leaves), 404, kNotFound);
  disk.set_full(true);
  expect_refusal(put_blocks("0", octets), 503, store::kDiskFull);
  disk.set_full(false);
  EXPECT_EQ(body_of(put_blocks("0", octets)), state("whole", "[]"));
}

TEST_F(AttachmentApiTest, BoundsWhatIsSent) {
  http::Request request;
  request.method = http::Method::kPut;
  request.path = path("/leaves");
  EXPECT_EQ(api.body_bytes_max(request), 96U);
  request.path = path("/blocks");
  EXPECT_EQ(api.body_bytes_max(request), std::size_t{1} << 20);
  request.path = "/v1/attachments/" + BlobId{blob.root, ~std::uint64_t{0}}.text() + "/leaves";
  EXPECT_EQ(api.body_bytes_max(request), 0U);
}

class StatementApiTest : public ApiTest {
 protected:
  Bytes freeze(const ProjectBuilder& of) const {
    return format::make_freeze(of.id(), of.charter().hash(), tests::kTestTime, tests::key_from("root key 1", 1));
  }
  static Bytes archive_of(const std::vector<Bytes>& statements) {
    Bytes archive;
    for (const auto& statement : statements)
      format::append_record(archive, format::RecordKind::kStatement, statement);
    return archive;
  }
};

TEST_F(StatementApiTest, TakesStatementsAndGivesTheSameOctetsBack) {
  submit_project();
  const auto taken = put("/v1/statements", archive_of({freeze(project)}));
  EXPECT_EQ(taken.status, 200);
  EXPECT_EQ(body_of(taken), "{\"statements\":[{\"kind\":\"freeze\",\"project\":\"" + project.id().text() +
                                "\",\"state\":\"taken\"}]}");
  EXPECT_NE(body_of(put("/v1/statements", archive_of({freeze(project)}))).find("\"state\":\"held\""), std::string::npos);
  EXPECT_EQ(body_of(get("/v1/projects/" + project.id().text() + "/statements")), archive_of({freeze(project)}));
}

TEST_F(StatementApiTest, AnswersForEachStatementByItself) {
  submit_project();
  Bytes wrong = freeze(project);
  wrong.back() = static_cast<char>(wrong.back() ^ 1);
  const auto answer = put("/v1/statements", archive_of({wrong, freeze(project)}));
  expect_refusal(answer, 400, format::kStatementSignatureInvalid);
  EXPECT_NE(body_of(answer).find("\"state\":\"statement-signature-invalid\""), std::string::npos);
  EXPECT_NE(body_of(answer).find("\"state\":\"taken\""), std::string::npos);
}

TEST_F(StatementApiTest, NothingIsLookedAtBehindWhatCannotBeRead) {
  submit_project();
  std::vector<Bytes> rubbish(900, Bytes("\x08", 1));
  rubbish.insert(rubbish.begin(), freeze(project));
  const auto answer = put("/v1/statements", archive_of(rubbish));
  expect_refusal(answer, 400, format::kStatementMalformed);
  EXPECT_NE(body_of(answer).find("\"state\":\"taken\""), std::string::npos);
  EXPECT_LT(body_of(answer).size(), 1000U);
}

TEST_F(StatementApiTest, TakesSoManyAtATimeAndNoMore) {
  submit_project();
  const std::vector<Bytes> many(StatementApi::kStatementsMax + 1, freeze(project));
  expect_refusal(put("/v1/statements", archive_of(many)), 400, kArchiveUnexpected);
  EXPECT_NE(body_of(put("/v1/statements", archive_of(many))).find("further requests"), std::string::npos);
  EXPECT_EQ(put("/v1/statements", archive_of({many.begin() + 1, many.end()})).status, 200);
}

TEST_F(StatementApiTest, ManyAreGivenInParts) {
  submit_project();
  std::vector<Bytes> many;
  for (std::uint64_t i = 0; i < 1000; ++i)
    many.push_back(format::make_retraction_cosignature(project.id(), EntryId(tests::octets_from("entry", i)),
                                                       tests::key_from("root key 1", 1)));
  ASSERT_TRUE(loop.run(statements.statements.take_group(many)));
  const auto answer = get("/v1/projects/" + project.id().text() + "/statements");
  ASSERT_TRUE(answer.source);
  Bytes whole;
  while (whole.size() < answer.source->size) {
    const auto part = loop.run(answer.source->read(whole.size()));
    ASSERT_TRUE(part && !part->empty());
    EXPECT_LE(part->size(), 70'000U);
    whole += part->substr(0, 50'001);  // wherever a reader goes on
  }
  EXPECT_EQ(whole.size(), answer.source->size);
  EXPECT_EQ(tests::must(format::parse_archive(whole)).size(), many.size());
  EXPECT_EQ(get("/v1/projects/" + project.id().text() + "/statements").tag, answer.tag);
  ASSERT_EQ(put("/v1/statements", archive_of({freeze(project)})).status, 200);
  EXPECT_NE(get("/v1/projects/" + project.id().text() + "/statements").tag, answer.tag);
}

TEST_F(StatementApiTest, AReceiptOfALogThatNobodyHasIsNotKept) {
  const format::SigningKey mirror = tests::key_from("mirror", 1);
  project.update_charter([&](format::Charter& charter) {
    charter.witness.relays = {{RelayId(tests::key_from("relay", 1).public_key()), "GE",
                               tests::key_from("witness", 1).public_key(), mirror.public_key()}};
    charter.witness.quorum = 1;
  });
  ASSERT_EQ(put("/v1/charters", charter_archive_of(project)).status, 200);
  const format::Receipt receipt{project.log().id(), 5, Hash32(), tests::kTestTime, 0, 5, {}};
  const Bytes archive = archive_of({format::make_receipt(project.id(), receipt, mirror)});
  expect_refusal(put("/v1/statements", archive), 409, kStatementOfNothingHeld);
  submit_project();
  EXPECT_EQ(put("/v1/statements", archive).status, 200);
}

TEST_F(StatementApiTest, OfUnknownOrUnlistedProjectsAndWhatIsNoStatement) {
  expect_refusal(put("/v1/statements", archive_of({freeze(project)})), 404, store::kUnknownProject);
  expect_refusal(get("/v1/projects/" + project.id().text() + "/statements"), 404, store::kUnknownProject);
  submit_project();
  expect_refusal(put("/v1/statements", charter_archive_of(project)), 400, kArchiveUnexpected);
  rules.admission = policy::Admission::kListed;
  expect_refusal(put("/v1/statements", archive_of({freeze(project)})), 403, policy::kProjectNotListed);
}

TEST_F(StatementApiTest, AFrozenProjectTakesNothingNewUntilTheNextCharter) {
  submit_project();
  EXPECT_EQ(put("/v1/statements", archive_of({freeze(project)})).status, 200);
  project.log().append_articles(1);
  expect_refusal(put("/v1/bundles", project.log().bundle_bytes(5, 6)), 409, statements::kProjectFrozen);
  EXPECT_EQ(put("/v1/bundles", project.log().bundle_bytes(0, 5)).status, 200) << "what is held goes through";
  project.update_charter();
  EXPECT_EQ(put("/v1/charters", charter_archive_of(project)).status, 200);
  EXPECT_EQ(put("/v1/bundles", project.log().bundle_bytes(5, 6)).status, 200);
}

}  // namespace
}  // namespace tamizdat::submit
