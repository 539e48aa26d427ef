// Rendered pages and feeds, the least recently asked for dropped first. A page is good as long as the list behind it
// has the same number of changes. Loop thread only.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "relay/http/message.h"

namespace tamizdat::reader {

class PageCache {
 public:
  explicit PageCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // Null if there is none or it is of another number of changes.
  std::shared_ptr<const http::Content> find(const std::string& key, std::uint64_t changes);
  void keep(const std::string& key, std::uint64_t changes, std::shared_ptr<const http::Content> content);
  std::size_t bytes() const { return bytes_; }

 private:
  struct Page {
    std::string key;
    std::uint64_t changes = 0;
    std::shared_ptr<const http::Content> content;
  };
  using Pages = std::list<Page>;  // the last asked for first

  static std::size_t cost(const Page& page);
  void drop(Pages::iterator page);

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  Pages pages_;
  std::unordered_map<std::string, Pages::iterator> by_key_;
};

}  // namespace tamizdat::reader
