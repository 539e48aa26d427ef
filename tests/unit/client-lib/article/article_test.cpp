#include <gtest/gtest.h>

#include "client-lib/article/compose.h"
#include "client-lib/article/markdown.h"
#include "client-lib/article/tags.h"

namespace tamizdat::article {
namespace {

Result<Article> markdown(std::string_view file, std::vector<Field> flags = {}, Defaults defaults = {"ru", {"RU-SVE"}}) {
  return compose(file, Markup::kMarkdown, flags, defaults);
}

std::string error_of(const Result<Article>& result) { return result ? "no error" : result.error().text; }

TEST(Article, TakesEveryKeyOfTheFrontMatter) {
  const auto article = markdown(
      "---\n"
      "title: \"Снег: как он \\\"тает\\\"\"\n"
      "lede: В двух словах\n"
      "language: be-TARASK\n"
      "regions: [RU-SVE, RU-CHE]\n"
      "# a comment\n"
      "\n"
      "topics: environment, medtop:20000424\n"
      "licence: CC-BY-4.0\n"
      "credit: Ural Notes\n"
      "byline: 'it''s us'\n"
      "published: 2026-02-28T10:00:00+03:00\n"
      "url: https://example.org/snow\n"
      "---\n"
      "Текст **статьи**.\n");
  ASSERT_TRUE(article.has_value()) << article.error().text;
  const auto& body = article->body;
  EXPECT_EQ(body.title, "Снег: как он \"тает\"");
  EXPECT_EQ(body.lede, "В двух словах");
  EXPECT_EQ(body.language, "be-tarask");
  EXPECT_EQ(body.regions, (std::vector<std::string>{"RU-SVE", "RU-CHE"}));
  EXPECT_EQ(body.topics, (std::vector<std::string>{"environment", "medtop:20000424"}));
  EXPECT_EQ(body.reprint.terms, "CC-BY-4.0");
  EXPECT_EQ(body.reprint.credit, "Ural Notes");
  EXPECT_EQ(body.byline, "it's us");
  EXPECT_EQ(to_rfc3339(*body.published_at), "2026-02-28T07:00:00Z");
  EXPECT_EQ(body.original_url, "https://example.org/snow");
  EXPECT_EQ(body.html, "<p>Текст <strong>статьи</strong>.</p>\n");
}

TEST(Article, TakesTheOpeningHeadingAsTitle) {
  const auto article = markdown("# Снег *тает*\n\nТекст\n");
  ASSERT_TRUE(article.has_value()) << article.error().text;
  EXPECT_EQ(article->body.title, "Снег тает");
  EXPECT_EQ(article->body.html, "<p>Текст</p>\n");
  EXPECT_EQ(article->body.language, "ru");
  EXPECT_EQ(article->body.regions, std::vector<std::string>{"RU-SVE"});
  EXPECT_EQ(article->body.reprint.terms, "ask");
}

TEST(Article, KeepsAHeadingThatIsNotTheTitle) {
  const auto article = markdown("---\ntitle: Снег\n---\n# Глава\n\nТекст\n");
  ASSERT_TRUE(article.has_value()) << article.error().text;
  EXPECT_EQ(article->body.title, "Снег");
  EXPECT_EQ(article->body.html, "<h2>Глава</h2>\n<p>Текст</p>\n");
}

TEST(Article, FlagsWinOverTheFile) {
  const auto article = markdown("---\ntitle: old\n---\ntext\n", {{"title", "new", "--title"}});
  ASSERT_TRUE(article.has_value());
  EXPECT_EQ(article->body.title, "new");
}

TEST(Article, LetsNoScriptThrough) {
  const auto article = markdown("# t\n\n<script>alert(1)</script>\n\n[a](javascript:alert(1)) ok <b onclick=x>b</b>\n");
  ASSERT_TRUE(article.has_value());
  EXPECT_EQ(article->body.html.find("script"), std::string::npos);
  EXPECT_EQ(article->body.html.find("onclick"), std::string::npos);
  const auto html = compose("<p onclick=x>ok<script>alert(1)</script></p>", Markup::kHtml, std::vector<Field>{{"title", "t", "--title"}},
                            {"ru", {}});
  ASSERT_TRUE(html.has_value());
  EXPECT_EQ(html->body.html, "<p>ok</p>");
}

TEST(Article, WrongInputsAreNamed) {
  EXPECT_EQ(error_of(markdown("---\ntitel: x\n---\ntext")), "line 2, key \"titel\": there is no such key; did you mean \"title\"?");
  EXPECT_EQ(error_of(markdown("---\ntitle: x\nauthor: y\n---\ntext")),
            "line 3, key \"author\": there is no such key; the keys are title, lede, language, regions, topics, licence, "
            "credit, photo-credit, byline, published, url, corrects");
  EXPECT_EQ(error_of(markdown("---\ntitle: x\ntitle: y\n---\ntext")), "line 3: \"title\" stands here a second time");
  EXPECT_EQ(error_of(markdown("---\ntitle: x\ntext")),
            "line 3: expected key: value");
  EXPECT_EQ(error_of(markdown("---\ntitle: x\n")),
            "line 1: the front matter that begins here with --- is never closed by another ---");
  EXPECT_EQ(error_of(markdown("---\ntitle: \"x\n---\ntext")), "line 2: the quote that opens the value is never closed");
  EXPECT_EQ(error_of(markdown("---\ntitle:x\n---\ntext")), "line 2: a space is missing after \"title:\"");
  EXPECT_EQ(error_of(markdown("---\ntitle: |\n  x\n---\ntext")),
            "line 2: a value cannot begin with |; put it between quotes");
  EXPECT_EQ(error_of(markdown("---\ntitle: x\nregions:\n  - RU-SVE\n---\ntext")),
            "line 3: \"regions\" has no value; write it on the same line, or leave the key out");
  EXPECT_EQ(error_of(markdown("# x\n\ntext", {{"language", "russian", "--language"}})),
            "--language: \"russian\" is not a language tag: it must begin with a language code of two or three letters "
            "(write ru, en, tt or be-tarask)");
  EXPECT_EQ(error_of(markdown("---\ntitle: x\nregions: Sverdlovsk\n---\ntext")),
            "line 3, key \"regions\": \"Sverdlovsk\" is not a region code of ISO 3166-2: write the country, a dash and the "
            "region in capitals, such as RU-SVE or GE-TB");
  EXPECT_EQ(error_of(markdown("---\ntitle: x\npublished: yesterday\n---\ntext")),
            "line 3, key \"published\": \"yesterday\" is not a date: write 2026-11-24 or 2026-11-24T07:23:50+03:00");
  EXPECT_EQ(error_of(markdown("---\ntitle: x\nlicence: all rights reserved\n---\ntext")),
            "line 3, key \"licence\": write an SPDX licence id such as CC-BY-4.0, or ask");
  EXPECT_EQ(error_of(markdown("text")), "the article has no title: add title: to its front matter, or give --title");
  EXPECT_EQ(error_of(markdown("# x\n\ntext", {}, {})),
            "the article has no language: add language: to its front matter, or give --language");
  EXPECT_EQ(error_of(markdown("# x\n")), "the article has no text below its front matter");
  EXPECT_EQ(error_of(markdown("# \xD1\n\ntext")), "the file is not UTF-8: save it as UTF-8 in your editor");
  EXPECT_EQ(error_of(markdown("# x\n\ntext", {{"corrects", "tzproject1qqqq", "--corrects"}})).substr(0, 12), "--corrects: ");
}

TEST(Article, ReadsFilesOfWindows) {
  const auto article = markdown("\xEF\xBB\xBF---\r\ntitle: x\r\n---\r\ntext\r\n");
  ASSERT_TRUE(article.has_value()) << article.error().text;
  EXPECT_EQ(article->body.title, "x");
}

TEST(Markdown, KnowsTablesAndStrikethrough) {
  EXPECT_NE(render_markdown("| a | b |\n|---|---|\n| 1 | 2 |\n").html.find("<table>"), std::string::npos);
  EXPECT_NE(render_markdown("~~old~~\n").html.find("<del>old</del>"), std::string::npos);
}

TEST(Languages, AreCheckedAndSpelledAsUsual) {
  EXPECT_EQ(parse_language("RU"), std::string("ru"));
  EXPECT_EQ(parse_language("rus"), std::string("ru"));
  EXPECT_EQ(parse_language("sr-latn-rs"), std::string("sr-Latn-RS"));
  EXPECT_EQ(parse_language("be-tarask"), std::string("be-tarask"));
  EXPECT_EQ(parse_language("myv"), std::string("myv"));
  EXPECT_EQ(parse_language("de-CH-1901"), std::string("de-CH-1901"));
  EXPECT_EQ(parse_language("en-x-newsroom"), std::string("en-x-newsroom"));
  for (const char* wrong : {"", "r", "russian", "qq", "ru-", "-ru", "ru_RU", "ru-RU-RU", "ru-RU-Latn", "ru-x", "1234", "ru-\xD0\xA0"})
    EXPECT_FALSE(parse_language(wrong).has_value()) << wrong;
}

TEST(Regions, HaveTheFormOfIso3166) {
  for (const char* right : {"RU-SVE", "GE-TB", "RU-AD", "KZ-75", "DE-BE"}) EXPECT_EQ(parse_region(right), std::string(right));
  for (const char* wrong : {"", "RU", "ru-sve", "RU-", "RU-SVER", "RUS-SVE", "RU_SVE", "RU-SV ", "R1-SVE"})
    EXPECT_FALSE(parse_region(wrong).has_value()) << wrong;
}

TEST(Article, ShowsThePicturesThatAreAttachments) {
  std::vector<std::string> asked;
  const BlobId blob{Hash32(), 7};
  const auto attachment_of = [&](const html::Image& image) -> std::optional<BlobId> {
    asked.push_back(image.written + "|" + image.alt + "|" + image.title);
    return image.url.empty() ? std::optional(blob) : std::nullopt;
  };
  const auto article = compose(
      "# T\n\n![A \"roof\"](roof.jpg \"Снег & <лёд>\")\n\nWords ![x](a%20b.jpg \"c\") and ![far](https://a.example/b.jpg)\n",
      Markup::kMarkdown, std::vector<Field>{{"photo-credit", "Анна", "--photo-credit"}}, {"ru", {}}, attachment_of);
  ASSERT_TRUE(article) << article.error().text;
  EXPECT_EQ(asked, (std::vector<std::string>{"roof.jpg|A \"roof\"|Снег & <лёд>", "a%20b.jpg|x|c", "https://a.example/b.jpg|far|"}));
  const std::string image = "<img src=\"" + blob.text() + "\" alt=\"";
  EXPECT_EQ(article->body.html,
            "<figure>\n" + image + "A &quot;roof&quot;\"/>\n<figcaption>Снег &amp; &lt;лёд&gt;</figcaption></figure>\n<p>Words " + image +
                "x\"/> and <a href=\"https://a.example/b.jpg\">far</a></p>\n");
  EXPECT_EQ(article->photo_credit, "Анна");
}

}  // namespace
}  // namespace tamizdat::article
