// A relay's public notice that it does not serve an entry: who, in which country's name, why and since when. The entry is what
// it is all the same, and other relays serve it.
#pragma once

#include <chrono>
#include <string>

namespace tamizdat::client {

struct WithholdingNotice {
  std::string entry = {};
  std::string relay = {};    // its id
  std::string country = {};  // whose law it is, two letters
  std::string reason = {};   // in the operator's words
  std::chrono::sys_seconds since = {};
};

}  // namespace tamizdat::client
