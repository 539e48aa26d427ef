// places(): where a project or an entry lies, by what relays have signed.
#include <algorithm>

#include "client-lib/charters/chain.h"
#include "client-lib/client/desk_parts.h"
#include "client-lib/client/reader_parts.h"
#include "client-lib/fetch/fetch.h"
#include "client-lib/files/temporary_folder.h"
#include "client-lib/publish/sign.h"

namespace tamizdat::client {
namespace {

// Of the archive that a relay gives for one entry: it begins with the project's charters.
Result<std::optional<ProjectId>> project_of_entry(net::RelayClient& relay, const EntryId& entry) {
  const auto archive = relay.entry(entry);
  if (!archive) return tl::unexpected(archive.error());
  if (!*archive) return std::optional<ProjectId>();
  const auto records = format::parse_archive(**archive);
  if (!records) return tl::unexpected(records.error());
  std::vector<Bytes> charters;
  for (const auto& record : *records)
    if (record.kind == format::RecordKind::kSignedCharter) charters.push_back(record.bytes);
  const auto chain = charters::Chain::verify(charters);
  if (!chain) return tl::unexpected(chain.error());
  return std::optional(chain->project());
}

// That of the home where no relay shows the entry: it may be retracted.
Result<ProjectId> find_project(const EntryId& entry, std::span<const sync::RelayAddress> relays, net::Http& http, const PlacesOptions& options) {
  std::string troubles;
  for (const auto& address : relays) {
    net::RelayClient relay(http, address);
    const auto project = project_of_entry(relay, entry);
    if (project && *project) return **project;
    if (!project) troubles += " " + relay.host_and_port() + ": " + project.error().text + ";";
  }
  if (auto store = desk::DeskStore::open(home_of({options.home, {}, {}})))
    if (const auto project = store->project()) return project->charter.project();
  return fail(publish::kEntryUnknown, "no relay that was asked shows the entry " + entry.text() + (troubles.empty() ? "" : ":" + troubles) +
                                          " name its project instead, if it may be retracted");
}

Result<ProjectId> wanted_project(const std::optional<EntryId>& entry, std::span<const sync::RelayAddress> relays, net::Http& http,
                                 const PlacesOptions& options) {
  return entry ? find_project(*entry, relays, http, options) : ProjectId::parse(options.what);
}

}  // namespace

Outcome<PlacesReport> places(const PlacesOptions& options) { return places(options, system_edges()); }

Outcome<PlacesReport> places(const PlacesOptions& options, Edges& edges) {
  const auto lines = lines_for(options.relays, options.home, options.proxy, edges);
  if (!lines) return tl::unexpected(lines.error());
  const auto relays = addresses_of(*lines);
  if (!relays) return problem(relays, ProblemKind::kUsage);
  const auto id = EntryId::parse(options.what);
  const auto entry = id ? std::optional(*id) : std::nullopt;
  const Progress progress = options.progress ? options.progress : Progress([](auto, auto, auto) {});
  const auto http = make_http(edges, options.proxy, options.progress);
  const auto project = wanted_project(entry, *relays, *http, options);
  if (!project) return problem(project, ProblemKind::kUsage);
  const auto folder = files::TemporaryFolder::make();
  if (!folder) return problem(folder);

  const auto fetched = fetch::fetch({*relays, *project, {}, folder->path(), fetch::Attachments::kLeave, edges.clock.now(), fetch::Pages::kLeave},
                                    *http, progress);
  if (!fetched) return problem(fetched, ProblemKind::kNotVerified);
  PlacesReport out;
  out.relays_asked = relays->size();
  for (const auto& relay : fetched->relays)
    if (relay.trouble) out.troubles.push_back({relay.name, problem_of(*relay.trouble, ProblemKind::kNotVerified)});
  if (fetched->logs.empty() && out.troubles.size() == out.relays_asked) return tl::unexpected(out.troubles.front().problem);

  const auto proven = verify::verify_source({folder->path().string(), *project, *relays, edges.clock.now(), entry}, *http,
                                            [&](const verify::ProvenEntry& each) {
                                              if (each.entry.id() == entry) out.entry = proven_entry(each);
                                            },
                                            progress);
  if (!proven) return problem(proven, ProblemKind::kNotVerified);
  if (entry && !out.entry)
    return tl::unexpected(problem_of({publish::kEntryUnknown, "no relay that was asked holds the entry " + options.what}, ProblemKind::kUsage));
  for (const auto& log : proven->logs)
    if (!entry || log.has_entry) out.logs.push_back(proven_log(*proven, log));
  out.project = proven_project(*proven, proven->charters.front(), true);
  out.is_retracted = entry && proven->retracted.contains(*entry);
  out.withheld = notices_of(proven->withheld);
  if (entry) std::erase_if(out.withheld, [&](const WithholdingNotice& notice) { return notice.entry != options.what; });
  return out;
}

}  // namespace tamizdat::client
