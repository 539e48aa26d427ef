#include "relay/reader/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/format/hash.h"
#include "tests/unit/relay/reader/site_fixture.h"

namespace tamizdat::reader {
namespace {

constexpr std::size_t kPageBytesMax = 50'000;

struct Pages : testing::Test, SiteFixture {
  // The pages of a small site, one of each sort.
  std::vector<std::string> every_page() {
    auto& courier = room.add_project("Courier");
    auto article = body_of("Headline");
    article.html =
        "<p>Text</p><img src=\"https://tracker.example/p.png\"><script src=\"https://evil.example/x.js\"></script>"
        "<iframe src=\"https://evil.example/\"></iframe><p style=\"background:url(https://evil.example/b.png)\" "
        "onclick=\"x()\">styled</p><link rel=\"stylesheet\" href=\"https://evil.example/s.css\">";
    article.original_url = "https://courier.example/1";
    article.topics = {"11000000"};
    const auto id = room.publish(courier, article);
    article.title = "Corrected headline";
    const auto correction = room.correct(courier, id, article);
    const auto project = "/p/" + courier.id().text();
    return {"/", project, project + "/l/ru", "/r/RU-SVE", "/l/ru", "/t/11000000", "/projects", "/regions", "/languages", "/topics", "/about",
            "/a/" + id.text(), "/v/" + id.text(), "/v/" + correction.text(), "/a/nothing", "/no/such/page"};
  }
};

TEST_F(Pages, FetchNothingFromElsewhere) {
  for (const auto& path : every_page()) {
    for (const auto* tongue : {"ru", "en"}) {
      const auto page = text(path, tongue);
      for (const auto& url : all_matches(page,
                                         "<(?:link|img|script|iframe|source|video|audio|object|embed|input)\\b[^>]*?"
                                         "(?:src|href|data|poster)=\"([^\"]*)\""))
        EXPECT_THAT(url, testing::MatchesRegex("/[^/].*|/")) << path;
      EXPECT_THAT(all_matches(page, "<(script|iframe|object|embed|form|img|base)\\b"), testing::IsEmpty()) << path;
      EXPECT_THAT(all_matches(page, "(<[^>]* (?:style|on[a-z]+|srcset|http-equiv)=)"), testing::IsEmpty()) << path;
      EXPECT_FALSE(contains(page, "url(")) << path;
      EXPECT_FALSE(contains(page, "@import")) << path;
    }
  }
}

TEST_F(Pages, AreSmallAndSayTheirLanguage) {
  for (const auto& path : every_page()) {
    const auto russian = text(path, "ru,en;q=0.5"), english = text(path, "en,ru;q=0.5");
    EXPECT_LT(russian.size(), kPageBytesMax) << path;
    EXPECT_TRUE(contains(russian, "<html lang=\"ru\">")) << path;
    EXPECT_TRUE(contains(english, "<html lang=\"en\">")) << path;
    EXPECT_TRUE(contains(russian, "Тамиздат")) << path;
    EXPECT_TRUE(contains(english, "Tamizdat")) << path;
    // Landmarks, one heading of the first level, a way past the navigation.
    EXPECT_EQ(all_matches(russian, "<(h1)").size(), 1u) << path;
    EXPECT_EQ(all_matches(russian, "<(main) id=\"main\"").size(), 1u) << path;
    EXPECT_TRUE(contains(russian, "href=\"#main\"")) << path;
    EXPECT_TRUE(contains(russian, "name=\"viewport\"")) << path;
    EXPECT_FALSE(contains(russian, "{{")) << path;
  }
}

TEST_F(Pages, ThePolicyAllowsTheStyleSheetByItsHash) {
  const auto response = get("/");
  const auto styles = all_matches(response.content->bytes(), "<style>([^<]*)</style>");
  ASSERT_EQ(styles.size(), 1u);
  const auto policy = std::string(*response.headers.find("Content-Security-Policy"));
  EXPECT_TRUE(policy.starts_with("default-src 'none'; ")) << policy;
  EXPECT_TRUE(contains(policy, "style-src 'sha256-" + to_base64(format::sha256({styles[0]}).view()) + "'")) << policy;
}

TEST_F(Pages, EscapeWhatDesksWrite) {
  auto& courier = room.add_project("<b>Courier</b>");
  auto body = body_of("<script>alert(1)</script>\"'&");
  body.lede = "<img src=x onerror=alert(1)>";
  body.byline = "</p><script>";
  body.language = "ru\" onclick=\"x";
  body.regions = {"RU-SVE\"><script>"};
  body.original_url = "javascript:alert(1)";
  body.reprint = {"<i>ask</i>", "<u>Courier</u>"};
  const auto id = room.publish(courier, body);
  for (const auto& page : {text("/"), article_of(id), text("/p/" + courier.id().text()), text("/projects")}) {
    EXPECT_FALSE(contains(page, "<script"));
    EXPECT_FALSE(contains(page, "<b>Courier"));
    EXPECT_FALSE(contains(page, "onclick=\"x"));
    EXPECT_FALSE(contains(page, "<img"));
    EXPECT_FALSE(contains(page, "javascript:"));
    EXPECT_FALSE(contains(page, "<u>"));
  }
  EXPECT_TRUE(contains(article_of(id), "&lt;script&gt;alert(1)&lt;/script&gt;"));
}

TEST_F(Pages, AnArticleShowsAllThatItsDeskSaid) {
  auto& courier = room.add_project("Courier");
  auto body = body_of("Headline", "2026-03-01T10:20:00Z");
  body.byline = "Desk of Perm";
  body.original_url = "https://courier.example/1?a=1&b=2";
  body.reprint = {"CC-BY-4.0", "Courier, courier.example"};
  body.language = "be-tarask";
  const auto id = room.publish(courier, body);
  const auto page = article_of(id, "en");
  for (const auto* part : {">Headline</h1>", "Lede of Headline", "<p>Text of Headline</p>", "Desk of Perm",
                           "1 March 2026, 10:20 UTC", "href=\"/r/RU-SVE\"", "href=\"/l/be\"", "lang=\"be-tarask\"",
                           "CC-BY-4.0", "Courier, courier.example", "href=\"https://courier.example/1?a=1&amp;b=2\""})
    EXPECT_TRUE(contains(page, part)) << part;
  EXPECT_TRUE(contains(page, "href=\"/v1/entries/" + id.text() + "\""));
  EXPECT_TRUE(contains(page, "tamizdat verify " + id.text() + ".tamizdat --project " + courier.id().text()));
  EXPECT_TRUE(contains(page, "<link rel=\"canonical\" href=\"/a/" + id.text() + "\">"));
}

TEST_F(Pages, AnArticleIsANewsArticleToMachines) {
  auto& courier = room.add_project("Courier & Co");
  auto body = body_of("\"Headline\"", "2026-03-01T10:20:00Z");
  body.original_url = "https://courier.example/1";
  body.byline = "Desk of Perm";
  body.topics = {"medtop:11000000", "elections"};
  const auto id = room.publish(courier, body);
  auto page = article_of(id, "en");
  EXPECT_EQ(all_matches(page, "(itemscope itemtype=\"https://schema.org/NewsArticle\")").size(), 1u);
  EXPECT_THAT(all_matches(page, "itemprop=\"([^\"]*)\""),
              testing::IsSupersetOf({"headline", "datePublished", "inLanguage", "author", "publisher", "description",
                                     "articleBody", "mainEntityOfPage", "isBasedOn", "contentLocation"}));
  EXPECT_THAT(all_matches(page, "itemprop=\"keywords\" content=\"([^\"]*)\""),
              testing::ElementsAre("Politics and government", "elections"));
  EXPECT_THAT(all_matches(page, "href=\"(/t/[^\"]*)\""), testing::ElementsAre("/t/11000000"));
  EXPECT_TRUE(contains(page, "<meta property=\"og:type\" content=\"article\">"));
  EXPECT_TRUE(contains(page, "<meta property=\"og:title\" content=\"&quot;Headline&quot;\">"));
  EXPECT_TRUE(contains(page, "<meta property=\"og:url\" content=\"https://relay.example:8443/a/" + id.text() + "\">"));
  EXPECT_TRUE(contains(page, "<meta property=\"og:site_name\" content=\"Courier &amp; Co\">"));
  EXPECT_FALSE(contains(page, "dateModified"));
  body.title = "Right";
  room.correct(courier, id, body);
  page = article_of(id, "en");
  EXPECT_TRUE(contains(page, "itemprop=\"dateModified\""));
  EXPECT_TRUE(contains(page, "article:modified_time"));
}

TEST_F(Pages, WhatIsGoneIsNoNewsArticle) {
  auto& courier = room.add_project("Courier");
  const auto id = courier.log().append(body_of("gone"));
  room.commit_log(courier, 0, false);
  room.read_all();
  EXPECT_FALSE(contains(article_of(id), "schema.org/NewsArticle"));
  EXPECT_FALSE(contains(article_of(id), "og:"));
}

TEST_F(Pages, AProjectInTwoLanguagesNamesItsEditions) {
  auto& courier = room.add_project("Courier");
  room.publish(courier, body_of("ru"));
  const auto path = "/p/" + courier.id().text();
  EXPECT_FALSE(contains(text(path), "hreflang"));
  auto body = body_of("en");
  body.language = "en";
  room.publish(courier, body);
  EXPECT_THAT(all_matches(text(path), "<link rel=\"alternate\" hreflang=\"[a-z]+\" href=\"([^\"]*)\">"),
              testing::UnorderedElementsAre(path + "/l/ru", path + "/l/en"));
}

TEST_F(Pages, EveryPageLeadsToTheListOfAllFeeds) {
  for (const auto& path : every_page())
    EXPECT_TRUE(contains(text(path), "<link rel=\"outline\" type=\"text/x-opml\"")) << path;
}

TEST_F(Pages, ALedeThatRepeatsTheTextIsShownOnce) {
  auto& courier = room.add_project("Courier");
  auto body = body_of("Headline");
  body.html = "<p>It <b>happened</b> at night, and nobody slept.</p>";
  body.lede = "It happened at night […]";
  EXPECT_FALSE(contains(article_of(room.publish(courier, body)), "class=\"lede\""));
  body.lede = "Something else.";
  EXPECT_TRUE(contains(article_of(room.publish(courier, body)), "class=\"lede\""));
}

TEST_F(Pages, ACorrectedArticleLeadsToItsOlderVersions) {
  auto& courier = room.add_project("Courier");
  const auto id = room.publish(courier, body_of("Wrong"));
  const auto correction = room.correct(courier, id, body_of("Right"));
  const auto page = article_of(id, "en");
  EXPECT_TRUE(contains(page, ">Right</h1>"));
  EXPECT_FALSE(contains(page, "Text of Wrong"));
  EXPECT_TRUE(contains(page, "href=\"/v/" + id.text() + "\""));
  EXPECT_TRUE(contains(page, "/v1/entries/" + correction.text()));
  const auto older = text("/v/" + id.text(), "en");
  EXPECT_TRUE(contains(older, ">Wrong</h1>"));
  EXPECT_TRUE(contains(older, "href=\"/a/" + id.text() + "\""));
  EXPECT_TRUE(contains(older, "noindex"));
  // Lists name the story by its first entry.
  const auto front = text("/", "en");
  EXPECT_TRUE(contains(front, "href=\"/a/" + id.text() + "\">Right</a>"));
  EXPECT_FALSE(contains(front, correction.text()));
}

TEST_F(Pages, AMissingTextSaysWhy) {
  auto& courier = room.add_project("Courier");
  const auto id = courier.log().append(body_of("Secret headline"));
  room.commit_log(courier, 0, false);
  room.read_all();
  EXPECT_TRUE(contains(text("/", "en"), "does not hold its text"));
  const auto page = article_of(id, "en");
  EXPECT_TRUE(contains(page, "does not hold its text"));
  EXPECT_TRUE(contains(page, id.text()));
}

TEST_F(Pages, OfferWhatCanBeDownloadedAndNothingElse) {
  auto& courier = room.add_project("Courier");
  const auto gone = courier.log().append(body_of("gone"));
  room.commit_log(courier, 0, false);
  const auto here = room.publish(courier, body_of("here"));
  const auto retracted = room.publish(courier, body_of("retracted"));
  courier.log().append({}, format::EntryKind::kRetraction, retracted);
  room.commit_log(courier);
  room.read_all();
  const auto offers = [](const std::string& page, const EntryId& id) { return contains(page, "href=\"/v1/entries/" + id.text()); };
  EXPECT_TRUE(offers(article_of(here), here));
  EXPECT_TRUE(contains(article_of(here, "en"), "This text is signed"));
  // Of a text that is not here there is a record, and nobody says that it was published.
  const auto record = article_of(gone, "en");
  EXPECT_TRUE(offers(record, gone));
  EXPECT_TRUE(contains(record, "The record of this text is signed"));
  EXPECT_TRUE(contains(record, "<dt>Signed</dt>"));
  EXPECT_FALSE(contains(record, "<dt>Published</dt>"));
  // Of one that was retracted nothing is given out, and no version of it is in force.
  for (const auto* kind : {"/a/", "/v/"}) {
    const auto page = text(kind + retracted.text(), "en");
    EXPECT_TRUE(contains(page, "The newsroom retracted this text")) << kind;
    EXPECT_FALSE(offers(page, retracted)) << kind;
    EXPECT_FALSE(contains(page, "The current version")) << kind;
  }
}

TEST_F(Pages, AnEntryThatIsNoArticleSaysSo) {
  auto& courier = room.add_project("Courier");
  const auto id = courier.log().append_raw("not a protobuf at all");
  room.commit_log(courier);
  room.read_all();
  EXPECT_TRUE(contains(article_of(id, "en"), "cannot read as an article"));
}

TEST_F(Pages, ALongTextGoesOnOnFurtherPagesWithinTheLimit) {
  auto& courier = room.add_project(std::string(900, '"'));
  auto body = body_of(std::string(2000, '&'));
  body.lede = std::string(8000, '"');
  body.original_url = "https://courier.example/" + std::string(4000, '\'');
  body.html.clear();
  std::size_t paragraphs = 0;
  for (; body.html.size() < 700'000; ++paragraphs)
    body.html += "<p>Paragraph " + std::to_string(paragraphs) + ": " + std::string(paragraphs * 37 % 900, '"') + "</p>";
  const auto id = room.publish(courier, body);
  for (const auto* place : {"/a/", "/v/"}) {
    std::vector<std::string> seen;
    std::string number = "1";
    for (int pages = 0; !number.empty(); ++pages) {
      ASSERT_LT(pages, 1000);
      const auto page = get(place + id.text(), "en", {{"page", number}}).content->bytes();
      EXPECT_LT(page.size(), kPageBytesMax) << number;
      EXPECT_EQ(contains(page, "class=\"lede\""), number == "1");
      const auto canonical = all_matches(page, "rel=\"canonical\" href=\"/a/[a-z0-9]*(?:\\?page=)?([0-9]*)\"");
      const std::vector<std::string> expected{number == "1" ? "" : number};
      EXPECT_EQ(canonical, place == std::string("/a/") ? expected : std::vector<std::string>());
      for (auto& text : all_matches(page, "<p>Paragraph ([0-9]+):")) seen.push_back(text);
      const auto next = all_matches(page, "rel=\"next\" href=\"\\?page=([0-9]+)\"");
      number = next.empty() ? "" : next[0];
    }
    ASSERT_EQ(seen.size(), paragraphs);
    for (std::size_t i = 0; i < seen.size(); ++i) ASSERT_EQ(seen[i], std::to_string(i));
  }
}

TEST_F(Pages, AShortTextIsOnePageWhateverNumberIsAsked) {
  auto& courier = room.add_project("Courier");
  const auto id = room.publish(courier, body_of("Headline"));
  const auto page = get("/a/" + id.text(), "en", {{"page", "7"}}).content->bytes();
  EXPECT_TRUE(contains(page, "Text of Headline"));
  EXPECT_FALSE(contains(page, "class=\"pager\""));
}

TEST_F(Pages, LongListsArePagedWithinTheLimit) {
  auto& courier = room.add_project(std::string(900, '"'));
  for (int i = 0; i < 90; ++i) {
    auto body =
        body_of(std::to_string(i) + std::string(2000, '"'), "2026-03-01T10:00:" + std::to_string(10 + i % 50) + "Z");
    body.lede = std::string(8000, '&');
    body.regions = {"RU-SVE", "RU-PER", "RU-TA"};
    courier.log().append(body);
  }
  room.commit_log(courier);
  room.read_all();
  for (const std::string path : {"/", "/r/RU-SVE"}) {
    std::vector<std::string> seen;
    std::vector<std::pair<std::string, std::string>> query;
    for (int pages = 0;; ++pages) {
      ASSERT_LT(pages, 100);
      const auto page = get(path, "ru", query).content->bytes();
      EXPECT_LT(page.size(), kPageBytesMax) << path;
      for (auto& id : all_matches(page, "<h3[^>]*><a href=\"/a/(tzentry1[a-z0-9]*)\"")) seen.push_back(id);
      const auto older = all_matches(page, "rel=\"next\" href=\"[^\"]*\\?before=([0-9a-f]{16})\"");
      if (older.empty()) break;
      query = {{"before", older[0]}};
    }
    EXPECT_EQ(seen.size(), 90u);
    EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), 90u);
  }
}

TEST_F(Pages, FullListsBesideFullDirectoriesStayWithinTheLimit) {
  std::vector<tests::ProjectBuilder*> projects;
  for (int i = 0; i < 12; ++i) projects.push_back(&room.add_project(std::string(900, '\'') + std::to_string(i)));
  const std::vector<std::string> languages{"ru", "en", "de", "sr", "hy", "ka", "kk", "uk"};
  for (std::size_t i = 0; i < 60; ++i) {
    auto body = body_of(std::string(2000, '\''), "2026-03-" + std::to_string(10 + i % 20) + "T10:00:00Z");
    body.lede = std::string(8000, '"');
    body.language = languages[i % languages.size()];
    body.regions = {"RU-SVE", "RU-X" + std::to_string(10 + i)};
    projects[i % projects.size()]->log().append(body);
  }
  for (auto* project : projects) room.commit_log(*project);
  room.read_all();
  const auto page = text("/");
  EXPECT_LT(page.size(), kPageBytesMax);
  EXPECT_GE(all_matches(page, "<h3[^>]*><a href=\"/a/(tzentry1[a-z0-9]*)\"").size(), 3u);
}

TEST_F(Pages, AProjectOfManyLanguagesStaysWithinTheLimit) {
  auto& courier = room.add_project("Courier");
  for (char a = 'a'; a <= 'z'; ++a)
    for (char b = 'a'; b <= 'z'; ++b) {
      auto body = body_of("Headline");
      body.language = std::string{a, b};
      courier.log().append(body);
    }
  room.commit_log(courier);
  room.read_all();
  EXPECT_LT(text("/p/" + courier.id().text()).size(), kPageBytesMax);
}

TEST_F(Pages, DirectoriesOfManyProjectsArePaged) {
  for (int i = 0; i < 320; ++i) {
    auto& project = room.add_project("Project " + std::string(200, '&') + std::to_string(1000 + i));
    project.update_charter([](format::Charter& charter) { charter.expires_at = at("2026-11-24T07:00:00Z"); });
    room.commit_charter(project);
  }
  EXPECT_LT(text("/").size(), kPageBytesMax);
  std::size_t rows = 0;
  for (const auto* number : {"1", "2", "3", "4"}) {
    const auto page = get("/projects", "ru", {{"page", number}}).content->bytes();
    EXPECT_LT(page.size(), kPageBytesMax);
    rows += all_matches(page, "<li><a href=\"/p/(tzproject1)").size();
  }
  EXPECT_EQ(rows, 320u);
}

TEST_F(Pages, AutodiscoveryNamesTheFeedsOfTheChannel) {
  auto& courier = room.add_project("Courier");
  const auto id = room.publish(courier, body_of("Headline"));
  const auto project = "/p/" + courier.id().text();
  const auto atom = [](const std::string& path) {
    return "<link rel=\"alternate\" type=\"application/atom\\+xml\" title=\"[^\"]*\" href=\"(" + path + ")\">";
  };
  EXPECT_EQ(all_matches(text("/"), atom("/feed\\.atom")).size(), 1u);
  EXPECT_EQ(all_matches(text("/r/RU-SVE"), atom("/r/RU-SVE/feed\\.atom")).size(), 1u);
  EXPECT_EQ(all_matches(text(project), atom(project + "/feed\\.atom")).size(), 1u);
  EXPECT_EQ(all_matches(article_of(id), atom(project + "/feed\\.atom")).size(), 1u);
}

TEST_F(Pages, ABuildingCatalogIsAnnounced) {
  auto& courier = room.add_project("Courier");
  room.publish(courier, body_of("Headline"));
  Catalog building(room.store, room.clock);
  building.start();
  Site starting(room.store, building, names, room.clock, {"GE", "", ""});
  http::Request request;
  request.path = "/";
  auto response = starting.answer(request);
  EXPECT_TRUE(contains(response.content->bytes(), "role=\"status\""));
  EXPECT_EQ(response.headers.find("Cache-Control"), "no-store");
  EXPECT_FALSE(response.last_modified);
  Newsroom::read_all(building);
  EXPECT_FALSE(contains(starting.answer(request).content->bytes(), "role=\"status\""));
}

TEST(Excerpt, KeepsWordsWhole) {
  EXPECT_EQ(excerpt("short", 10), "short");
  EXPECT_EQ(excerpt("one two three", 9), "one two…");
  EXPECT_EQ(excerpt("one, two, three", 10), "one, two…");
  EXPECT_EQ(excerpt("one & two three", 15), "one & two…");
  EXPECT_EQ(excerpt("превосходительство", 11), "прево…");
}

}  // namespace
}  // namespace tamizdat::reader
