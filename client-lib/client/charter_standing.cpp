#include "client-lib/client/charter_standing.h"

#include <algorithm>
#include <map>
#include <optional>

#include "client-lib/charters/fork.h"
#include "proto/format/freshness.h"

namespace tamizdat::client {
namespace {

using charters::Chain;
using charters::RelayChain;

// What a relay has signed, of all that anybody gave.
struct Word {
  std::optional<format::CharterSeen> newest;  // not dated ahead of the clock
  std::optional<format::CharterSeen> later;   // of a later version than the one in hand, whenever it was said
  std::optional<format::CharterSeen> other;   // of the same version, another charter
};
using Words = std::map<RelayId, Word>;

std::string version(std::uint64_t number) { return "charter version " + std::to_string(number); }

const format::PolicyRelay* listed(const Chain& chain, const RelayId& id) {
  const auto& relays = chain.in_force().content().witness.relays;
  const auto found = std::ranges::find(relays, id, &format::PolicyRelay::relay);
  return found == relays.end() ? nullptr : &*found;
}

bool counts(const Chain& chain, const format::PolicyRelay& relay) {
  const auto* const in_policy = listed(chain, relay.relay);
  return in_policy != nullptr && in_policy->witness_key == relay.witness_key;
}

template <typename Take>
void for_each_seen(const Chain& chain, std::span<const RelayChain> answers, const Take& take) {
  for (const auto& answer : answers)
    for (const Bytes& statement : answer.statements) {
      const auto name = format::peek_statement(statement);
      if (!name || name->kind != format::StatementKind::kCharterSeen || name->project != chain.project()) continue;
      const auto verified = format::verify_statement({chain.charters()}, statement);
      const auto* const seen = verified ? verified->as<format::CharterSeen>() : nullptr;
      if (seen != nullptr) take(*seen);
    }
}

Words words_of(const Chain& chain, std::span<const RelayChain> answers, Timestamp now) {
  Words out;
  for_each_seen(chain, answers, [&](const format::CharterSeen& seen) {
    if (!counts(chain, seen.relay)) return;
    Word& word = out[seen.relay.relay];
    if (seen.version > chain.version() && (!word.later || word.later->version < seen.version)) word.later = seen;
    if (seen.version == chain.version() && seen.hash != chain.in_force().hash()) word.other = seen;
    if (seen.time <= now + format::kAheadOfClockMax && (!word.newest || word.newest->time < seen.time)) word.newest = seen;
  });
  return out;
}

// By the relay's own signed word, which goes before what it gives.
void judge(RelayStanding& out, const Chain& chain, const Word& word, Timestamp now) {
  if (word.later) {
    out.standing = CharterStanding::kNewer;
    out.version = word.later->version;
    out.text = "has signed that " + version(out.version) + " is in force, " + to_hex(word.later->hash.view());
    return;
  }
  if (word.other) {
    out.standing = CharterStanding::kForked;
    out.version = chain.version();
    out.text = "has signed that another " + version(out.version) + " is in force, " + to_hex(word.other->hash.view());
    return;
  }
  if (!word.newest) return;
  const bool is_this_one = word.newest->version == chain.version();
  const bool is_recent = now - word.newest->time <= format::fresh_limit(chain.in_force().content().witness);
  const std::string said = "its word of " + to_rfc3339(word.newest->time) + " names " + version(word.newest->version);
  if (out.standing == CharterStanding::kNotReached) {
    out.standing = is_this_one ? CharterStanding::kAgrees : CharterStanding::kOlder;
    out.version = word.newest->version;
    out.text = said;
  }
  out.vouches = is_this_one && is_recent;
  if (is_this_one && !is_recent) out.text = said + ", too long ago to count";
}

RelayStanding standing_of(const Chain& chain, const RelayChain& answer) {
  RelayStanding out;
  out.relay = answer.relay;
  if (answer.trouble) {
    const bool is_unknown = answer.trouble->code == charters::kProjectNotKnown;
    out.standing = is_unknown ? CharterStanding::kNotKnown : CharterStanding::kNotReached;
    out.text = is_unknown ? "does not know this project" : answer.trouble->text;
    return out;
  }
  out.version = answer.chain->version();
  switch (charters::compare(chain, *answer.chain)) {
    case charters::Standing::kSame:
      out.standing = CharterStanding::kAgrees;
      out.text = "has " + version(out.version);
      break;
    case charters::Standing::kOlder:
      out.standing = CharterStanding::kOlder;
      out.text = "gives " + version(out.version) + ", rolled back from " + std::to_string(chain.version()) + ": it is behind, or hides the newer one";
      break;
    case charters::Standing::kNewer:
      out.standing = CharterStanding::kNewer;
      out.text = "has " + version(out.version);
      break;
    case charters::Standing::kForked:
      out.standing = CharterStanding::kForked;
      out.text = charters::lost_text(chain, *answer.chain, "it");
      break;
  }
  return out;
}

std::string told(const CharterStandings& standings) {
  std::string out;
  for (const auto& relay : standings.relays)
    out += (out.empty() ? "" : "; ") + relay.relay + (relay.country.empty() ? "" : " (" + relay.country + ")") + ": " + relay.text;
  return out;
}

std::string hash_text(const Chain& chain) { return version(chain.version()) + ", hash " + to_hex(chain.in_force().hash().view()); }

const RelayStanding* first_that(const CharterStandings& standings, CharterStanding standing) {
  const auto found = std::ranges::find(standings.relays, standing, &RelayStanding::standing);
  return found == standings.relays.end() ? nullptr : &*found;
}

}  // namespace

unsigned CharterStandings::vouching() const {
  return static_cast<unsigned>(std::ranges::count_if(relays, &RelayStanding::vouches));
}

CharterStandings standings_of(const Chain& chain, std::span<const RelayChain> answers, Timestamp now) {
  const auto& policy = chain.in_force().content().witness;
  CharterStandings out{{}, policy.quorum, 0};
  const Words words = words_of(chain, answers, now);
  out.heard = static_cast<unsigned>(std::ranges::count_if(words, [&](const auto& word) {
    return !word.second.later && word.second.newest && now - word.second.newest->time <= format::fresh_limit(policy);
  }));
  const auto add = [&](RelayStanding standing, const format::PolicyRelay* in_policy) {
    if (in_policy != nullptr) {
      standing.country = in_policy->country;
      if (const auto word = words.find(in_policy->relay); word != words.end()) judge(standing, chain, word->second, now);
      const bool is_silent = standing.standing == CharterStanding::kAgrees && !words.contains(in_policy->relay);
      if (is_silent) standing.text += ", and nobody has its signed word yet";
    }
    out.relays.push_back(std::move(standing));
  };
  for (const auto& answer : answers) add(standing_of(chain, answer), listed(chain, answer.id));
  for (const auto& relay : policy.relays) {
    if (std::ranges::find(answers, relay.relay, &RelayChain::id) != answers.end()) continue;
    RelayStanding standing;
    standing.relay = relay.relay.text();
    standing.text = "was not asked, and nobody passed on its word: give its --relay LINE";
    add(std::move(standing), &relay);
  }
  return out;
}

Result<void> check_newest(const Chain& chain, const CharterStandings& standings) {
  const std::string here = hash_text(chain);
  if (const auto* const newer = first_that(standings, CharterStanding::kNewer))
    return fail(kCharterNotNewest, newer->relay + " " + newer->text + ", and the newest that anybody gives is " + here +
                                       ". Ask that relay or others for it with --relay LINE");
  if (standings.quorum > 0 && standings.vouching() >= standings.quorum) return {};
  if (const auto* const other = first_that(standings, CharterStanding::kForked))
    return fail(format::kCharterForked, other->relay + " " + other->text + ", and here is " + here + ", which no quorum vouches for. Ask the "
                                            "other relays with --relay LINE");
  if (standings.quorum == 0) return {};
  return fail(kCharterNotWitnessed, "here is " + here + ", and " + std::to_string(standings.vouching()) + " of the " + std::to_string(standings.quorum) +
                                        " relays that it asks for have signed lately that it is the newest: " + told(standings) +
                                        ". Run it again in a minute if that charter is new, or ask more relays with --relay LINE");
}

Result<void> require_newest(const Chain& chain, const CharterStandings& standings) {
  const auto checked = check_newest(chain, standings);
  if (checked) return checked;
  return fail(checked.error().code, checked.error().text + ". Nothing was written: on top of an old charter root keys would sign a second one of "
                                        "its version, and split the project. If you know on another way that " + hash_text(chain) +
                                        ", is the newest, --unwitnessed goes on");
}

Result<void> require_none_later(const Chain& chain, const CharterStandings& standings) {
  const auto checked = check_newest(chain, standings);
  if (checked || checked.error().code == format::kCharterForked) return {};  // relays decide, and a home follows them
  if (checked.error().code == kCharterNotWitnessed && standings.heard >= standings.quorum) return {};
  return fail(checked.error().code, checked.error().text + ". Nothing was written; --unwitnessed takes the charter that is here");
}

// Here those count too that the charter before lists: they decide between two that follow it.
Result<void> check_still_next(const Chain& finished, std::span<const RelayChain> answers) {
  std::optional<format::CharterSeen> against;
  for_each_seen(finished, answers, [&](const format::CharterSeen& seen) {
    const bool is_other = seen.version == finished.version() && seen.hash != finished.in_force().hash();
    if (is_other || seen.version > finished.version()) against = seen;
  });
  if (!against) return {};
  const bool is_later = against->version > finished.version();
  return fail(is_later ? kCharterNotNewest : format::kCharterForked,
              against->relay.relay.text() + " has signed that " + (is_later ? "" : "another ") + version(against->version) + " is in force, " +
                  to_hex(against->hash.view()) + ": this request would split the project, and nothing was sent. Make it anew, and have it signed, "
                  "on top of the charter in force; --unwitnessed sends it all the same");
}

}  // namespace tamizdat::client
