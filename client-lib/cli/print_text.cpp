#include <algorithm>
#include <set>

#include "client-lib/cli/print.h"
#include "proto/base/time.h"

namespace tamizdat::cli {
namespace {

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const auto& part : parts) out += (out.empty() ? "" : " ") + part;
  return out.empty() ? "-" : one_line(out);
}

std::string words_of(const Console& console, const client::FreezeInfo& freeze) {
  return console.marked("frozen", Emphasis::kBad) + " since " + to_rfc3339(freeze.since) + " by " + freeze.root_key +
         ": relays take nothing new until the next charter";
}

// A name in a column, and what belongs to it.
void row(Console& console, std::string_view name, std::string_view value) {
  constexpr std::size_t kColumn = 10;
  const std::size_t padding = name.size() < kColumn ? kColumn - name.size() : 1;
  console.data(std::string(name) + std::string(padding, ' ') + std::string(value));
}

std::string who(const client::RelayReport& relay) {
  const std::string label = relay.label.empty() ? "?" : one_line(relay.label);
  return label + "  " + relay.host_and_port;
}

// "3 entries and 1 attached file wait in the outbox".
std::string waiting_for(const client::RelayReport& relay) {
  std::string out;
  const auto add = [&](std::uint64_t count, std::string_view one, std::string_view many) {
    if (count > 0) out += (out.empty() ? "" : " and ") + counted(count, one, many);
  };
  const bool is_entry_told = relay.waiting > 0 || relay.attachments_missing + relay.statements_waiting == 0;
  if (is_entry_told) out = counted(relay.waiting, "entry", "entries");
  add(relay.attachments_missing, "attached file", "attached files");
  add(relay.statements_waiting, "signed statement", "signed statements");
  return out + (relay.waiting + relay.attachments_missing + relay.statements_waiting == 1 ? " waits" : " wait") + " in the outbox";
}

std::string what(const Console& console, const client::RelayReport& relay) {
  const std::string waits = waiting_for(relay);
  switch (relay.state) {
    case client::RelayState::kHoldsAll:
      return console.marked("holds all " + counted(relay.held, "entry", "entries"), Emphasis::kGood);
    case client::RelayState::kLacks:
      return "holds " + std::to_string(relay.held) + ", " + waits + (relay.text.empty() ? "" : ": " + one_line(relay.text));
    case client::RelayState::kUnreachable:
      return console.marked("unreachable", Emphasis::kBad) + ": " + one_line(relay.text) + "; " + waits;
    case client::RelayState::kRefuses:
      return console.marked("refuses", Emphasis::kBad) + ": " + one_line(relay.text) + "; " + waits;
    case client::RelayState::kWrongKey:
      return console.marked("WRONG KEY", Emphasis::kBad) + ": " + one_line(relay.text) + "; " + waits;
  }
  return {};
}

std::string receipt_of(const client::CopyReport& copy) {
  std::string out;
  if (copy.state == client::CopyState::kNone) out = "no receipt yet";
  if (copy.state == client::CopyState::kPart) out = "receipt for " + counted(copy.entries, "entry", "entries") + " only, of ";
  if (copy.state == client::CopyState::kWhole) out = "receipt of ";
  if (copy.receipt_at) out += to_rfc3339(*copy.receipt_at);
  return copy.listed ? out : out + ", not in the charter";
}

std::string counts_of(const client::ImportReport& report) {
  const std::string feeds = report.feeds == 1 ? std::string() : " from " + std::to_string(report.feeds) + " feeds";
  const std::string failed = report.failed.empty() ? std::string() : ", " + counted(report.failed.size(), "feed", "feeds") + " failed";
  return counted(report.articles, "article", "articles") + " and " +
         counted(report.corrections, "correction", "corrections") + feeds + "; " + std::to_string(report.unchanged) +
         " unchanged, " + std::to_string(report.skipped.size()) + " skipped" + failed + ".";
}

std::string how_much(const client::ProvenLog& log) {
  std::string out = one_line(log.project_title) + " / " + one_line(log.desk_label) + "  ";
  if (log.entries == log.size)
    out += "its whole log of " + counted(log.size, "entry", "entries") + ", nothing left out";
  else
    out += counted(log.entries, "entry", "entries") + " of the " + std::to_string(log.size) + " in its log";
  if (log.entries_absent > 0) out += ", " + std::to_string(log.entries_absent) + " without the text";
  return out + "  " + log.log;
}

constexpr std::string_view kRetracted = "The newsroom took it back: relays show it no more, and erase it.";

