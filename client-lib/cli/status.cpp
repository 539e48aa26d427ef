// `tamizdat status`, and what publish, import and send wait for at their end: copies, by receipts.
#include <algorithm>
#include <map>

#include <boost/json.hpp>

#include "client-lib/cli/commands.h"
#include "client-lib/cli/charter_warnings.h"
#include "client-lib/cli/print.h"
#include "client-lib/client/edges.h"

namespace tamizdat::cli {
namespace {

namespace json = boost::json;

// A relay in another country has pulled a text and its pictures long before; who waits longer looks at `status` instead.
constexpr std::chrono::seconds kCopiesWaitMax{600};

// Says a relay's line whenever its state is another than before.
class CopiesTable {
 public:
  explicit CopiesTable(const Context& context) : context_(context) {}

  void show(const client::CopiesReport& copies) {
    for (const auto& copy : copies.relays) {
      if (!copy.listed || (shown_.contains(copy.relay) && shown_.at(copy.relay) == copy.state)) continue;
      shown_[copy.relay] = copy.state;
      context_.console.say("  " + line_of(copy) + age_of(copy));
    }
  }

 private:
  std::string age_of(const client::CopyReport& copy) const {
    if (!copy.receipt_at) return {};
    const auto age = std::max(std::chrono::seconds(0), context_.edges.clock.now() - *copy.receipt_at);
    return ", " + std::to_string(age.count()) + " s old";
  }

  const Context& context_;
  std::map<std::string, client::CopyState> shown_;
};

// A project with all its desks, or an entry that no desk of this home has signed.
int places(const Context& context) {
  const Arguments& arguments = context.arguments;
  const auto report = client::places({arguments.entry, arguments.relays, arguments.home, arguments.proxy, context.console.progress()}, context.edges);
  if (!report) return report_problem(context, report.error());
  warn_of_expiry(context, report->project.title, report->project.expires_at);
  for (const auto& trouble : report->troubles) context.console.complain(trouble.relay + ": " + trouble.problem.text);
  if (arguments.json)
    print_json(context.console, to_json(*report));
  else
    print(context.console, *report);
  return 0;
}

int status_of_entry(const Context& context, client::Desk& desk) {
  const auto status = desk.entry_status(context.arguments.entry, context.arguments.send_options());
  if (!status && status.error().code == "entry-unknown") return places(context);
  if (!status) return report_problem(context, status.error());
  if (context.arguments.json)
    print_json(context.console, to_json(*status));
  else
    print(context.console, *status);
  return 0;
}

int audit(const Context& context, client::Desk& desk) {
  const auto relays = desk.audit(context.arguments.send_options());
  if (!relays) return report_problem(context, relays.error());
  if (context.arguments.json) {
    json::array list;
    for (const auto& relay : *relays) list.push_back(to_json(relay));
    print_json(context.console, {{"relays", std::move(list)}});
  } else {
    print(context.console, *relays);
  }
  const auto is_broken = [](const client::AuditedRelay& relay) { return !relay.broken.empty(); };
  return std::ranges::any_of(*relays, is_broken) ? exit_code(client::ProblemKind::kNotVerified) : 0;
}

}  // namespace

bool is_any_reached(const client::PublishReport& report) {
  return std::ranges::any_of(report.relays, [](const client::RelayReport& relay) {
    return relay.state == client::RelayState::kHoldsAll || relay.state == client::RelayState::kLacks;
  });
}

void wait_for_copies(const Context& context, client::Desk& desk, client::PublishReport& report) {
  if (!context.console.can_pause()) return;
  const auto pause = context.console.make_pause();
  wait_for_copies(context, desk, report, *pause, kCopiesWaitMax);
}

void wait_for_copies(const Context& context, client::Desk& desk, client::PublishReport& report, client::Pause& pause,
                     std::chrono::seconds limit) {
  Console& console = context.console;
  const auto& copies = report.copies;
  if (context.arguments.no_wait || copies.enough || !copies.can_be_enough || !is_any_reached(report)) return;
  console.say("Waiting until " + std::to_string(copies.copies_wanted) + " relays in " + std::to_string(copies.countries_wanted) +
              " countries have signed for it. It is safe to stop this with Ctrl-C: relays go on by themselves.");
  CopiesTable table(context);
  auto done = desk.wait_for_copies(pause, std::min(limit, kCopiesWaitMax), [&](const client::CopiesReport& now) { table.show(now); },
                                   context.arguments.send_options());
  if (!done) return console.complain(done.error().text);
  report.copies = *std::move(done);
}

int status(const Context& context) {
  if (context.arguments.audit && !context.arguments.entry.empty())
    return report_problem(context, {client::ProblemKind::kUsage, "audit-of-all", "--audit asks for random entries of the desk's whole log: "
                                    "leave the entry away"});
  const bool is_project = context.arguments.entry.starts_with("tzproject");
  if (is_project) return places(context);
  auto desk = open_desk(context);
  if (!desk && !context.arguments.entry.empty()) return places(context);
  if (!desk) return report_problem(context, desk.error());
  if (context.arguments.audit) return audit(context, *desk);
  if (!context.arguments.entry.empty()) return status_of_entry(context, *desk);
  const auto report = desk->status(context.arguments.send_options());
  if (!report) return report_problem(context, report.error());
  if (context.arguments.json)
    print_json(context.console, to_json(*report));
  else
    print(context.console, *report);
  const auto has_wrong_key = [](const client::RelayReport& relay) { return relay.state == client::RelayState::kWrongKey; };
  return std::ranges::any_of(report->relays, has_wrong_key) ? exit_code(client::ProblemKind::kNotVerified) : 0;
}

}  // namespace tamizdat::cli
