// Finds the texts that this relay does not hold although no retraction in force here asks for that, and has peers send
// them: one question at a time, of one link after the other, less and less often. It erased them after a retraction which a
// closing has cut off since, or took their entries without them: for the proof of a retraction that it has never got, or
// for the notice of a relay that keeps them from its peers. So nobody who strips texts keeps them away from here. A peer
// whose own notice keeps a text back is not asked for it before it lifts the notice. Loop thread only.
#pragma once

#include <functional>
#include <set>
#include <stop_token>
#include <vector>

#include "relay/env/environment.h"
#include "relay/env/event.h"
#include "relay/federation/sources.h"
#include "relay/statements/statements.h"
#include "relay/store/writer.h"

namespace tamizdat::federation {

struct LostText {
  format::LogName log;
  std::uint64_t index = 0;
  EntryId entry;
  std::size_t attempts = 0;  // without success
};

// Entries that are held without their text, though nothing in force retracts them: of those that came with a retraction,
// and of `others`. Blocks.
std::vector<LostText> find_lost_texts(const store::Store& store, const std::set<EntryId>& others);

class LostTexts {
 public:
  struct Peer {
    LinkNumber link;
    RelayId relay;
  };
  // To whom there is a link; called from the loop.
  using Peers = std::function<std::vector<Peer>()>;
  // Has this link send the entry.
  using Ask = std::function<void(LinkNumber link, const LostText& text)>;
  LostTexts(env::Environment& env, const store::Store& store, store::Writer& writer, statements::Statements& statements,
            const Sources& sources, Peers peers, Ask ask);

  env::awaitable<void> run(std::stop_token stop);
  // Somebody else can be asked now.
  void ask_again();
  // An entry came without its text, and its retraction is not here, or not yet.
  void look_again();

 private:
  void on_change(const store::Change& change);
  std::set<EntryId> suspects() const;
  std::optional<LinkNumber> whom_to_ask(const LostText& text) const;
  bool ask_next();

  env::Environment& env_;
  const store::Store& store_;
  const statements::Statements& statements_;
  const Sources& sources_;
  Peers peers_;
  Ask ask_;
  std::vector<LostText> lost_;  // the next one to ask for in front
  bool look_ = true;
  env::Event work_;
  store::Writer::Subscription changes_;
  statements::Statements::Changes::Subscription statement_changes_;
};

}  // namespace tamizdat::federation
