// links: tamizdat_feeds
// Any octets through decoding and the feed reader (XML and JSON), and through the reader of lists (OPML): every text is
// valid UTF-8 and clean, every item has a guid and something to show, its HTML is what the sanitiser gives, links to
// articles, further pages and listed feeds are web links.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>

#include "client-lib/feeds/feed.h"
#include "client-lib/feeds/limits.h"
#include "client-lib/feeds/opml.h"
#include "proto/base/bytes.h"
#include "proto/base/check.h"
#include "proto/html/sanitise.h"
#include "proto/html/text.h"

namespace {

using namespace tamizdat;

void check_item(const feeds::FeedItem& item) {
  for (const std::string* text : {&item.guid, &item.title, &item.lede, &item.html, &item.link, &item.language})
    TMZ_CHECK(is_utf8(*text) && html::clean_text(*text) == *text);
  TMZ_CHECK(!item.guid.empty() && !item.title.empty());
  TMZ_CHECK(item.link.empty() || item.link.starts_with("http"));
  for (const std::string& enclosure : item.enclosures) TMZ_CHECK(enclosure.starts_with("http"));
  const auto again = html::sanitise(item.html);
  TMZ_CHECK(again && *again == item.html);
  // With nothing to put in the place of images, the text comes out of what it was made of.
  const auto anew = html::sanitise(item.raw_html, {item.base_url});
  TMZ_CHECK(anew && anew->find(item.html) != std::string::npos);
  for (const std::string& picture : item.pictures) TMZ_CHECK(std::ranges::count(item.enclosures, picture) == 1);
}

void check_list(BytesView input, const feeds::FeedHints& hints) {
  const auto list = feeds::parse_opml(input, hints);
  if (!list || !*list) return;
  TMZ_CHECK(!(*list)->feeds.empty() && (*list)->feeds.size() <= feeds::kListedFeedsMax);
  std::set<std::string_view> urls;
  for (const feeds::ListedFeed& feed : (*list)->feeds) {
    TMZ_CHECK(is_utf8(feed.title) && html::clean_text(feed.title) == feed.title);
    TMZ_CHECK(feed.url.starts_with("http") && urls.insert(feed.url).second);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(reinterpret_cast<const char*>(data), size);
  const feeds::FeedHints hints{"text/xml; charset=windows-1251", "https://source.example/feed.xml"};
  check_list(input, hints);
  const auto feed = feeds::parse_feed(input, hints);
  if (!feed) return 0;
  TMZ_CHECK(feed->next_page.empty() || feed->next_page.starts_with("http"));
  for (const std::string* text : {&feed->format, &feed->title, &feed->link, &feed->language})
    TMZ_CHECK(is_utf8(*text) && html::clean_text(*text) == *text);
  std::set<std::string_view> guids;
  for (const feeds::FeedItem& item : feed->items) {
    check_item(item);
    TMZ_CHECK(guids.insert(item.guid).second);
  }
  return 0;
}
