// What this relay has signed about logs and charters, remembered in marks beside the statements: a mark is durable before
// the word leaves, so that no crash makes the relay contradict itself. Where marks are lost with the disk, as after a
// restore from a backup, the words bring them back: peers hold them and give them like any other statement. Pure.
#pragma once

#include <optional>

#include "proto/base/ids.h"
#include "proto/base/time.h"

namespace tamizdat::statements {

// The largest head of a log that was cosigned, with the time of the last cosignature.
struct HighWater {
  std::uint64_t size = 0;
  Hash32 root;
  Timestamp time;

  static std::optional<HighWater> parse(BytesView mark);
  Bytes octets() const;
};
Bytes high_water_key(const LogId& log);

// Of the hash that is the only one ever named for this version.
Bytes promise_key(const ProjectId& project, std::uint64_t version);
// Whether the key is that of a promise about the same project.
bool is_promise_of(BytesView key, const ProjectId& project);

class OwnWords {
 public:
  OwnWords(RelayId relay, Hash32 witness_key) : relay_(relay), witness_key_(witness_key) {}

  struct Mark {
    Bytes key;
    Bytes value;
  };
  // What is to be remembered of this statement, if this relay has signed it; what the charters say does not matter.
  std::optional<Mark> read(BytesView statement) const;
  // The value that the mark must have where another one stands; nothing if that is not below it.
  static std::optional<Bytes> raised(BytesView standing, const Mark& mark);

 private:
  RelayId relay_;
  Hash32 witness_key_;
};

}  // namespace tamizdat::statements
