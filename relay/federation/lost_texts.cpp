#include "relay/federation/lost_texts.h"

#include <algorithm>
#include <optional>
#include <variant>

#include "relay/env/workers.h"
#include "relay/statements/withholding.h"
#include "relay/store/retraction.h"

namespace tamizdat::federation {
namespace {

constexpr std::size_t kFoundAtATime = 256;
// Before it looks: what comes together is looked at together, and a retraction may be right behind its proof.
constexpr env::milliseconds kSettle{1'000};

// Long enough for an answer on a slow line; doubled after every few attempts for one text, since peers may lack it too, or
// not have taken the charter yet.
constexpr env::milliseconds kAskAgainMin{2'000};
constexpr std::size_t kAttemptsAtOneDelay = 4;
constexpr std::size_t kDoublingsMax = 8;

bool is_lost(const store::Store& store, const store::StoredEntry& entry, const LogId& log) {
  if (entry.absence != format::Absence::kErased && entry.absence != format::Absence::kNotHeld) return false;
  const auto state = store.log(log);
  return state && entry.index < state->size && !store::retraction_in_force(store, entry.log.project, entry.id);
}

env::milliseconds delay_after(std::size_t attempts) {
  return kAskAgainMin * (1 << std::min(attempts / kAttemptsAtOneDelay, kDoublingsMax));
}

}  // namespace

std::vector<LostText> find_lost_texts(const store::Store& store, const std::set<EntryId>& others) {
  std::vector<LostText> out;
  const auto add = [&](const EntryId& id) {
    const auto at = store.find(id);
    const auto entry = at ? store.entry(at->log, at->index) : Result<store::StoredEntry>(fail(store::kUnknownEntry, ""));
    if (entry && is_lost(store, *entry, at->log)) out.push_back({entry->log, entry->index, id});
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

LostTexts::LostTexts(env::Environment& env, const store::Store& store, store::Writer& writer,
                     statements::Statements& statements, const Sources& sources, Peers peers, Ask ask)
    : env_(env),
      store_(store),
      statements_(statements),
      sources_(sources),
      peers_(std::move(peers)),
      ask_(std::move(ask)),
      changes_(writer.subscribe([this](const store::Change& change) { on_change(change); })),
      statement_changes_(statements.subscribe([this](const statements::StatementChange& change) {
        if (change.kind == format::StatementKind::kWithholding) look_again();
      })) {}

void LostTexts::on_change(const store::Change& change) {
  if (std::holds_alternative<store::CharterChanged>(change)) {
    look_again();
  } else if (const auto* const grown = std::get_if<store::LogGrown>(&change); grown != nullptr && !lost_.empty()) {
    const auto came = std::erase_if(lost_, [&](const LostText& text) {
      return text.log.project == grown->name.project && text.log.desk == grown->name.desk && grown->from <= text.index &&
             text.index < grown->to;
    });
    if (came == 0) return;
    look_ = lost_.empty();  // some of that range may not have come
    work_.notify_all();
  }
}

void LostTexts::look_again() {
  look_ = true;
  work_.notify_all();
}

void LostTexts::ask_again() {
  for (LostText& text : lost_) text.attempts = 0;
  if (!lost_.empty()) work_.notify_all();
}

// Entries that links may have taken without their texts: by the proof of a retraction, also where a closing has ended the
// proof since, or by a notice, also where its relay has no say any more.
std::set<EntryId> LostTexts::suspects() const {
  std::set<EntryId> out;
  for (const auto& project : store_.projects()) {
    for (const Hash32& slot : statements_.slots_of(project, format::StatementKind::kRetraction)) out.emplace(slot);
    for (const EntryId& entry : statements::entries_with_notices(statements_, project)) out.insert(entry);
  }
  return out;
}

// Each link has its turn, those that are known to hold the entry first.
std::optional<LinkNumber> LostTexts::whom_to_ask(const LostText& text) const {
  std::vector<Peer> peers = peers_();
  std::erase_if(peers, [&](const Peer& peer) {
    const auto notice = statements::withholding_in_force(statements_, text.log.project, text.entry, peer.relay);
    return notice && notice->as<format::Withholding>()->kept_from_peers;
  });
  if (peers.empty()) return std::nullopt;
  const LogId log = format::log_id(text.log.project, text.log.desk);
  std::stable_partition(peers.begin(), peers.end(), [&](const Peer& peer) { return sources_.size_at(peer.link, log) > text.index; });
  return peers[text.attempts % peers.size()].link;
}

// False if nobody can be asked for any of them.
bool LostTexts::ask_next() {
  for (std::size_t i = 0; i < lost_.size(); ++i) {
    std::rotate(lost_.begin(), lost_.begin() + 1, lost_.end());
    LostText& text = lost_.back();
    const auto link = whom_to_ask(text);
    if (!link) continue;
    ++text.attempts;
    ask_(*link, text);
    return true;
  }
  return false;
}

env::awaitable<void> LostTexts::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    if (look_) {
      co_await env_.clock.sleep_for(kSettle, stop);
      look_ = false;
      auto find = [this, others = suspects()] { return find_lost_texts(store_, others); };
      lost_ = co_await env::run_blocking(env_.workers, std::move(find));
    }
    if (look_) continue;
    if (ask_next())
      co_await work_.wait_for(env_.clock, delay_after(lost_.back().attempts - 1), stop);
    else
      co_await work_.wait(stop);  // a new link, a notice, a charter, an entry
  }
}

}  // namespace tamizdat::federation
