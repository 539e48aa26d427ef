// The feeds of a channel: Atom (RFC 4287) and RSS 2.0 with full texts. Well-formed XML whatever desks wrote.
//
// Ids: an imported item keeps the guid that its source gave it, so that a reader who knew it there knows it here;
// others are named by their entry. A correction keeps the id and moves `updated`. The ids are the same on every relay.
// Loop thread only.
#pragma once

#include <string>

#include "relay/reader/article.h"
#include "relay/reader/channel.h"
#include "relay/reader/pages.h"

namespace tamizdat::reader {

class Feeds {
 public:
  // All references outlive the feeds.
  Feeds(const store::Store& store, const Catalog& catalog, const Names& names, const Pages& pages);

  // The newest articles of the channel whose text is here. `host` is the one that was asked, perhaps with a port.
  std::string feed(const Channel& channel, FeedKind kind, const std::string& host) const;

 private:
  struct Item;
  std::vector<Item> items(const Channel& channel) const;
  std::string atom(const Channel& channel, const std::string& base, const std::vector<Item>& items) const;
  std::string atom_entry(const Item& item, const std::string& base) const;
  std::string rss(const Channel& channel, const std::string& base, const std::vector<Item>& items) const;
  std::string rss_item(const Item& item, const std::string& base) const;
  std::string title(const Channel& channel) const;
  std::string rights(const Article& article) const;

  const store::Store& store_;
  const Catalog& catalog_;
  const Names& names_;
  const Pages& pages_;
};

// An absolute URI or IRI by its form (RFC 3986 section 3), as an Atom id must be.
bool is_uri(std::string_view text);
// A UUID of version 8 (RFC 9562 section 5.8) made of a hash: the form of our own ids in feeds.
std::string urn_of(const Hash32& hash);

}  // namespace tamizdat::reader
