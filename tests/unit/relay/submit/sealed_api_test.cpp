#include "relay/submit/sealed_api.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "proto/format/freeze.h"
#include "proto/format/letter.h"
#include "relay/store/memory_store.h"
#include "tests/support/held_statements.h"
#include "tests/unit/relay/sealed/slots.h"

namespace tamizdat::submit {
namespace {

class SealedApiTest : public testing::Test {
 protected:
  SealedApiTest() {
    rules.admission = policy::Admission::kOpen;
    hold();
  }
  // The project's charters, as far as the builder has got.
  void hold() {
    const store::Batch batch{store::Charters{project.charters()}, tests::kTestTime};
    TMZ_CHECK(store.commit(std::span(&batch, 1))[0].has_value());
  }
  http::Response put(const Bytes& slot) {
    http::Request request;
    request.method = http::Method::kPut;
    request.path = "/v1/sealed";
    request.headers.set("Tamizdat-Desk", format::sign_submission({project.id(), project.log().desk()}, self, format::slot_id(slot),
                                                                 tests::key_from("desk key 0", 1)));
    request.body = slot;
    return pool.loop.run(api.handle(request));
  }
  http::Response get(std::string path, std::vector<std::pair<std::string, std::string>> query = {}) {
    http::Request request;
    request.path = std::move(path);
    request.query = std::move(query);
    return pool.loop.run(api.handle(request));
  }
  Bytes slot(std::uint64_t number) { return sealed::slot_of(number, pool.now()); }
  static std::string error_of(const http::Response& response) {
    return response.status == 200 ? "ok" : std::string(boost::json::parse(response.content->bytes()).at("error").as_string());
  }

  sealed::PoolFixture pool;
  tests::ProjectBuilder project;
  store::MemoryStore store;
  tests::HeldStatements statements{pool.env, store};
  policy::AdmissionRules rules;
  RelayId self{tests::octets_from("relay", 1)};
  SealedApi api{pool.env, pool.pool, store, rules, statements.statements, self};
};

TEST_F(SealedApiTest, ListsTheSameForEverybody) {
  std::vector<Hash32> ids;
  for (std::uint64_t i = 0; i < 3; ++i) {
    ASSERT_EQ(put(slot(i)).status, 200);
    ids.push_back(format::slot_id(slot(i)));
  }
  std::ranges::sort(ids);
  const auto list = get("/v1/sealed").content->bytes();
  EXPECT_EQ(get("/v1/sealed", {{"epoch", "x"}, {"after", "2"}}).content->bytes(), list);
  const auto days = boost::json::parse(list).at("days").as_array();
  ASSERT_EQ(days.size(), 1u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(days[0].at("slots").as_array().at(i).as_string(), to_hex(ids[i].view()));
}

TEST_F(SealedApiTest, AFrozenProjectHandsInNothing) {
  EXPECT_EQ(put(slot(1)).status, 200);
  auto freeze = format::make_freeze(project.id(), project.charter().hash(), tests::kTestTime, tests::key_from("root key 0", 1));
  ASSERT_TRUE(pool.loop.run(statements.statements.take(std::move(freeze))));
  const auto refused = put(slot(2));
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(error_of(refused), "project-frozen");
}

TEST_F(SealedApiTest, ADeskHandsInWithinItsTimeOnly) {
  project.update_charter([&](format::Charter& charter) { charter.desks[0].not_before = pool.now() + seconds(10); });
  hold();
  EXPECT_EQ(error_of(put(slot(1))), "desk-not-yet-valid");
  project.update_charter([&](format::Charter& charter) {
    charter.desks[0].not_before.reset();
    charter.desks[0].not_after = pool.now() - seconds(10);
  });
  hold();
  EXPECT_EQ(error_of(put(slot(1))), "desk-no-longer-valid");
  project.log().append_articles(1);
  project.close_desk(0, 1);
  hold();
  EXPECT_EQ(error_of(put(slot(1))), "desk-closed");
  EXPECT_TRUE(pool.pool.ids().empty());
}

}  // namespace
}  // namespace tamizdat::submit
