// Finds the texts that this relay does not hold although no retraction in force here asks for that, and has peers send
// them: one question at a time, of one link after the other, less and less often. It erased them after a retraction which a
// closing has cut off since, or took their entries without them, for the proof of a retraction that it has never got: so
// nobody who strips texts keeps them away from here. Loop thread only.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "relay/env/environment.h"
#include "relay/env/event.h"
#include "relay/store/writer.h"

namespace tamizdat::federation {

struct LostText {
  format::LogName log;
  std::uint64_t index = 0;
};

// Entries that are held without their text, though nothing in force retracts them: of those that came with a retraction,
// and of `others`. Blocks.
std::vector<LostText> find_lost_texts(const store::Store& store, const std::vector<EntryId>& others);

class LostTexts {
 public:
  // `ask`: have a link send the entry; which one is for `attempt` to choose, so that each has its turn.
  using Ask = std::function<void(const LostText& text, std::size_t attempt)>;
  // `others`: more entries whose text may be lost; called from the loop.
  using Others = std::function<std::vector<EntryId>()>;
  LostTexts(env::Environment& env, const store::Store& store, store::Writer& writer, Others others, Ask ask);

  env::awaitable<void> run(std::stop_token stop);
  // Somebody else can be asked now.
  void ask_again();
  // An entry came without its text, and its retraction is not here, or not yet.
  void look_again();

 private:
  void on_change(const store::Change& change);

  env::Environment& env_;
  const store::Store& store_;
  Others others_;
  Ask ask_;
  std::vector<LostText> lost_;  // the next one to ask for in front
  std::size_t attempts_ = 0;    // without success
  bool look_ = true;
  env::Event work_;
  store::Writer::Subscription changes_;
};

}  // namespace tamizdat::federation
