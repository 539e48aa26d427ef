#include "relay/federation/lost_texts.h"

#include <algorithm>
#include <variant>

#include "relay/env/workers.h"
#include "relay/store/retraction.h"

namespace tamizdat::federation {
namespace {

constexpr std::size_t kFoundAtATime = 256;
// Before it looks: what comes together is looked at together, and a retraction may be right behind its proof.
constexpr env::milliseconds kSettle{1'000};

// Long enough for an answer on a slow line; doubled after every few attempts, since peers may have erased it too, or not
// have taken the charter yet.
constexpr env::milliseconds kAskAgainMin{2'000};
constexpr std::size_t kAttemptsAtOneDelay = 8;
constexpr std::size_t kDoublingsMax = 8;

bool is_lost(const store::Store& store, const store::StoredEntry& entry, const LogId& log) {
  if (entry.absence != format::Absence::kErased) return false;
  const auto state = store.log(log);
  return state && entry.index < state->size && !store::retraction_in_force(store, entry.log.project, entry.id);
}

env::milliseconds delay_after(std::size_t attempts) {
  return kAskAgainMin * (1 << std::min(attempts / kAttemptsAtOneDelay, kDoublingsMax));
}

}  // namespace

std::vector<LostText> find_lost_texts(const store::Store& store, const std::vector<EntryId>& others) {
  std::vector<LostText> out;
  const auto add = [&](const EntryId& id) {
    const auto at = store.find(id);
    const auto entry = at ? store.entry(at->log, at->index) : Result<store::StoredEntry>(fail(store::kUnknownEntry, ""));
    if (entry && is_lost(store, *entry, at->log)) out.push_back({entry->log, entry->index});
  };
  for (const auto& id : others)
    if (store.retracting(id).empty()) add(id);
  std::optional<EntryId> after;
  for (;;) {
    const auto retracted = store.retracted_after(after, kFoundAtATime);
    if (retracted.empty()) return out;
    for (const auto& id : retracted) add(id);
    after = retracted.back();
  }
}

LostTexts::LostTexts(env::Environment& env, const store::Store& store, store::Writer& writer, Others others, Ask ask)
    : env_(env),
      store_(store),
      others_(std::move(others)),
      ask_(std::move(ask)),
      changes_(writer.subscribe([this](const store::Change& change) { on_change(change); })) {}

void LostTexts::on_change(const store::Change& change) {
  if (std::holds_alternative<store::CharterChanged>(change)) {
    look_again();
  } else if (const auto* const grown = std::get_if<store::LogGrown>(&change); grown != nullptr && !lost_.empty()) {
    const auto came = std::erase_if(lost_, [&](const LostText& text) {
      return text.log.project == grown->name.project && text.log.desk == grown->name.desk && grown->from <= text.index && text.index < grown->to;
    });
    if (came == 0) return;
    attempts_ = 0;
    look_ = lost_.empty();  // some of that range may not have come
    work_.notify_all();
  }
}

void LostTexts::look_again() {
  look_ = true;
  work_.notify_all();
}

void LostTexts::ask_again() {
  attempts_ = 0;
  if (!lost_.empty()) work_.notify_all();
}

env::awaitable<void> LostTexts::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    if (look_) {
      co_await env_.clock.sleep_for(kSettle, stop);
      look_ = false;
      auto find = [this, others = others_()] { return find_lost_texts(store_, others); };
      lost_ = co_await env::run_blocking(env_.workers, std::move(find));
      attempts_ = 0;
    }
    if (look_) continue;
    if (lost_.empty()) {
      co_await work_.wait(stop);
      continue;
    }
    ask_(lost_.front(), attempts_);
    const auto delay = delay_after(attempts_++);
    std::rotate(lost_.begin(), lost_.begin() + 1, lost_.end());
    co_await work_.wait_for(env_.clock, delay, stop);
  }
}

}  // namespace tamizdat::federation
