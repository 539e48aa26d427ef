// The feeds of a channel: Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1 with full texts, in pages (RFC 5005 section 3,
// next_url). Well-formed whatever desks wrote.
//
// Ids: an imported item keeps the guid that its source gave it, so that a reader who knew it there knows it here;
// others are named by their entry. A correction keeps the id and moves `updated`; below
// its text stand its day and a link to the first version, which Atom has as `predecessor-version` (RFC 5829) too. The ids are the same on every relay.
// Loop thread only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "relay/reader/archive.h"
#include "relay/reader/article.h"
#include "relay/reader/channel.h"
#include "relay/reader/pages.h"

namespace tamizdat::reader {

class Feeds {
 public:
  // All references outlive the feeds.
  Feeds(const store::Store& store, const Catalog& catalog, const Names& names, const Pages& pages);

  // The newest articles of the channel whose text is here, or those behind the place `before`. `host` is the one that
  // was asked, perhaps with a port.
  std::string feed(const Channel& channel, FeedKind kind, StoryKey before, const std::string& host) const;
  // A page of the archive of a project's feed, as Atom.
  std::string archive(const ArchivePage& page, const std::string& host) const;
  // The feeds of all projects, as OPML 2.0.
  std::string opml(const std::string& host) const;

 private:
  struct Item;
  struct Document;
  Document document(const Channel& channel, StoryKey before, std::string base) const;
  // Nothing if its text is not here.
  std::optional<Item> item_of(const Story& story, const std::string& base) const;
  std::vector<Item> archived_items(const ArchivePage& page, const std::string& base) const;
  std::string atom(const Document& feed) const;
  std::string atom_head(const Channel& channel, Timestamp updated, const std::string& base,
                        const std::string& self) const;
  std::string atom_entry(const Item& item, const std::string& base) const;
  std::string rss(const Document& feed) const;
  std::string rss_item(const Item& item, const std::string& base) const;
  std::string json(const Document& feed) const;

  std::string title(const Channel& channel) const;
  std::string author(const Article& article) const;
  std::string rights(const Article& article) const;
  // What the article is about, as words.
  std::vector<std::string> tags_of(const Article& article) const;

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
