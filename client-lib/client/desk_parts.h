// The inside of client::Desk, shared by the files that implement it.
#pragma once

#include <tamizdat/desk.h>
#include <tamizdat/reader.h>

#include <filesystem>
#include <memory>

#include "client-lib/article/compose.h"
#include "client-lib/client/edges.h"
#include "client-lib/client/problem.h"
#include "client-lib/desk/desk_store.h"
#include "client-lib/publish/publish.h"
#include "client-lib/publish/receipts.h"
#include "client-lib/publish/statements.h"
#include "proto/format/freshness.h"

namespace tamizdat::client {

struct Desk::Parts {
  std::filesystem::path home;
  Progress progress;
  Edges& edges;
  desk::DeskStore store;
  std::unique_ptr<net::Http> http;

  publish::Parts for_publishing() { return {store, *http, edges.clock, edges.random, progress}; }
  Result<format::SigningKey> desk_key(const Passphrase& passphrase) const;
  publish::WithoutRelay without_relay(const SendOptions& send) const {
    return send.offline ? publish::WithoutRelay::kSign : publish::WithoutRelay::kRefuse;
  }
};

// Signs and sends the keys of these embargoes and of all that have ended. Errors: those of publish_drafts.
Outcome<PublishReport> release_due(Desk::Parts& parts, const desk::Project& project, const format::SigningKey& key,
                                   const std::vector<publish::Draft>& named, const SendOptions& send);

std::filesystem::path home_of(const DeskOptions& options);
// Errors: those of the key file.
Result<format::SigningKey> open_desk_key(const std::filesystem::path& home, const Passphrase& passphrase);
// What articles of the project have that say nothing else.
article::Defaults defaults_of(const desk::Project& project);

// Reports.
// By what the home knows. Errors: those of the desk's file.
Result<ProjectInfo> project_info(desk::DeskStore& store, const desk::Project& project, const std::filesystem::path& home);
RelayReport relay_report(const publish::RelayView& relay, std::uint64_t log_size);
CopiesReport copies_report(const format::Charter& charter, const witnessing::Copies& copies);
// `entries` were signed in this run, `relays` asked and sent to; those that were reached are asked for receipts.
Result<PublishReport> publish_report(Desk::Parts& parts, const desk::Project& project,
                                     const std::vector<publish::SignedEntry>& entries,
                                     std::vector<publish::RelayView>& relays);
std::string kind_name(format::EntryKind kind);
std::optional<FreezeInfo> freeze_info(const std::optional<format::Freeze>& freeze);
std::vector<WithholdingNotice> notices_of(std::span<const format::Withholding> withholdings);
Freshness freshness_report(const format::FreshnessVerdict& verdict);

}  // namespace tamizdat::client
