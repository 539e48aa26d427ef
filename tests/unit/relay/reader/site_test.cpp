#include "relay/reader/site.h"

#include <gtest/gtest.h>

#include "tests/unit/relay/reader/site_fixture.h"

namespace tamizdat::reader {
namespace {

struct SiteTest : testing::Test, SiteFixture {};

TEST_F(SiteTest, EveryResponseCarriesTheSecurityHeaders) {
  auto& courier = room.add_project("Courier");
  room.publish(courier, body_of("Headline"));
  for (const auto* path : {"/", "/feed.atom", "/feed.json", "/feeds.opml", "/favicon.svg", "/favicon.ico", "/robots.txt", "/about", "/nothing"}) {
    const auto response = get(path);
    EXPECT_TRUE(response.headers.find("Content-Security-Policy").has_value()) << path;
    EXPECT_EQ(response.headers.find("Referrer-Policy"), "no-referrer") << path;
    EXPECT_EQ(response.headers.find("X-Content-Type-Options"), "nosniff") << path;
    EXPECT_TRUE(response.headers.find("Cache-Control").has_value()) << path;
    EXPECT_FALSE(response.headers.find("Set-Cookie").has_value()) << path;
    EXPECT_FALSE(response.headers.find("Server").has_value()) << path;
  }
}

TEST_F(SiteTest, PagesVaryWithTheTongueAndFeedsDoNot) {
  EXPECT_EQ(get("/").headers.find("Vary"), "Accept-Language");
  EXPECT_FALSE(get("/feed.atom").headers.find("Vary").has_value());
  EXPECT_EQ(text("/feed.atom", "ru"), text("/feed.atom", "en"));
}

TEST_F(SiteTest, KnowsItsPathsAndNoOthers) {
  auto& courier = room.add_project("Courier");
  const auto id = room.publish(courier, body_of("Headline"));
  const auto project = "/p/" + courier.id().text();
  for (const auto& path : {std::string("/"), project, project + "/", project + "/l/ru", project + "/l/ru/feed.rss",
                           project + "/feed.atom", std::string("/r/RU-PER"), std::string("/l/ru/feed.atom"),
                           "/a/" + id.text(), "/v/" + id.text(), std::string("/projects"),
                           std::string("/t/11000000"), std::string("/t/11000000/feed.json"), std::string("/topics"),
                           std::string("/feeds.opml"), std::string("/feed.json")})
    EXPECT_EQ(get(path).status, 200) << path;
  for (const auto& path :
       {std::string("/p"), project + "/x", project + "/l/RU", std::string("/r/ru-per"), std::string("/r/"), std::string("/t/1100"),
        std::string("/t/medtop:11000000"), std::string("/topics/feed.atom"),
        std::string("/l/русский"), "/a/" + id.text() + "/feed.atom", std::string("/about/feed.rss"),
        std::string("/feed.atom/x"), "/a/" + id.text().substr(0, 30), std::string("/v1/relay")})
    EXPECT_EQ(get(path).status, 404) << path;
}

TEST_F(SiteTest, A404TellsWhatIsWrongWithAnId) {
  auto& courier = room.add_project("Courier");
  const auto id = room.publish(courier, body_of("Headline"));
  auto typo = id.text();
  typo[12] = typo[12] == 'q' ? 'p' : 'q';
  EXPECT_TRUE(contains(text("/a/" + typo, "en"), "typing error"));
  EXPECT_TRUE(contains(text("/a/" + courier.id().text(), "en"), "href=\"/p/" + courier.id().text() + "\">Courier</a>"));
  EXPECT_TRUE(contains(text("/p/" + id.text(), "en"), "href=\"/a/" + id.text() + "\""));
  EXPECT_TRUE(contains(text("/p/" + ProjectId().text(), "en"), "does not carry that publication"));
  EXPECT_TRUE(contains(text("/a/" + EntryId().text(), "en"), "does not have that entry"));
}

TEST_F(SiteTest, A404KnowsAPathThatIsNear) {
  const auto page = text("/r/ru-sve", "en");
  EXPECT_TRUE(contains(page, "Perhaps you were looking for:"));
  EXPECT_TRUE(contains(page, "<a href=\"/r/RU-SVE\">/r/RU-SVE</a>"));
  EXPECT_EQ(get("/r/ru-sve").status, 404);
  EXPECT_FALSE(contains(text("/wp-login.php", "en"), "Perhaps you were looking for:"));
}

TEST_F(SiteTest, TheIconIsFoundWhereFeedReadersLookForIt) {
  EXPECT_EQ(get("/favicon.ico").status, 302);
  EXPECT_EQ(get("/favicon.ico").headers.find("Location"), "/favicon.svg");
}

TEST_F(SiteTest, ACorrectionLeadsToItsArticle) {
  auto& courier = room.add_project("Courier");
  const auto id = room.publish(courier, body_of("Wrong"));
  const auto correction = room.correct(courier, id, body_of("Right"));
  const auto response = get("/a/" + correction.text());
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(response.headers.find("Location"), "/a/" + id.text());
}

TEST_F(SiteTest, ACorrectionOfSomethingUnknownStandsForItself) {
  auto& courier = room.add_project("Courier");
  const auto correction = room.correct(courier, EntryId(tests::octets_from("elsewhere", 1)), body_of("Right"));
  EXPECT_EQ(get("/a/" + correction.text()).status, 200);
  EXPECT_TRUE(contains(article_of(correction), ">Right</h1>"));
}

TEST_F(SiteTest, AnEntryOfAnUnknownKindHasNoPage) {
  auto& courier = room.add_project("Courier");
  const auto id = courier.log().append(body_of("from a later version"), static_cast<format::EntryKind>(77));
  room.commit_log(courier);
  room.read_all();
  EXPECT_EQ(get("/a/" + id.text()).status, 404);
  EXPECT_TRUE(contains(article_of(id, "en"), "not an article"));
}

TEST_F(SiteTest, TakesGetAndHeadOnly) {
  http::Request request;
  request.path = "/";
  request.method = http::Method::kHead;
  EXPECT_EQ(site.answer(request).status, 200);
  request.method = http::Method::kPut;
  const auto refused = site.answer(request);
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.headers.find("Allow"), "GET, HEAD");
}

TEST_F(SiteTest, LastModifiedIsWhenTheListChangedHere) {
  auto& courier = room.add_project("Courier");
  room.clock.set_now(at("2026-11-24T08:00:00Z"));
  room.publish(courier, body_of("An old text", "2020-01-01T00:00:00Z"));
  // In the second of the change two lists may carry the date.
  EXPECT_FALSE(get("/").last_modified);
  room.clock.set_now(at("2026-11-24T08:00:01Z"));
  EXPECT_EQ(get("/").last_modified, at("2026-11-24T08:00:00Z"));
  EXPECT_EQ(get("/feed.rss").last_modified, at("2026-11-24T08:00:00Z"));
}

TEST_F(SiteTest, RenderedPagesAreKeptUntilTheirListChanges) {
  auto& courier = room.add_project("Courier");
  auto& idel = room.add_project("Idel");
  const auto id = room.publish(courier, body_of("Headline"));
  const auto project = "/p/" + courier.id().text();
  const auto page = get(project).content, article = get("/a/" + id.text()).content;
  EXPECT_EQ(get(project).content, page);
  room.publish(idel, body_of("Elsewhere"));
  EXPECT_EQ(get(project).content, page);
  room.correct(courier, id, body_of("Right"));
  EXPECT_NE(get(project).content, page);
  EXPECT_NE(get("/a/" + id.text()).content, article);
  EXPECT_TRUE(contains(article_of(id), ">Right</h1>"));
  // Another tongue, another host: another page.
  EXPECT_NE(get(project, "en").content, get(project, "ru").content);
}

TEST_F(SiteTest, AStrangeQueryIsTheFirstPage) {
  auto& courier = room.add_project("Courier");
  room.publish(courier, body_of("Headline"));
  for (const auto* value : {"", "x", "00", "ffffffffffffffffff", "-1"}) {
    EXPECT_EQ(get("/", "ru", {{"before", value}}).content->bytes(), text("/")) << value;
    EXPECT_EQ(get("/projects", "ru", {{"page", value}}).content->bytes(), text("/projects")) << value;
  }
}

TEST_F(SiteTest, AKeptArticleIsOfOneTongueHostAndPage) {
  auto& courier = room.add_project("Courier");
  const auto path = "/a/" + room.publish(courier, body_of("Headline")).text();
  const auto page = get(path, "ru").content;
  EXPECT_EQ(get(path, "ru").content, page);
  EXPECT_EQ(get(path, "ru").headers.lines(), get(path, "ru").headers.lines());
  EXPECT_EQ(get(path, "ru").headers.find("Vary"), "Accept-Language");
  EXPECT_NE(get(path, "en").content, page);
  EXPECT_NE(get(path, "ru", {{"page", "2"}}).content, page);
  http::Request elsewhere;
  elsewhere.path = path;
  elsewhere.host = "mirror.example";
  const auto other = site.answer(elsewhere).content;
  EXPECT_NE(other, page);
  EXPECT_TRUE(contains(other->bytes(), "mirror.example"));
  EXPECT_FALSE(contains(other->bytes(), "relay.example"));
}

TEST_F(SiteTest, AKeptArticleGoesWithItsEntry) {
  auto& courier = room.add_project("Courier");
  const auto kept = "/a/" + room.publish(courier, body_of("The desk's")).text();
  const auto gone = "/a/" + room.publish(courier, body_of("The thief's")).text();
  EXPECT_EQ(get(gone).status, 200);
  EXPECT_EQ(get(kept).status, 200);
  courier.close_desk(0, 1);
  room.commit_charter(courier);
  EXPECT_EQ(get(gone).status, 404);
  room.read_all();
  EXPECT_EQ(get(gone).status, 404);
  EXPECT_EQ(get(kept).status, 200);
}

struct PageCacheTest : ::testing::Test {
  PageCache::Kept page(std::size_t size, const Channel& list = {}) {
    return {std::make_shared<const http::Content>(Bytes(size, 'x')), cache.state(list)};
  }
  Newsroom room;
  Standings standings{room.store, room.clock};
  PageCache cache{room.catalog, standings, 4000};
};

TEST_F(PageCacheTest, DropsWhatWasNotAskedForLongest) {
  room.catalog.start();
  cache.keep("a", {}, page(800));
  cache.keep("b", {}, page(800));
  EXPECT_TRUE(cache.find("a"));
  cache.keep("c", {}, page(800));
  EXPECT_TRUE(cache.find("a"));
  EXPECT_FALSE(cache.find("b"));
  EXPECT_LE(cache.bytes(), 4000u);
  cache.keep("huge", {}, page(9000));
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST_F(PageCacheTest, ForgetsAPageWhenItsListChangesAndNoOther) {
  room.catalog.start();
  auto& courier = room.add_project("Courier");
  auto& idel = room.add_project("Idel");
  const Channel couriers{courier.id(), {}, {}}, idels{idel.id(), {}, {}};
  cache.keep("courier", couriers, page(100, couriers));
  cache.keep("idel", idels, page(100, idels));
  room.publish(courier, body_of("New"));
  EXPECT_FALSE(cache.find("courier"));
  ASSERT_TRUE(cache.find("idel"));
  EXPECT_EQ(cache.find("idel")->state.changes, room.catalog.state(idels).changes);
  room.commit_charter(idel);
  EXPECT_FALSE(cache.find("idel"));
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST_F(PageCacheTest, ForgetsAPageWhenItsProjectStandsOtherwise) {
  room.catalog.start();
  auto& courier = room.add_project("Courier");
  courier.update_charter([](format::Charter& charter) { charter.expires_at = at("2026-11-24T08:00:00Z"); });
  room.commit_charter(courier);
  cache.keep("courier", {courier.id(), {}, {}}, page(100, {courier.id(), {}, {}}));
  cache.keep("all", {}, page(100));
  room.clock.set_now(at("2026-11-24T07:59:59Z"));
  EXPECT_TRUE(cache.find("courier"));
  EXPECT_TRUE(cache.find("all"));
  room.clock.set_now(at("2026-11-24T08:00:04Z"));
  EXPECT_FALSE(cache.find("courier"));
  EXPECT_FALSE(cache.find("all")) << "the project's badge";
}

TEST_F(PageCacheTest, KeepsNothingWhileTheCatalogIsBuilt) {
  ASSERT_TRUE(room.catalog.building());
  cache.keep("a", {}, page(100));
  EXPECT_EQ(cache.bytes(), 0u);
  EXPECT_FALSE(cache.find("a"));
}

TEST(HostForLinks, TakesNamesAndAddressesOnly) {
  for (const auto* good : {"relay.example", "relay.example:8443", "127.0.0.1:8443", "[::1]:8443"})
    EXPECT_EQ(host_for_links(good), good);
  for (const auto* bad : {"", "a b", "a/b", "a\"b", "user@host", "a?b", "a#b", "хост"})
    EXPECT_EQ(host_for_links(bad), "") << bad;
}

}  // namespace
}  // namespace tamizdat::reader
