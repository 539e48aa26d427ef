// This relay's receipts (format/receipt.h), as the answer to what was submitted: signed and made durable by witness/ a moment
// after the entries are, so whoever wants one in the answer waits for it. Loop thread only.
#pragma once

#include "relay/env/environment.h"
#include "relay/env/event.h"
#include "relay/statements/statements.h"
#include "relay/store/store.h"

namespace tamizdat::submit {

class OwnReceipts {
 public:
  // A relay that stops waits for its answers: nobody holds it up for longer.
  static constexpr seconds kWaitMax{5};

  // All that it is given outlives it. `mirror_key`: this relay's, which signs receipts.
  OwnReceipts(env::Environment& env, const store::Store& store, statements::Statements& statements, const Hash32& mirror_key);

  // The receipt for the first `size` entries of the log, or for more of them, as a statement; empty if there is none within
  // the limit.
  env::awaitable<Bytes> wait_for(ProjectId project, LogId log, std::uint64_t size, seconds limit);

 private:
  Bytes find(const ProjectId& project, const LogId& log, std::uint64_t size) const;

  env::Environment& env_;
  const store::Store& store_;
  statements::Statements& statements_;
  Hash32 mirror_key_;
  env::Event came_;
  statements::Statements::Changes::Subscription changes_;
};

}  // namespace tamizdat::submit
