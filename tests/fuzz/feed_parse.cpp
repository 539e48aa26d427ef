// links: tamizdat_feeds
// Any octets through decoding and the feed reader: every text of a feed is valid UTF-8 and clean, every item has a guid
// and something to show, its HTML is what the sanitiser gives, its links are web links.
#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>

#include "client-lib/feeds/feed.h"
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
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(reinterpret_cast<const char*>(data), size);
  const auto feed = feeds::parse_feed(input, {"text/xml; charset=windows-1251", "https://source.example/feed.xml"});
  if (!feed) return 0;
  std::set<std::string_view> guids;
  for (const feeds::FeedItem& item : feed->items) {
    check_item(item);
    TMZ_CHECK(guids.insert(item.guid).second);
  }
  return 0;
}