void print(Console& console, const client::ProvenLog& log) {
  console.data("  " + how_much(log));
  if (const auto words = words_of(console, log.freshness, log.size); !words.empty()) console.data("    " + words);
  if (log.erased_without_retraction > 0)
    console.data("    " + console.marked("WITHHELD", Emphasis::kBad) + ": " + counted(log.erased_without_retraction, "text", "texts") +
                 " came as erased, and no retraction of them is here: whoever gave this hides them. Fetch from other relays as well");
  if (log.entries < log.size)
    console.data("    what the desk corrected or took back in its other entries is not seen here");
}

}  // namespace

void print(Console& console, const client::ProjectInfo& project) {
  row(console, "project", console.marked(one_line(project.title), Emphasis::kStrong));
  row(console, "id", project.id);
  row(console, "charter", "version " + std::to_string(project.charter_version) + ", hash " + project.charter_hash);
  if (project.frozen) row(console, "", words_of(console, *project.frozen));
  row(console, "keys", counted(project.root_keys.size(), "root key", "root keys") + ", " +
                           std::to_string(project.threshold) + " of them sign a charter");
  row(console, "languages", joined(project.languages));
  row(console, "regions", joined(project.regions));
  for (const auto& desk : project.desks) {
    row(console, "desk", one_line(desk.label) + "  " + desk.id + (desk.is_this_one ? "  (this one)" : ""));
    row(console, "log", desk.log);
  }
  for (const auto& desk : project.closed_desks)
    row(console, "closed", one_line(desk.label) + "  " + desk.id + "  at " + counted(desk.size, "entry", "entries"));
  for (const auto& relay : project.policy_relays) row(console, "policy", relay.country + "  " + relay.id);
  if (!project.policy_relays.empty()) row(console, "quorum", std::to_string(project.quorum) + " of these relays");
  if (!project.policy_relays.empty())
    row(console, "wants", std::to_string(project.copies_wanted) + " copies in " + counted(project.countries_wanted, "country", "countries"));
  if (project.expires_at) row(console, "expires", to_rfc3339(*project.expires_at));
  for (const auto& relay : project.relays) row(console, "relay", relay);
  row(console, "home", project.home);
}

std::string sum_of(const client::CopiesReport& copies) {
  return "On " + counted(copies.copies, "relay", "relays") + " in " + counted(copies.countries, "country", "countries") +
         "; the project wants " + std::to_string(copies.copies_wanted) + " in " + std::to_string(copies.countries_wanted) + ".";
}

std::string line_of(const client::CopyReport& copy) {
  const std::string receipt = receipt_of(copy);
  return (copy.country.empty() ? "?" : one_line(copy.country)) + "  " + copy.relay + "  " + receipt;
}

void print(Console& console, const std::vector<client::RelayReport>& relays, const client::CopiesReport& copies) {
  const bool lists_any = std::ranges::any_of(copies.relays, &client::CopyReport::listed);
  for (const auto& relay : relays) {
    const auto copy = std::ranges::find(copies.relays, relay.id, &client::CopyReport::relay);
    std::string receipt;
    if (lists_any) receipt = copy == copies.relays.end() ? "; not in the charter" : "; " + receipt_of(*copy);
    console.data(who(relay) + "  " + what(console, relay) + receipt);
  }
  for (const auto& copy : copies.relays)
    if (std::ranges::count(relays, copy.relay, &client::RelayReport::id) == 0) console.data(line_of(copy));
  console.data(sum_of(copies));
}

std::string words_of(const Console& console, const client::Freshness& freshness, std::uint64_t entries) {
  std::string out;
  switch (freshness.state) {
    case client::FreshnessState::kUnwitnessed:
      return {};
    case client::FreshnessState::kFresh:
      out = console.marked("fresh", Emphasis::kGood) + ": a quorum of the project's relays said so at " + to_rfc3339(*freshness.since);
      if (freshness.witnessed < entries)
        out += "; the newest " + counted(entries - freshness.witnessed, "entry", "entries") + " came after that";
      break;
    case client::FreshnessState::kStale:
      out = console.marked("stale", Emphasis::kBad);
      out += freshness.since ? " since " + to_rfc3339(*freshness.since) + ": no quorum of the project's relays has vouched for it later"
                             : ": no quorum of the project's relays has vouched for it";
      break;
    case client::FreshnessState::kWithheld:
      out = console.marked("WITHHELD", Emphasis::kBad) + ": a quorum of the project's relays ";
      out += freshness.newer_charter ? "names a newer charter than the one here"
                                     : "has seen " + counted(freshness.witnessed, "entry", "entries") + ", and here are " +
                                           std::to_string(entries);
      break;
  }
  if (freshness.contradicted) out += "; a relay has cosigned another history of this log";
  return out;
}

