#include "client-lib/publish/publish.h"

#include <algorithm>

namespace tamizdat::publish {
namespace {

// A relay must have been asked, or an old copy of the home could sign a second history unseen.
Result<void> check_asked(std::span<const RelayView> relays, WithoutRelay without_relay) {
  const auto answered = [](const RelayView& relay) { return !relay.trouble; };
  if (without_relay == WithoutRelay::kSign || std::ranges::any_of(relays, answered)) return {};
  if (relays.empty())
    return fail(kNoRelay, "this desk has no relay to send to: add one with tamizdat relay add LINE, or give --relay LINE");
  std::string text = "no relay could be asked what it knows of this desk, so nothing was signed:";
  for (const auto& relay : relays) text += " " + relay.name() + ": " + relay.trouble->text + ";";
  text += " try again, or sign with --offline if this home is surely the newest copy";
  return fail(kNoRelayReachable, text);
}

}  // namespace

Result<Published> publish_drafts(const Parts& parts, const desk::Project& project, const format::SigningKey& desk_key,
                                 std::span<const Draft> drafts, std::span<const std::string> relay_lines,
                                 WithoutRelay without_relay) {
  auto relays = relay_views(parts.store, parts.http, relay_lines);
  if (!relays) return pass(relays);
  if (auto done = ask_relays(parts.store, project, *relays, parts.clock, parts.progress); !done) return pass(done);
  if (auto done = check_asked(*relays, without_relay); !done) return pass(done);
  auto entries = sign_run(parts.store, project, desk_key, drafts, parts.clock, parts.random);
  if (!entries) return pass(entries);
  if (auto done = deliver(parts.store, project, *relays, parts.clock, parts.progress); !done) return pass(done);
  return Published{*std::move(entries), *std::move(relays)};
}

}  // namespace tamizdat::publish
