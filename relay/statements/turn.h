// What the files of Statements that change it share.
#pragma once

#include "relay/statements/statements.h"

namespace tamizdat::statements {

inline Bytes peer_key(const RelayId& peer) { return Bytes("peer/") + Bytes(peer.view()); }

// One group is verified and committed at a time, so what it decides on is what it changes.
class Statements::Turn {
 public:
  explicit Turn(Statements& statements) : statements_(statements) { statements_.busy_ = true; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    statements_.busy_ = false;
    statements_.free_.notify_all();
  }

 private:
  Statements& statements_;
};

}  // namespace tamizdat::statements
