#include "relay/reader/page_cache.h"

#include <algorithm>

namespace tamizdat::reader {
namespace {

// The gzip form, made when first asked for, is about a quarter of the page; nodes and keys take some hundred octets.
constexpr std::size_t kPageOverheadBytes = 512;

}  // namespace

std::size_t PageCache::cost(const Page& page) {
  const auto bytes = page.kept.content->bytes().size();
  return bytes + bytes / 4 + 2 * page.key.size() + kPageOverheadBytes;
}

PageCache::State PageCache::state(const Channel& list) {
  const auto of_list = catalog_.state(list);
  State state{of_list.changes, {}, of_list.changed_at};
  const auto put = [&state](const auto& standing) {
    state.standing = standing.text;
    state.changed_at = std::max(state.changed_at, standing.changed_at);
  };
  if (list.project)
    put(standings_.of(*list.project));
  else
    put(standings_.badges());
  return state;
}

std::optional<PageCache::Kept> PageCache::find(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end() || catalog_.building()) return std::nullopt;
  const auto page = found->second;
  auto now = state(page->list);
  if (page->kept.state.changes != now.changes || page->kept.state.standing != now.standing) {
    drop(page);
    return std::nullopt;
  }
  pages_.splice(pages_.begin(), pages_, page);
  return Kept{page->kept.content, std::move(now)};
}

void PageCache::keep(const std::string& key, const Channel& list, const Kept& page) {
  if (catalog_.building()) return;
  if (const auto found = by_key_.find(key); found != by_key_.end()) drop(found->second);
  pages_.push_front({key, list, page});
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
