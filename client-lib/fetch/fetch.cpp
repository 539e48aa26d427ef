#include "client-lib/fetch/fetch.h"

#include <algorithm>
#include <set>
#include <utility>

#include "client-lib/charters/fork.h"
#include "client-lib/fetch/folder_charters.h"
#include "client-lib/fetch/log_copy.h"
#include "client-lib/fetch/project_words.h"
#include "client-lib/files/files.h"

namespace tamizdat::fetch {
namespace {

// One relay's part of a fetch.
class RelayFetch {
 public:
  RelayFetch(const FetchRequest& request, net::RelayClient& relay, AbsentBodies absent, const Progress& progress,
             Fetched& fetched, FetchedRelay& self, ProjectWords& words)
      : request_(request), relay_(relay), absent_(absent), progress_(progress), fetched_(fetched), self_(self), words_(words) {}

  // It serves entries without their texts, which were left to the next relay.
  bool left_texts() const { return left_texts_; }

  // Errors: the first trouble with this relay or with a file.
  Result<void> run() {
    const auto projects = wanted_projects();
    if (!projects) return tl::unexpected(projects.error());
    for (const auto& project : *projects)
      if (auto done = fetch_project(project); !done) return done;
    return {};
  }

 private:
  Result<std::vector<net::RelayProject>> wanted_projects() {
    if (!request_.project) return relay_.projects();
    auto project = relay_.project(*request_.project);
    if (!project) return pass(project);
    if (!*project) return fail(kProjectUnknown, "the relay does not know the project " + request_.project->text());
    return std::vector{**std::move(project)};
  }

  Result<void> fetch_project(const net::RelayProject& project) {
    const auto signed_charters = relay_.charters(project.project);
    if (!signed_charters) return tl::unexpected(signed_charters.error());
    const auto theirs = charters::Chain::verify(*signed_charters);
    if (!theirs) return tl::unexpected(theirs.error());
    if (theirs->project() != project.project)
      return fail(kWrongChain, "the relay sends the charter of another project than " + project.project.text());
    auto known = FolderCharters::open(request_.out, project.project);
    if (!known) return pass(known);
    // Before the logs: what grows meanwhile is in both, and nobody is suspected of hiding it.
    const auto statements = relay_.statements(project.project);
    if (!statements) return tl::unexpected(statements.error());
    auto said = words_.of(project.project);
    said.insert(said.end(), statements->begin(), statements->end());
    const auto standing = known->take(*theirs, "the relay " + relay_.host_and_port(), said);
    if (!standing) return tl::unexpected(standing.error());
    // Of a branch that is here alone relays may say that there is another one.
    const auto resolved = charters::resolve(*known->chain(), {}, said);
    if (resolved.went_over)
      if (auto over = known->take(resolved.chain, "this folder", said); !over) return tl::unexpected(over.error());
    const auto chain = known->chain()->signed_charters();
    const auto& charter = known->chain()->in_force();
    if (auto taken = words_.take(chain, *statements); !taken) return taken;
    for (const auto& desk : charter.content().desks)
      if (auto done = fetch_log(project, charter, chain, desk.id, desk.label); !done) return done;
    for (const auto& desk : charter.content().closed_desks)
      if (auto done = fetch_log(project, charter, chain, desk.id, desk.label); !done) return done;
    if (resolved.dispute)
      return fail(format::kCharterForked, charter.content().title + ": " + charters::dispute_text(*resolved.dispute) +
                                              ". What the relay brought was checked under the charter that it has");
    if (*standing == charters::Standing::kOlder)
      return fail(format::kCharterRolledBack, "the relay gives out charter version " + std::to_string(theirs->version()) + " of " +
                                                  charter.content().title + ", and version " + std::to_string(known->chain()->version()) +
                                                  " was seen before: it is behind, or hides the newer one. What it brought was checked "
                                                  "under the newer one");
    return {};
  }

