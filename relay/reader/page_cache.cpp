#include "relay/reader/page_cache.h"

namespace tamizdat::reader {
namespace {

// The gzip form, made when first asked for, is about a quarter of the page; nodes and keys take some hundred octets.
constexpr std::size_t kPageOverheadBytes = 512;

}  // namespace

std::size_t PageCache::cost(const Page& page) {
  const auto bytes = page.content->bytes().size();
  return bytes + bytes / 4 + 2 * page.key.size() + kPageOverheadBytes;
}

std::shared_ptr<const http::Content> PageCache::find(const std::string& key, std::uint64_t changes) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  const auto page = found->second;
  if (page->changes != changes) {
    drop(page);
    return nullptr;
  }
  pages_.splice(pages_.begin(), pages_, page);
  return page->content;
}

void PageCache::keep(const std::string& key, std::uint64_t changes, std::shared_ptr<const http::Content> content) {
  if (const auto found = by_key_.find(key); found != by_key_.end()) drop(found->second);
  pages_.push_front({key, changes, std::move(content)});
  by_key_.emplace(key, pages_.begin());
  bytes_ += cost(pages_.front());
  while (bytes_ > bytes_max_) drop(std::prev(pages_.end()));
}

void PageCache::drop(Pages::iterator page) {
  bytes_ -= cost(*page);
  by_key_.erase(page->key);
  pages_.erase(page);
}

}  // namespace tamizdat::reader
