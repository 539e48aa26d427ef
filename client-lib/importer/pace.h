// When a source is asked again: as often as news wants, and as seldom as its server and its feed want. Pure: the time is
// a parameter, and the jitter comes from outside.
#pragma once

#include <bitset>

#include "client-lib/edges/edges.h"
#include "client-lib/net/http.h"

namespace tamizdat::importer {

// The least between two polls, also where a server would allow more: news travels in minutes, and a conditional request
// costs little.
inline constexpr seconds kPollMin = std::chrono::minutes(15);
// The most, whatever is asked for: a day of silence by a wrong header is long enough.
inline constexpr seconds kPollMax = std::chrono::hours(24);
// After a failure: 5 minutes, then twice as long each time, for a line that is back soon and a server that is not.
inline constexpr seconds kRetryMin = std::chrono::minutes(5);
inline constexpr seconds kRetryMax = std::chrono::hours(4);

struct Pace {
  seconds fresh_for{0};    // Cache-Control: max-age (RFC 9111 section 5.2.2.1)
  seconds retry_after{0};  // RFC 9110 section 10.2.3, of an answer that refuses
  seconds ttl{0};               // of the feed
  std::bitset<24> skip_hours;   // of the feed, UTC
};

// Without what the feed says.
Pace pace_of(const net::HttpAnswer& answer, Timestamp now);

// After `failures` failed polls in a row, the last one just now; 0: it went well.
Timestamp next_poll(const Pace& pace, unsigned failures, Timestamp now, edges::Random& random);

}  // namespace tamizdat::importer