  Result<void> fetch_log(const net::RelayProject& project, const format::VerifiedCharter& charter,
                         const std::vector<Bytes>& chain, const DeskId& desk, const std::string& label) {
    const LogId log = format::log_id(project.project, desk);
    const auto listed = std::ranges::find(project.logs, log, &net::RelayLog::log);
    self_.served.try_emplace(log, 0);
    if (listed == project.logs.end() || listed->size == 0) return {};
    self_.served[log] = std::max(self_.served[log], listed->size);
    auto copy = LogCopy::open(request_.out, project.project, desk);
    if (!copy) return pass(copy);
    if (auto done = copy->follow_charters(charter, chain); !done) return done;
    const std::uint64_t size_before = copy->size();
    auto done = fill_text_gaps(*copy, charter, chain, log, listed->size);
    if (done) done = bring(*copy, chain, log, listed->size, absent_);
    if (!done && done.error().code == kBodiesAbsent) {
      left_texts_ = true;
      done = {};
    }
    // What came before a trouble is proven: it is kept, and told.
    if (auto kept = copy->finish(); !kept) return kept;
    remember({project.project, charter.content().title, desk, label, log, copy->path(), copy->size(),
              copy->size() - std::min(size_before, copy->size()), copy->root(), copy->entries_absent(), 0, {}, {},
              charter.content().expires_at, {}, {}});
    return done;
  }

  // Where the copy lacks a text that this relay has, it is made again from there on.
  Result<void> fill_text_gaps(LogCopy& copy, const format::VerifiedCharter& charter, const std::vector<Bytes>& chain,
                         const LogId& log, std::uint64_t listed_size) {
    for (const auto& gap : copy.text_gaps()) {
      const auto bytes = relay_.bundle(log, gap.first_absent);
      if (!bytes) return tl::unexpected(bytes.error());
      if (!*bytes) continue;
      const auto bundle = format::verify_bundle(charter, **bytes);
      if (!bundle) return tl::unexpected(bundle.error());
      if (bundle->from() != gap.first_absent || !bundle->entries().front().body()) continue;
      auto again = copy.again_until(gap.from);
      if (!again) return pass(again);
      auto done = bring(*again, chain, log, listed_size, AbsentBodies::kTake);
      if (auto kept = again->finish(); !kept) return kept;
      if (auto replaced = copy.replace_if_better(*std::move(again)); !replaced) return replaced;
      return done;
    }
    return {};
  }

  Result<void> bring(LogCopy& copy, const std::vector<Bytes>& chain, const LogId& log, std::uint64_t listed_size,
                     AbsentBodies absent) {
    if (auto done = copy.take_charters(chain); !done) return done;
    while (true) {
      progress_("fetching from " + relay_.host_and_port(), copy.size(), std::max(copy.size(), listed_size));
      if (copy.size() >= listed_size) return {};
      const auto bundle = relay_.bundle(log, copy.size());
      if (!bundle) return tl::unexpected(bundle.error());
      if (!*bundle) return {};
      if (auto done = copy.take_bundle(**bundle, absent); !done) return done;
    }
  }

  // A second relay adds to what the first one brought.
  void remember(FetchedLog log) {
    const auto same = std::ranges::find(fetched_.logs, log.log, &FetchedLog::log);
    if (same == fetched_.logs.end()) {
      fetched_.logs.push_back(std::move(log));
      return;
    }
    same->entries = log.entries;
    same->root = log.root;
    same->entries_new += log.entries_new;
    same->entries_absent = log.entries_absent;
  }

