#include "client-lib/feeds/items.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "client-lib/feeds/limits.h"
#include "proto/format/hash.h"
#include "proto/html/text.h"
#include "proto/html/sanitise.h"

namespace tamizdat::feeds {

void add_once(std::vector<std::string>& list, std::string value) {
  if (value.empty() || list.size() >= kLabelsMax || std::ranges::find(list, value) != list.end()) return;
  list.push_back(std::move(value));
}

void add_enclosure(FeedItem& item, std::string url, std::string_view media_type) {
  std::string path = url.substr(0, url.find_first_of("?#"));
  std::ranges::transform(path, path.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto is_named_so = [&](std::string_view ending) { return path.ends_with(ending); };
  constexpr std::array<std::string_view, 8> kEndings{".jpg", ".jpeg", ".png", ".webp", ".gif", ".heic", ".tif", ".tiff"};
  if (media_type.starts_with("image") || (media_type.empty() && std::ranges::any_of(kEndings, is_named_so)))
    add_once(item.pictures, url);
  add_once(item.enclosures, std::move(url));
}

bool is_web_url(std::string_view url) { return url.starts_with("http"); }

Result<void> settle_title(FeedItem& item) {
  if (!item.title.empty()) return {};
  const std::string words = html::collapse_space(html::to_text(item.html).value_or(std::string()));
  if (words.empty()) return fail(kFeedMalformed, "the item has neither title nor text");
  constexpr std::size_t kMadeTitleBytesMax = 160;
  const std::string_view cut = html::cut_utf8(words, kMadeTitleBytesMax);
  const std::size_t word_end = cut.size() == words.size() ? cut.size() : std::min(cut.rfind(' '), cut.size());
  item.title = std::string(cut.substr(0, word_end)) + (word_end == words.size() ? "" : "…");
  item.notes.emplace_back("the item has no title: the beginning of its text stands for it");
  return {};
}

void settle_guid(FeedItem& item, std::string_view date_as_given) {
  if (item.guid.empty() && !item.link.empty()) {
    item.notes.emplace_back("the item has no guid: its link stands for it, and a new link would make it a new article");
    item.guid = item.link;
  }
  if (item.guid.empty()) {
    item.notes.emplace_back(
        "the item has neither guid nor link: its title and date stand for them, and a new title would make it a new "
        "article");
    item.guid = "sha256:" + to_hex(format::sha256({item.title, "\n", date_as_given}).view());
  } else if (item.guid.size() > kGuidBytesMax) {
    item.guid = "sha256:" + to_hex(format::sha256({item.guid}).view());
  }
}

std::size_t ItemList::within_limit(std::size_t count) {
  if (count > kItemsMax)
    feed_.notes.push_back("the feed has " + std::to_string(count) + " items: only the first " +
                          std::to_string(kItemsMax) + " were read");
  return std::min(count, kItemsMax);
}

void ItemList::add(Result<FeedItem> item, std::size_t position, std::string_view label) {
  if (!item) return skip(position, label, item.error().text);
  const auto [earlier, is_new] = position_of_guid_.emplace(item->guid, position);
  if (!is_new)
    return skip(position, label, "it has the guid of item " + std::to_string(earlier->second) +
                                     " of the same feed: each article needs its own");
  feed_.items.push_back(*std::move(item));
}

void ItemList::skip(std::size_t position, std::string_view label, std::string reason) {
  feed_.skipped.push_back({position, std::string(label), std::move(reason)});
}

}  // namespace tamizdat::feeds
