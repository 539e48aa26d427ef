// What readers are told where the operator of this relay withholds a text: who, in which country's name, why and since when,
// and where else it lies: with relays whose receipts say that they hold it, and on the newsroom's own mirrors.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "relay/reader/article.h"
#include "relay/statements/withholding.h"

namespace tamizdat::reader {

struct WithheldText {
  format::Withholding notice;
  struct Place {
    std::string country;  // ISO 3166-1 alpha-2, or empty
    std::string address;  // a page, or empty: this relay does not know one
    std::string name;     // to be shown
  };
  std::vector<Place> places;
};

// Host and port of relays that this one knows.
using RelayAddresses = std::map<RelayId, std::string>;

// Nothing if this relay, `self`, does not withhold the article. `path` is that of its page, which is the same on every relay.
std::optional<WithheldText> withheld_text(const statements::Statements& statements, const store::Store& store,
                                          const RelayId& self, const RelayAddresses& addresses, const Article& article,
                                          const std::string& path);

}  // namespace tamizdat::reader
