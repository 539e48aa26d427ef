#include "client-lib/witnessing/copies.h"

#include <algorithm>

#include "proto/format/freshness.h"

namespace tamizdat::witnessing {
namespace {

bool is_of_this_history(const WantedCopies& wanted, const format::Receipt& receipt) {
  if (receipt.size > wanted.log_size) return false;
  const auto root = wanted.root_at(receipt.size);
  return root && *root == receipt.root;
}

Copy& copy_of(Copies& copies, const format::PolicyRelay& relay) {
  const auto same = std::ranges::find(copies.relays, relay.relay, &Copy::relay);
  if (same != copies.relays.end()) return *same;
  copies.relays.push_back({relay.relay, relay.country, false, std::nullopt, false});
  return copies.relays.back();
}

}  // namespace

Copies count_copies(const WantedCopies& wanted, std::span<const StatementPointer> statements) {
  Copies out;
  const auto& listed = wanted.charter.content().witness.relays;
  std::set<std::string> countries, possible;
  for (const auto& relay : listed) {
    out.relays.push_back({relay.relay, relay.country, true, std::nullopt, false});
    possible.insert(relay.country);
  }
  for (const auto& statement : statements) {
    const auto* const signed_receipt = statement->as<format::RelayReceipt>();
    if (signed_receipt == nullptr || signed_receipt->receipt.log != wanted.log) continue;
    if (!is_of_this_history(wanted, signed_receipt->receipt)) continue;
    if (signed_receipt->receipt.time > wanted.now + format::kAheadOfClockMax) continue;
    Copy& copy = copy_of(out, signed_receipt->relay);
    const auto in_charter = std::ranges::find(listed, copy.relay, &format::PolicyRelay::relay);
    // Listed under another key: what it signs with this one does not count.
    if (in_charter != listed.end() && in_charter->mirror_key != signed_receipt->relay.mirror_key) continue;
    if (copy.receipt && copy.receipt->time >= signed_receipt->receipt.time) continue;
    copy.receipt = signed_receipt->receipt;
    copy.whole = wanted.now - copy.receipt->time <= kReceiptAgeMax && copy.receipt->covers(wanted.from, wanted.to, wanted.retracted);
  }
  for (const Copy& copy : out.relays) {
    if (!copy.listed || !copy.whole) continue;
    ++out.copies;
    countries.insert(copy.country);
  }
  out.countries = static_cast<unsigned>(countries.size());
  out.possible_copies = static_cast<unsigned>(listed.size());
  out.possible_countries = static_cast<unsigned>(possible.size());
  return out;
}

}  // namespace tamizdat::witnessing
