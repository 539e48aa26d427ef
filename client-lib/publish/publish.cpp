#include "client-lib/publish/publish.h"

#include <algorithm>

#include "client-lib/publish/follow_charters.h"
#include "client-lib/publish/openings.h"

namespace tamizdat::publish {
namespace {

Result<void> check_any(std::span<const RelayView> relays) {
  if (!relays.empty()) return {};
  return fail(kNoRelay, "this desk has no relay to send to: add one with tamizdat relay add LINE, or give --relay LINE");
}

// One that shows less than it once took is no witness: it lost entries, or it hides what another copy of this desk signed.
bool has_answered(const RelayView& relay) { return !relay.trouble && relay.held >= relay.held_before; }

std::string why_not(const RelayView& relay) {
  if (relay.trouble) return relay.trouble->text;
  return "it held " + std::to_string(relay.held_before) + " entries of this desk and shows " + std::to_string(relay.held) +
         ": it lost them, or it hides what the desk signed";
}

// A relay must have been asked, or an old copy of the home could sign a second history unseen.
Result<void> check_asked(std::span<const RelayView> relays) {
  if (auto any = check_any(relays); !any) return any;
  if (std::ranges::any_of(relays, has_answered)) return {};
  const bool is_lie = std::ranges::any_of(relays, [](const RelayView& relay) { return relay.has_wrong_key(); });
  std::string text = "no relay could be asked what it knows of this desk, so nothing was signed and nothing waits:";
  for (const auto& relay : relays) text += " " + relay.name() + ": " + why_not(relay) + ";";
  text += " run the same command again later, or sign with --offline if this home is surely the newest copy";
  return fail(is_lie ? net::kKeyPinMismatch : kNoRelayReachable, text);
}

}  // namespace

Result<Published> publish_drafts(const Parts& parts, const desk::Project& project, const format::SigningKey& desk_key,
                                 std::span<const Draft> drafts, std::span<const std::string> relay_lines,
                                 WithoutRelay without_relay) {
  auto relays = relay_views(parts.store, parts.http, relay_lines);
  if (!relays) return pass(relays);
  desk::Project in_force = project;
  if (auto done = follow_charters(parts.store, in_force, *relays, parts.progress); !done) return pass(done);
  // Relays hold less of a desk that was closed than they once took: that is no loss to be told.
  if (!drafts.empty())
    if (auto done = check_desk(in_force, desk_key); !done) return pass(done);
  if (auto done = ask_relays(parts.store, in_force, *relays, parts.progress); !done) return pass(done);
  if (without_relay == WithoutRelay::kRefuse) {
    if (auto asked = check_asked(*relays); !asked) return pass(asked);
  }
  auto all = openings_due(parts.store, desk_key, parts.clock.now());
  if (!all) return pass(all);
  const auto is_named = [&](const Draft& due) { return std::ranges::find(drafts, due.opens, &Draft::opens) != drafts.end(); };
  std::erase_if(*all, is_named);
  all->insert(all->begin(), drafts.begin(), drafts.end());
  Published out{{}, *std::move(relays)};
  if (!all->empty()) {
    auto entries = sign_run(parts.store, in_force, desk_key, *all, parts.clock, parts.random);
    if (!entries) return pass(entries);
    out.entries = *std::move(entries);
  }
  if (auto done = deliver(parts.store, in_force, out.relays, parts.progress); !done) return pass(done);
  return out;
}

Result<std::vector<RelayView>> send_waiting(const Parts& parts, const desk::Project& project,
                                            std::span<const std::string> relay_lines, WithoutRelay without_relay) {
  auto relays = relay_views(parts.store, parts.http, relay_lines);
  if (!relays) return relays;
  if (without_relay == WithoutRelay::kRefuse) {
    if (auto any = check_any(*relays); !any) return pass(any);
  }
  desk::Project in_force = project;
  if (auto done = follow_charters(parts.store, in_force, *relays, parts.progress); !done) return pass(done);
  if (auto done = ask_relays(parts.store, in_force, *relays, parts.progress); !done) return pass(done);
  if (auto done = deliver(parts.store, in_force, *relays, parts.progress); !done) return pass(done);
  return relays;
}

}  // namespace tamizdat::publish
