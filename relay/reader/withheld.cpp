#include "relay/reader/withheld.h"

#include "proto/html/url.h"

namespace tamizdat::reader {

std::optional<WithheldText> withheld_text(const statements::Statements& statements, const store::Store& store,
                                          const RelayId& self, const RelayAddresses& addresses, const Article& article,
                                          const std::string& path) {
  const auto statement = statements::withholding_in_force(statements, article.project, article.id, self);
  if (!statement) return std::nullopt;
  WithheldText out{*statement->as<format::Withholding>(), {}};
  const statements::EntryPlace place{article.project, article.position.log, article.position.index, article.id};
  for (const auto& relay : statements::holders_of(statements, place)) {
    if (relay.relay == self) continue;
    const auto address = addresses.find(relay.relay);
    if (address == addresses.end())
      out.places.push_back({relay.country, {}, relay.relay.text()});
    else
      out.places.push_back({relay.country, "https://" + address->second + path, address->second});
  }
  const auto charter = store.charter(article.project);
  for (const auto& mirror : charter ? charter->content().mirrors : std::vector<format::Mirror>())
    if (auto url = html::safe_url(mirror.url, {})) out.places.push_back({mirror.country, *url, mirror.url});
  return out;
}

}  // namespace tamizdat::reader
