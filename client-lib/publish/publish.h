// The whole way of one publishing run: ask the relays, sign, send.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "client-lib/publish/deliver.h"
#include "client-lib/publish/sign.h"

namespace tamizdat::publish {

// What a run works with; all of it outlives the run.
struct Parts {
  desk::DeskStore& store;
  net::Http& http;
  const edges::Clock& clock;
  edges::Random& random;
  const Progress& progress;
};

enum class WithoutRelay : std::uint8_t {
  kRefuse,
  kSign,  // the author vouches that this home is the newest copy of the desk
};

struct Published {
  std::vector<SignedEntry> entries;
  std::vector<RelayView> relays;
};

// Signs the drafts, and the keys of embargoes that have ended, after no relay has objected; then sends to every relay that
// answers.
// Errors: kNoRelay, kNoRelayReachable or net::kKeyPinMismatch (nothing was signed), those of relay_views,
// ask_relays, openings_due, sign_run, deliver.
Result<Published> publish_drafts(const Parts& parts, const desk::Project& project, const format::SigningKey& desk_key,
                                 std::span<const Draft> drafts, std::span<const std::string> relay_lines,
                                 WithoutRelay without_relay);

// Sends what was signed before to every relay that answers. Errors: kNoRelay, those of relay_views, ask_relays, deliver.
Result<std::vector<RelayView>> send_waiting(const Parts& parts, const desk::Project& project,
                                            std::span<const std::string> relay_lines, WithoutRelay without_relay);

}  // namespace tamizdat::publish