  const FetchRequest& request_;
  net::RelayClient& relay_;
  AbsentBodies absent_;
  bool left_texts_ = false;
  const Progress& progress_;
  Fetched& fetched_;
  FetchedRelay& self_;
  ProjectWords& words_;
};

bool is_of_the_folder(const Error& error) {
  return error.code == kCopyDamaged || error.code == files::kFileFailed || error.code == files::kFileMissing;
}

// Trouble with a relay is its first one; a relay that had trouble before is not asked.
Result<void> bring_attachments_of(FetchedLog& log, const FetchRequest& request, net::Http& http, const Progress& progress,
                                  const archives::Openings& openings, const Versions& versions, std::vector<FetchedRelay>& relays) {
  auto wanted = attachments_of_pages(log.archive, request.filter, openings, versions);
  if (!wanted) return pass(wanted);
  std::vector<AttachmentSource> sources;
  for (std::size_t i = 0; i < relays.size(); ++i)
    sources.push_back({net::RelayClient(http, request.relays[i]), relays[i].trouble});
  const auto count = bring_attachments(*std::move(wanted), request.out, sources, progress);
  if (!count) return tl::unexpected(count.error());
  log.attachments = *count;
  return {};
}

Result<void> judge(Fetched& fetched, const ProjectWords& words, Timestamp now) {
  for (auto& log : fetched.logs) {
    const auto verdict = words.judge(log, now);
    if (!verdict) return tl::unexpected(verdict.error());
    log.freshness = *verdict;
    log.frozen = words.freeze(log.project);
  }
  auto missing = words.withheld_whole(fetched.logs, now);
  fetched.logs.insert(fetched.logs.end(), std::move_iterator(missing.begin()), std::move_iterator(missing.end()));
  for (const auto& log : fetched.logs) {
    for (auto& relay : fetched.relays) {
      const auto served = relay.served.find(log.log);
      if (served != relay.served.end() && served->second < log.freshness.witnessed)
        relay.behind.push_back({log.log, served->second, log.freshness.witnessed});
    }
  }
  return {};
}

// Of all logs of these projects that are in the folder, also of one that no relay gave this time.
Result<void> gather(const std::filesystem::path& folder, const Fetched& fetched, archives::Openings& openings, Versions& versions) {
  std::set<ProjectId> projects;
  for (const auto& log : fetched.logs) projects.insert(log.project);
  std::vector<std::pair<std::filesystem::path, format::VerifiedCharter>> archives;
  for (const auto& project : projects) {
    const auto known = FolderCharters::open(folder, project);
    if (!known) return tl::unexpected(known.error());
    if (!known->chain()) continue;
    const auto& in_force = known->chain()->in_force();
    const auto add = [&](const auto& desk) {
      const auto archive = LogCopy::path_of(folder, format::log_id(project, desk.id));
      std::error_code ignored;
      if (std::filesystem::exists(archive, ignored)) archives.emplace_back(archive, in_force);
    };
    std::ranges::for_each(in_force.content().desks, add);
    std::ranges::for_each(in_force.content().closed_desks, add);
  }
  // A key opens the correction that it belongs to, wherever the two stand.
  for (const auto& [archive, in_force] : archives) openings.gather(archive);
  for (const auto& [archive, in_force] : archives)
    if (auto done = versions.gather(archive, in_force); !done) return done;
  return {};
}

}  // namespace

Result<Fetched> fetch(const FetchRequest& request, net::Http& http, const Progress& progress) {
  if (auto made = files::make_folder(request.out, files::Visibility::kPublic); !made) return pass(made);
  Fetched fetched;
  for (const auto& address : request.relays)
    fetched.relays.push_back({net::RelayClient(http, address).host_and_port(), std::nullopt});
  ProjectWords words(request.out);
  for (const auto& address : request.relays) words.allow(address.relay);
  // Texts that one relay hides the next one may have. What nobody gave in the first round is taken without its text.
  for (const AbsentBodies absent : {AbsentBodies::kRefuse, AbsentBodies::kTake}) {
    bool left_texts = false;
    for (std::size_t i = 0; i < request.relays.size(); ++i) {
      if (fetched.relays[i].trouble) continue;
      net::RelayClient relay(http, request.relays[i]);
      RelayFetch relay_fetch(request, relay, absent, progress, fetched, fetched.relays[i], words);
      const auto done = relay_fetch.run();
      if (!done && is_of_the_folder(done.error())) return tl::unexpected(done.error());
      if (!done) fetched.relays[i].trouble = done.error();
      left_texts |= relay_fetch.left_texts();
    }
    if (!left_texts) break;
  }
  if (auto judged = judge(fetched, words, request.now); !judged) return pass(judged);
  fetched.withheld = words.withheld();
  if (auto kept = words.keep(); !kept) return pass(kept);
  for (const auto& log : fetched.logs)
    if (log.entries_new > 0)
      if (auto kept = words.keep_with(log); !kept) return pass(kept);
  if (request.pages == Pages::kLeave) return fetched;
  archives::Openings openings;
  Versions versions(openings);
  if (auto done = gather(request.out, fetched, openings, versions); !done) return pass(done);
  for (auto& log : fetched.logs) {
    if (log.entries == 0) continue;
    if (request.attachments == Attachments::kBring) {
      auto done = bring_attachments_of(log, request, http, progress, openings, versions, fetched.relays);
      if (!done) return pass(done);
    }
    log.entries_taken_back = versions.taken_back(log.project, log.log);
    progress("writing pages", 0, 0);
    const auto pages = write_pages(log.archive, request.filter, openings, versions);
    if (!pages) return tl::unexpected(pages.error());
    log.pages = *pages;
  }
  return fetched;
}

}  // namespace tamizdat::fetch