void print(Console& console, const std::vector<client::WithholdingNotice>& notices) {
  for (const auto& notice : notices)
    console.data("withheld by " + notice.relay + " (" + one_line(notice.country) + ") since " + to_rfc3339(notice.since) + ": " +
                 one_line(notice.reason) + "  " + notice.entry);
}

void print(Console& console, const client::EntryStatus& status) {
  console.data(status.entry.id + "  " + status.entry.kind + "  " + one_line(status.entry.title));
  if (status.is_retracted) console.data(std::string(kRetracted));
  print(console, {}, status.copies);
  print(console, status.withheld);
}

void print(Console& console, const client::PlacesReport& report) {
  row(console, "project", console.marked(one_line(report.project.title), Emphasis::kStrong) + "  " + report.project.id);
  row(console, "charter", "version " + std::to_string(report.project.charter_version) + ", hash " + report.project.charter_hash);
  if (report.project.frozen) row(console, "", words_of(console, *report.project.frozen));
  if (report.entry) print(console, *report.entry);
  if (report.is_retracted) console.data(std::string(kRetracted));
  for (const auto& log : report.logs) {
    if (!report.entry) print(console, log);
    print(console, {}, log.copies);
  }
  print(console, report.withheld);
}

void print(Console& console, const std::vector<client::AuditedRelay>& relays) {
  for (const auto& relay : relays) {
    const std::string name = one_line(relay.name) + "  ";
    if (!relay.text.empty()) {
      console.data(name + "could not be asked: " + one_line(relay.text));
    } else if (!relay.receipt_at) {
      console.data(name + "has given no receipt");
    } else {
      const std::string gave = "gave " + counted(relay.entries, "entry", "entries") + " and " + counted(relay.blocks, "block", "blocks") +
                               " of attachments that it was asked for";
      console.data(name + (relay.broken.empty() ? console.marked("keeps its word", Emphasis::kGood) + ": " + gave
                                                : console.marked("BROKEN RECEIPT", Emphasis::kBad) + ": " + gave));
    }
    for (const auto& broken : relay.broken) console.data(name + one_line(broken));
  }
}

void print(Console& console, const client::PublishReport& report) {
  for (const auto& entry : report.entries)
    console.data(entry.id + "  " + entry.kind + "  " + one_line(entry.title) +
                 (entry.attachments == 0 ? "" : "  (" + counted(entry.attachments, "attachment", "attachments") + ")"));
  for (const auto& note : report.notes) console.say("note: " + one_line(note));
  print(console, report.relays, report.copies);
}

std::string sentence_of(const client::ImportReport& report) {
  std::string out = report.source_unchanged ? "Nothing new." : "Imported " + counts_of(report);
  const auto has_waiting = [](const client::RelayReport& relay) {
    return relay.waiting > 0 || relay.attachments_missing > 0;
  };
  const auto waiting = std::ranges::count_if(report.published.relays, has_waiting);
  if (waiting > 0)
    out += " " + counted(static_cast<std::uint64_t>(waiting), "relay lacks", "relays lack") + " something, see tamizdat status.";
  return out;
}

void print(Console& console, const client::ImportReport& report, bool dry_run) {
  if (report.source_unchanged)
    console.data("The source has not changed since the last import.");
  else
    console.data((dry_run ? "Would import " : "Imported ") + counts_of(report));
  for (const auto& item : report.skipped) console.data("skipped  " + one_line(item.item) + ": " + one_line(item.reason));
  for (const auto& note : report.notes) console.say("note: " + one_line(note));
  if (!dry_run) print(console, report.published.relays, report.published.copies);
}

void print(Console& console, const client::StatusReport& report) {
  row(console, "project", console.marked(one_line(report.project.title), Emphasis::kStrong) + "  " + report.project.id);
  if (report.project.frozen) row(console, "", words_of(console, *report.project.frozen));
  row(console, "log", report.log);
  row(console, "size", counted(report.log_size, "entry", "entries"));
  if (const auto words = words_of(console, report.freshness, report.log_size); !words.empty()) row(console, "readers", words);
  print(console, report.relays, report.copies);
  print(console, report.withheld);
  if (!report.copies.enough && !report.copies.can_be_enough)
    console.say("Copies are receipts of relays that the project's charter lists, and it lists too few: see tamizdat project "
                "update --help.");
}

