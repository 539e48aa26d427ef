#include "relay/admin/admin_site.h"

#include <gtest/gtest.h>

namespace tamizdat::admin {
namespace {

class AdminSiteTest : public testing::Test {
 protected:
  http::Response get(std::string path, http::Method method = http::Method::kGet) const {
    http::Request request;
    request.method = method;
    request.path = std::move(path);
    return site_.answer(request);
  }
  std::string body_of(const http::Response& response) const {
    return response.content ? response.content->bytes() : std::string();
  }

  PrometheusMetrics metrics_;
  Health health_;
  AdminSite site_{metrics_, health_};
};

TEST_F(AdminSiteTest, ServesTheMetricsInTheTextFormat) {
  metrics_.counter({"tamizdat_things_total", "Things."}).add(4);
  const auto response = get("/metrics");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.find("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(body_of(response).find("\ntamizdat_things_total 4\n"), std::string::npos);
}

TEST_F(AdminSiteTest, IsLiveFromTheFirstMoment) {
  health_.wait_for("store");
  EXPECT_EQ(get("/healthz/live").status, 200);
}

TEST_F(AdminSiteTest, IsReadyWhenEveryPartCameUp) {
  health_.wait_for("store");
  health_.wait_for("listener");
  EXPECT_EQ(get("/healthz/ready").status, 503);
  EXPECT_EQ(body_of(get("/healthz/ready")), "waiting for listener\nwaiting for store\n");
  health_.came_up("store");
  EXPECT_EQ(body_of(get("/healthz/ready")), "waiting for listener\n");
  health_.came_up("listener");
  EXPECT_EQ(get("/healthz/ready").status, 200);
  EXPECT_EQ(body_of(get("/healthz/ready")), "ready\n");
}

TEST_F(AdminSiteTest, IsNotReadyOnceAPartIsMissingAgain) {
  EXPECT_EQ(get("/healthz/ready").status, 200);
  health_.wait_for("stop");
  EXPECT_EQ(get("/healthz/ready").status, 503);
}

TEST_F(AdminSiteTest, HasNothingElseAndChangesNothing) {
  EXPECT_EQ(get("/").status, 404);
  EXPECT_EQ(get("/healthz").status, 404);
  EXPECT_EQ(get("/metrics/").status, 404);
  const auto refusal = get("/metrics", http::Method::kPost);
  EXPECT_EQ(refusal.status, 405);
  EXPECT_EQ(refusal.headers.find("Allow"), "GET, HEAD");
  EXPECT_EQ(get("/metrics", http::Method::kHead).status, 200);
}

}  // namespace
}  // namespace tamizdat::admin
