// Reports as JSON and as text. The names of JSON members are stable.
#pragma once

#include <boost/json/fwd.hpp>

#include <tamizdat/desk.h>
#include <tamizdat/reader.h>

#include "client-lib/cli/console.h"

namespace tamizdat::cli {

boost::json::object to_json(const client::FreezeInfo& freeze);
boost::json::object to_json(const client::DeskInfo& desk);
boost::json::object to_json(const client::EntryInfo& entry);
boost::json::object to_json(const client::SkippedItem& item);
boost::json::object to_json(const client::FetchedLog& log);
boost::json::object to_json(const client::FetchTrouble& trouble);
boost::json::object to_json(const client::ProvenProject& project);
boost::json::object to_json(const client::ProvenLog& log);
boost::json::object to_json(const client::ProjectInfo& project);
boost::json::object to_json(const client::RelayInfo& relay);
boost::json::object to_json(const client::RelayReport& relay);
boost::json::object to_json(const client::CopyReport& copy);
boost::json::object to_json(const client::CopiesReport& copies);
boost::json::object to_json(const client::Freshness& freshness);
boost::json::object to_json(const client::WithholdingNotice& notice);
boost::json::object to_json(const client::EntryStatus& status);
boost::json::object to_json(const client::PlacesReport& report);
boost::json::object to_json(const client::AuditedRelay& relay);
boost::json::object to_json(const client::AttachedFile& file);
boost::json::object to_json(const client::PublishReport& report);
boost::json::object to_json(const client::ImportReport& report);
boost::json::object to_json(const client::StatusReport& report);
boost::json::object to_json(const client::FetchReport& report);
boost::json::object to_json(const client::ProvenEntry& entry);
boost::json::object to_json(const client::VerifyReport& report);
void print_json(Console& console, const boost::json::object& object);

void print(Console& console, const client::ProjectInfo& project);
// What lies where: one line a relay, and how far that is from what the project wants.
void print(Console& console, const std::vector<client::RelayReport>& relays, const client::CopiesReport& copies);
// A relay by its receipt: "GE  tzrelay1...  holds all, receipt of 2026-...".
std::string line_of(const client::CopyReport& copy);
// "On 4 relays in 3 countries; the project wants 4 in 3."
std::string sum_of(const client::CopiesReport& copies);
// "fresh: a quorum of the project's relays said so at ..."; of a log with so many entries here. Empty where nobody can tell.
std::string words_of(const Console& console, const client::Freshness& freshness, std::uint64_t entries);
void print(Console& console, const std::vector<client::WithholdingNotice>& notices);
void print(Console& console, const client::EntryStatus& status);
void print(Console& console, const client::PlacesReport& report);
void print(Console& console, const std::vector<client::AuditedRelay>& relays);
void print(Console& console, const client::PublishReport& report);
void print(Console& console, const client::ImportReport& report, bool dry_run);
// What a round of a watch did, in one line.
std::string sentence_of(const client::ImportReport& report);
void print(Console& console, const client::StatusReport& report);
void print(Console& console, const client::FetchReport& report);
void print(Console& console, const client::ProvenEntry& entry);
void print(Console& console, const client::VerifyReport& report);

}  // namespace tamizdat::cli