void print(Console& console, const client::FetchReport& report) {
  for (const auto& log : report.logs) {
    if (log.archive.empty()) continue;  // nobody gave anything of it
    console.data(one_line(log.project_title) + " / " + one_line(log.desk_label) + "  " +
                 counted(log.entries, "entry", "entries") + " (" + std::to_string(log.entries_new) + " new), " +
                 counted(log.pages_matching, "article", "articles") + " matching (" +
                 std::to_string(log.pages_written) + " written)" +
                 (log.attachments == 0 ? "" : ", " + counted(log.attachments, "attached file", "attached files") + " (" +
                                                  std::to_string(log.attachments_new) + " new)") +
                 "  " + log.archive);
  }
  for (const auto& log : report.logs)
    if (const auto words = words_of(console, log.freshness, log.entries); !words.empty())
      console.data("  " + one_line(log.project_title) + " / " + one_line(log.desk_label) + "  " + words);
  std::set<std::string> told;
  for (const auto& log : report.logs)
    if (log.frozen && told.insert(log.project).second)
      console.data("  " + one_line(log.project_title) + "  " + words_of(console, *log.frozen));
  for (const auto& relay : report.withholding)
    console.say("Warning: " + one_line(relay.relay) + " serves " + counted(relay.served, "entry", "entries") + " of the log " + relay.log +
                ", and a quorum of the project's relays has seen " + std::to_string(relay.witnessed) +
                ": it holds news back, or is cut off from the others.");
  print(console, report.withheld);
  for (const auto& log : report.logs)
    if (log.attachments_missing > 0)
      console.say(counted(log.attachments_missing, "attached file of ", "attached files of ") + one_line(log.project_title) + " / " +
                  one_line(log.desk_label) + ": no relay that was asked gave it yet. Fetch again later, or from other relays as well.");
  for (const auto& log : report.logs)
    if (log.entries_absent > log.entries_taken_back)
      console.say("Warning: no relay gave the texts of " + counted(log.entries_absent - log.entries_taken_back, "entry", "entries") + " of " +
                  one_line(log.project_title) + " / " + one_line(log.desk_label) +
                  ", which the newsroom has not taken back: they are withheld, or somebody hides them. Fetch from other relays as well; what is missing is asked "
                  "for again.");
  if (report.logs.empty() && report.troubles.empty()) console.data("The relays hold nothing of what was asked for.");
}

void print(Console& console, const client::ProvenEntry& entry) {
  const std::string when = to_rfc3339(entry.published_at.value_or(entry.signed_at));
  std::string title = entry.absent.empty() ? one_line(entry.title) : "(" + entry.absent + ")";
  if (!entry.absent.empty() && entry.embargo_until) title += " until " + to_rfc3339(*entry.embargo_until);
  if (!entry.opens.empty()) title = (entry.key_is_wrong ? "WRONG KEY, does not open " : "opens ") + entry.opens;
  const std::string who = one_line(entry.project_title) + " / " + one_line(entry.desk_label);
  console.data(when + "  entry " + std::to_string(entry.index) + "  " + entry.kind + "  " + who + "  " +
               title + "  " + entry.id);
}

void print(Console& console, const client::VerifyReport& report) {
  console.data(console.marked("proven", Emphasis::kGood) + ": " + counted(report.entries, "entry", "entries") + " in " +
               counted(report.archives, "archive", "archives"));
  for (const auto& log : report.logs) print(console, log);
  if (!report.retracted.empty())
    console.data("  " + counted(report.retracted.size(), "entry of these was", "entries of these were") + " taken back by the newsroom");
  print(console, report.withheld);
  for (const auto& project : report.projects) {
    console.data((project.confirmed ? console.marked("project confirmed", Emphasis::kGood)
                                    : console.marked("project not confirmed", Emphasis::kBad)) +
                 ": " + project.id);
    console.data("  it calls itself " + one_line(project.title) + "; charter version " +
                 std::to_string(project.charter_version) + ", hash " + project.charter_hash +
                 (project.expires_at ? ", expires " + to_rfc3339(*project.expires_at) : ""));
    if (project.frozen) console.data("  it is " + words_of(console, *project.frozen));
    if (!project.dispute.empty()) console.data("  " + console.marked("FORKED", Emphasis::kBad) + ": " + one_line(project.dispute));
    if (!project.confirmed)
      console.say("Compare this id with the one that the newsroom publishes, or give it with --project.");
  }
  if (report.attachments > 0)
    console.data(counted(report.attachments, "attached file is", "attached files are") + " what the entries name, octet for octet.");
  if (report.attachments_missing > 0)
    console.say(counted(report.attachments_missing, "attached file is", "attached files are") + " not in this folder.");
  if (report.pages_not_checked > 0)
    console.say(counted(report.pages_not_checked, "page was", "pages were") +
                " not checked: pages are made from the archives, and fetch makes them anew.");
}

}  // namespace tamizdat::cli
