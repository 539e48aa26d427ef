// Rendered pages and feeds, the least recently asked for dropped first. A page is good as long as the list that it was
// made from has the same number of changes, and the project of that list, or where it has none every project, stands as it
// stood; none is kept while the catalog is being built. Loop thread only.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "relay/http/message.h"
#include "relay/reader/catalog.h"
#include "relay/reader/standing.h"

namespace tamizdat::reader {

class PageCache {
 public:
  // What the pages of a list depend on.
  struct State {
    std::uint64_t changes = 0;  // of the list
    std::string standing;       // of its project, or of all
    Timestamp changed_at;       // the later of the two
  };
  struct Kept {
    std::shared_ptr<const http::Content> content;
    State state;
  };

  // Both outlive the cache.
  PageCache(const Catalog& catalog, Standings& standings, std::size_t bytes_max)
      : catalog_(catalog), standings_(standings), bytes_max_(bytes_max) {}

  State state(const Channel& list);
  // Nothing if there is none, or it is no longer good.
  std::optional<Kept> find(const std::string& key);
  // `page.state` is from before the page was made. One key is always of the same list.
  void keep(const std::string& key, const Channel& list, const Kept& page);
  std::size_t bytes() const { return bytes_; }

 private:
  struct Page {
    std::string key;
    Channel list;
    Kept kept;
  };
  using Pages = std::list<Page>;  // the last asked for first

  static std::size_t cost(const Page& page);
  void drop(Pages::iterator page);

  const Catalog& catalog_;
  Standings& standings_;
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  Pages pages_;
  std::unordered_map<std::string, Pages::iterator> by_key_;
};

}  // namespace tamizdat::reader
