#include "client-lib/importer/identity.h"

#include <algorithm>

#include "proto/format/entry.h"

namespace tamizdat::importer {
namespace {

bool is_unique_by_itself(std::string_view guid) {
  return guid.find("://") != std::string_view::npos || guid.starts_with("tag:") || guid.starts_with("urn:");
}

// What follows the host.
std::string_view path_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  url.remove_prefix(scheme + 3);
  return url.substr(std::min(url.find_first_of("/?#"), url.size()));
}

// Compared with the article as it was first published.
Result<bool> is_same(const feeds::FeedItem& item, const desk::ImportedItem& known, desk::DeskStore& store) {
  const auto entry = store.log().find(known.original);
  if (!entry) return tl::unexpected(entry.error());
  if (!*entry) return false;
  const auto body = format::parse_body((*entry)->body);
  if (!body) return false;
  const bool names_a_page = path_of(item.link).size() > 1;  // some feeds link the front page in every item
  if (names_a_page && item.link == body->original_url) return true;
  return item.title == body->title && path_of(item.link) == path_of(body->original_url);
}

}  // namespace

Result<Identity> identify(const feeds::FeedItem& item, const std::string& place, desk::DeskStore& store) {
  Identity out;
  const bool is_unique = is_unique_by_itself(item.guid);
  out.name = is_unique ? item.guid : place + " " + item.guid;
  const auto known = store.imports().find(out.name);
  if (!known) return tl::unexpected(known.error());
  out.known = *known;
  if (out.known || is_unique) return out;
  const auto others = store.imports().find_ending(" " + item.guid);
  if (!others) return tl::unexpected(others.error());
  for (const auto& other : *others) {
    const auto same = is_same(item, other, store);
    if (!same) return tl::unexpected(same.error());
    if (!*same) continue;
    out.known = other;
    out.known_by_another_name = true;
    return out;
  }
  out.guid_is_shared = !others->empty();
  return out;
}

}  // namespace tamizdat::importer
