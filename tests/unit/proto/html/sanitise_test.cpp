#include "proto/html/sanitise.h"

#include <gtest/gtest.h>

#include "proto/html/limits.h"

namespace tamizdat::html {
namespace {

constexpr std::string_view kBase = "https://news.example/2026/article/";

std::string clean(std::string_view html) {
  const auto once = sanitise(html, {kBase});
  EXPECT_TRUE(once) << (once ? "" : once.error().text);
  if (!once) return {};
  const auto twice = sanitise(*once);
  EXPECT_TRUE(twice);
  EXPECT_EQ(*twice, *once) << "sanitising twice changed the text";
  return *once;
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Sanitise, KeepsWhatNewsroomsWrite) {
  constexpr std::string_view kArticle =
      "<h2>Заголовок</h2><p>Текст <b>важный</b>, <a href=\"https://a.example/?b=1&amp;c=2\">ссылка</a>.<br/>Ещё.</p>"
      "<ul><li>раз</li><li>два<ol start=\"3\"><li>три</li></ol></li></ul><blockquote><p>— Цитата</p></blockquote><hr/>"
      "<figure><pre>код\n  два</pre><figcaption>Подпись</figcaption></figure>"
      "<table><caption>Итоги</caption><thead><tr><th colspan=\"2\">А</th></tr></thead>"
      "<tbody><tr><td>1</td><td></td></tr></tbody></table>"
      "<dl><dt>Слово</dt><dd>Смысл</dd></dl><p lang=\"he\" dir=\"rtl\">H<sub>2</sub>O <q>q</q> "
      "<abbr title=\"Организация\">ООН</abbr> <time datetime=\"2026-11-24\">вчера</time></p>";
  EXPECT_EQ(clean(kArticle), kArticle);
}

TEST(Sanitise, RemovesProgramsFormsAndFramesWithTheirContent) {
  for (const std::string_view name :
       {"script", "style", "iframe", "object", "svg", "math", "form", "noscript", "template", "textarea", "title", "video"}) {
    const std::string html = "<p>a</p><" + std::string(name) + " x=1>bad <b>bad</b></" + std::string(name) + "><p>z</p>";
    EXPECT_EQ(clean(html), "<p>a</p><p>z</p>") << name;
  }
  EXPECT_EQ(clean("<p>a<svg><svg></svg><p>bad</svg>z"), "<p>az</p>");
  EXPECT_EQ(clean("a<script>if (x < 1) '<b>'</scripty></SCRIPT >z"), "az");
  EXPECT_EQ(clean("a<embed src=x><input value=y><meta http-equiv=refresh><link rel=stylesheet href=x>z"), "az");
}

TEST(Sanitise, UnwrapsUnknownElementsAndKeepsSectionsApart) {
  EXPECT_EQ(clean("<span style='color:red'>a</span> <font>b</font> <tg-spoiler>c</tg-spoiler>"), "a b c");
  EXPECT_EQ(clean("<section>a</section><article>b</article>"), "<div>a</div><div>b</div>");
  EXPECT_EQ(clean("<h1>a</h1><strike>b</strike><center>c</center>"), "<h2>a</h2><s>b</s><div>c</div>");
  EXPECT_EQ(clean("<html><head><title>t</title></head><body><p>a</body></html>"), "<p>a</p>");
}

TEST(Sanitise, WritesTextEscapedWhateverItWas) {
  EXPECT_EQ(clean("1 < 2 &amp;&amp; 3 > 2 &lt;script&gt;alert(1)&lt;/script&gt;"),
            "1 &lt; 2 &amp;&amp; 3 &gt; 2 &lt;script&gt;alert(1)&lt;/script&gt;");
  EXPECT_EQ(clean("a<!-- b --><!--> c <!-- d --!>e<![CDATA[x]]>f<?php g ?>h"), "a c efh");
  EXPECT_EQ(clean("&laquo;&nbsp;&#1103;&#x44F;&raquo; &unknown; &"), "«\u00A0яя» &amp;unknown; &amp;");
  EXPECT_EQ(clean("<<b>x</b>"), "&lt;<b>x</b>");
}

TEST(Sanitise, DropsEventHandlersStylesAndIds) {
  EXPECT_EQ(clean("<p onclick='x()' style=a id=b class=c data-d=e>t</p>"), "<p>t</p>");
  EXPECT_EQ(clean("<p lang='\"><script>' dir=up>t</p>"), "<p>t</p>");
  EXPECT_EQ(clean("<a href='https://a.example/\"><script>x</script>'>t</a>"),
            "<a href=\"https://a.example/%22%3E%3Cscript%3Ex%3C/script%3E\">t</a>");
}

TEST(Sanitise, UnwrapsLinksThatAreNotSafe) {
  for (const std::string_view url :
       {"javascript:alert(1)", " JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "java&#9;script:alert(1)",
        "javascript&colon;alert(1)", "&#1;javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
        "https://bank.example@evil.example/", "https://good.example/&#x202E;gpj.exe", "https:evil", "", "http://"}) {
    EXPECT_EQ(clean("<a href=\"" + std::string(url) + "\">t</a>"), "t") << url;
  }
}

TEST(Sanitise, ResolvesRelativeLinks) {
  EXPECT_EQ(clean("<a href='../other?x#y'>t</a>"), "<a href=\"https://news.example/2026/other?x#y\">t</a>");
  const auto without_base = sanitise("<a href='/x'>t</a>");
  ASSERT_TRUE(without_base);
  EXPECT_EQ(*without_base, "t");
}

TEST(Sanitise, TurnsImagesIntoLinks) {
  EXPECT_EQ(clean("<img src=/a.jpg alt='Митинг &amp; полиция'>"),
            "<a href=\"https://news.example/a.jpg\">Митинг &amp; полиция</a>");
  EXPECT_EQ(clean("<img src='data:image/gif;base64,R0' data-src='/b/c.jpg?w=1'>"),
            "<a href=\"https://news.example/b/c.jpg?w=1\">c.jpg</a>");
  EXPECT_EQ(clean("<a href=/full.jpg><img src=/thumb.jpg></a>"), "<a href=\"https://news.example/full.jpg\">thumb.jpg</a>");
  EXPECT_EQ(clean("a<img src=/b.jpg>c <img src=/b.jpg> d"),
            "a <a href=\"https://news.example/b.jpg\">b.jpg</a> c <a href=\"https://news.example/b.jpg\">b.jpg</a> d");
  EXPECT_EQ(clean("a<img src=https://s.w.org/1f642.svg alt=🙂 class=emoji>"), "a🙂");
  EXPECT_EQ(clean("a<img src=https://t.example/p.gif width=1 height=1>"), "a");
}

BlobId some_blob(std::uint64_t size) { return {*Hash32::from(Bytes(32, 'b')), size}; }

TEST(Sanitise, KeepsImagesThatAreAttachments) {
  const auto id = some_blob(7).text();
  const auto kept = "<figure><img src=\"" + id + "\" alt=\"Митинг &amp; «полиция»\"/><figcaption>x</figcaption></figure>";
  EXPECT_EQ(clean(kept), kept);
  EXPECT_EQ(clean("<p><img src=" + id + " width=1 onerror=alert(1) srcset='https://t.example/x 2x'></p>"),
            "<p><img src=\"" + id + "\" alt=\"\"/></p>");
  // Everything else that names something is no attachment: another id, another spelling, an address around it.
  for (const auto& other : {ProjectId().text(), BlobId().text(), " " + id, id + "?", "/b/" + id, "x:" + id})
    EXPECT_EQ(clean("a<img src='" + other + "'>").find("<img"), std::string::npos) << other;
}

TEST(Sanitise, PutsAttachmentsInPlaceOfImages) {
  std::vector<std::string> asked;
  const auto attachment_of = [&asked](const Image& image) -> std::optional<BlobId> {
    asked.push_back(image.written + "|" + image.url + "|" + image.alt + "|" + image.title);
    if (image.written == "no.jpg") return std::nullopt;
    return some_blob(asked.size());
  };
  const auto html = sanitise("<p><img src=' a b.jpg ' alt=A title=T><a href=/x><img src='data:image/gif;base64,R0' "
                             "data-src=/c.jpg></a><img src=no.jpg><img src=t.gif width=1><img alt=nothing></p>",
                             {kBase, attachment_of});
  ASSERT_TRUE(html);
  EXPECT_EQ(*html, "<p><img src=\"" + some_blob(1).text() + "\" alt=\"A\"/><a href=\"https://news.example/x\"><img src=\"" +
                       some_blob(2).text() + "\" alt=\"\"/></a><a href=\"https://news.example/2026/article/no.jpg\">no.jpg</a></p>");
  EXPECT_EQ(asked, (std::vector<std::string>{"a b.jpg|https://news.example/2026/article/a%20b.jpg|A|T",
                                             "/c.jpg|https://news.example/c.jpg||",
                                             "no.jpg|https://news.example/2026/article/no.jpg||"}));
  EXPECT_EQ(*sanitise(*html), *html);
}

TEST(Sanitise, ALazyPictureIsNotItsPlaceholder) {
  for (const std::string attributes : {"data-src=a.png src=''", "data-src=a.png src=DATA:image/gif;base64,R0", "data-src=data:,x src=a.png"}) {
    std::string asked;
    ASSERT_TRUE(sanitise("x<img " + attributes + ">", {{}, [&asked](const Image& image) {
                                                         asked = image.written;
                                                         return std::optional<BlobId>();
                                                       }}));
    EXPECT_EQ(asked, "a.png") << attributes;
  }
}

TEST(Sanitise, AsksForFilesBesideTheText) {
  std::string asked;
  const auto html = sanitise("<img src='photos/a.jpg'>", {{}, [&asked](const Image& image) {
                                                            asked = image.written + "|" + image.url;
                                                            return std::optional<BlobId>();
                                                          }});
  ASSERT_TRUE(html);
  EXPECT_EQ(*html, "");
  EXPECT_EQ(asked, "photos/a.jpg|");
}

TEST(Sanitise, RemovesCharactersThatHideOrReorder) {
  EXPECT_EQ(clean("a\u202E\u2066b&#x202E;c\u200Bd\uFEFFe&#0;f&#1;g\x1F\r\nh"), "abcde\uFFFDfg\nh");
  EXPECT_EQ(clean("\U0001F468\u200D\U0001F469 می\u200Cخواهم"), "\U0001F468\u200D\U0001F469 می\u200Cخواهم");
}

TEST(Sanitise, ClosesWhatWasLeftOpen) {
  EXPECT_EQ(clean("<p>a<p>b<ul><li>c<li>d</ul>e"), "<p>a</p><p>b</p><ul><li>c</li><li>d</li></ul>e");
  EXPECT_EQ(clean("<b><i>a</b>b</i>"), "<b><i>a</i></b>b");
  EXPECT_EQ(clean("<p><b>a<p>b</b>c"), "<p><b>a</b></p><p><b>b</b>c</p>");
  EXPECT_EQ(clean("<p><a href=/x><div>a</div>b</a>"),
            "<div><a href=\"https://news.example/x\">a</a></div>b");
  EXPECT_EQ(clean("<table><tr><td>a<td>b<tr><td>c</table>d"),
            "<table><tbody><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></tbody></table>d");
  EXPECT_EQ(clean("<table>a<p>b<tr>c</table>"),
            "<table><tbody><tr><td>a<p>b</p></td></tr><tr><td>c</td></tr></tbody></table>");
  EXPECT_EQ(clean("<h2><i>a<h3>b</h3>"), "<h2><i>a</i></h2><h3>b</h3>");
  EXPECT_EQ(clean("<td>a</td></p></br>b"), "a<br/>b");
  EXPECT_EQ(clean("<p>cut <a href=\"https://x.exa"), "<p>cut </p>");
}

TEST(Sanitise, NeverNestsLinks) {
  EXPECT_EQ(clean("<a href=/1>a<a href=/2>b</a>"),
            "<a href=\"https://news.example/1\">a</a><a href=\"https://news.example/2\">b</a>");
  EXPECT_EQ(clean("<a href=/1><div>a<a href=/2>b</a></div></a>"),
            "<a href=\"https://news.example/1\"><div>ab</div></a>");
}

TEST(Sanitise, KeepsTheFirstNewlineOfPreformattedText) {
  EXPECT_EQ(clean("<pre>\n\na</pre>"), "<pre>\n\na</pre>");
  EXPECT_EQ(clean("<pre>\na</pre>"), "<pre>a</pre>");
  EXPECT_EQ(clean("<pre><b></b>\n\na</pre>"), "<pre>\n\n\na</pre>");
}

TEST(Sanitise, DropsEmptyElementsButNotTheGapTheyMade) {
  EXPECT_EQ(clean("<p></p><p>a<b></b>b</p><div><p></p></div>"), "<p>ab</p>\n");
  EXPECT_EQ(clean("a<p></p>b"), "a\nb");
}

TEST(Sanitise, FlattensWhatIsTooDeep) {
  const std::string deep = clean(repeated("<div>", 100'000) + "text");
  EXPECT_EQ(deep, repeated("<div>", kDepthMax) + "text" + repeated("</div>", kDepthMax));
}

TEST(Sanitise, RefusesWhatIsTooLargeOrNotUtf8) {
  const auto large = sanitise(std::string(kHtmlBytesMax + 1, 'a'));
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, kHtmlTooLarge);
  const auto grown = sanitise(std::string(kHtmlBytesMax, '<'));
  ASSERT_FALSE(grown);
  EXPECT_EQ(grown.error().code, kHtmlTooLarge);
  const auto binary = sanitise("a\xFF");
  ASSERT_FALSE(binary);
  EXPECT_EQ(binary.error().code, kHtmlNotUtf8);
  const auto many = sanitise(repeated("<br>", kElementsMax + 1));
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code, kHtmlTooManyElements);
  EXPECT_TRUE(sanitise(repeated("<br>", kElementsMax)));
}

// Each of these made gumbo alone work for minutes or take gigabytes. A regression shows as a test that never ends.
TEST(Sanitise, StaysLinearOnHostileInput) {
  const std::size_t kLarge = kHtmlBytesMax - 4096;
  std::string attributes = "<p";
  while (attributes.size() < kLarge) attributes += " a" + std::to_string(attributes.size());
  EXPECT_EQ(clean(attributes + ">x"), "<p>x</p>");

  std::string formatting = "<p>";
  for (int i = 0; i < 250; ++i) formatting += "<b lang=a" + std::to_string(i) + ">";
  while (formatting.size() < 400'000) formatting += "<p>x";
  EXPECT_FALSE(sanitise(formatting));

  std::string in_table = "<table>";
  for (int i = 0; i < 250; ++i) in_table += "<b lang=a" + std::to_string(i) + ">";
  while (in_table.size() < 600'000) in_table += "<tr></tr>x";
  EXPECT_FALSE(sanitise(in_table));

  for (const std::string_view unit : {"<!--", "<!-- --!", "<a href=\"", "<", "</", "</p", "<script>", "<svg>", "</b>", "&",
                                      "<![CDATA[", "<table>", "</table>", "<tr>", "-", "--", "&#", "<p a='", "\r"})
    std::ignore = sanitise(repeated(unit, kLarge / unit.size()));
}

TEST(Sanitise, IsStableOnTagSoup) {
  const auto attachment = "<img src=" + some_blob(7).text() + ">";
  const std::string_view pieces[] = {
      "<p>",     "</p>",  "<b>",     "</b>",      "<a href=/x>", "</a>", "<table>", "</table>", "<tr>",   "</tr>",
      "<td>",    "</td>", "<th>",    "<caption>", "</caption>",  "<ul>", "</ul>",   "<li>",     "</li>",  "<div>",
      "</div>",  "<pre>", "</pre>",  "\n",        "<dl>",        "<dt>", "<dd>",    "</dl>",    "<h2>",   "<h3>",
      "</h3>",   "<hr>",  "<br/>",   "<i lang=a>", "</i>",       "<q>",  "<img src=/y alt='z w'>",   "<thead>", "<tbody>",
      "<figure>", "<figcaption>", "</figure>", "<blockquote>", "</blockquote>", "<a>", "<abbr>", "text", " ", "&amp;lt;",
      "<form>", "</form>", "<svg>", "</svg>", "<span>", "</span>", "<sup>", "<code>", "</code>", "<time>", "&#10;", "<",
      attachment};
  std::uint32_t state = 1;
  for (int round = 0; round < 3000; ++round) {
    std::string html;
    for (int i = 0; i < 30; ++i) {
      state = state * 1'664'525U + 1'013'904'223U;
      html += pieces[(state >> 8) % std::size(pieces)];
    }
    clean(html);
    ASSERT_FALSE(HasFailure()) << html;
  }
}

TEST(ToText, GivesOneLineForEachBlock) {
  const auto text = to_text("<h2>За&shy;голо&laquo;вок&raquo;</h2><p>Один\n <b>два</b>три<br>четыре&nbsp;&nbsp;пять</p>"
                            "<script>x</script><ul><li>a<li>b</ul><table><tr><td>1<td>2<tr><td>3</table> <img alt=no> z");
  ASSERT_TRUE(text);
  EXPECT_EQ(*text, "За\u00ADголо«вок»\nОдин дватри\nчетыре пять\na\nb\n1 2\n3\nz");
}

TEST(ToText, KeepsSpacesBetweenInlineElements) {
  const auto text = to_text(" <b>a</b> <i>b</i>c <u> d</u>");
  ASSERT_TRUE(text);
  EXPECT_EQ(*text, "a bc d");
}

}  // namespace
}  // namespace tamizdat::html
