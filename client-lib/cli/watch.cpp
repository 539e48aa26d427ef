// `tamizdat import --watch`: a sentence a round, and one of its copies.
#include <boost/json.hpp>

#include <set>

#include "client-lib/cli/commands.h"
#include "client-lib/cli/charter_warnings.h"
#include "client-lib/cli/print.h"
#include "client-lib/client/edges.h"
#include "proto/base/time.h"

namespace tamizdat::cli {
namespace {

namespace json = boost::json;

class RoundPrinter {
 public:
  RoundPrinter(const Context& context, client::Desk& desk, client::Pause& pause) : context_(context), desk_(desk), pause_(pause) {}

  void print_round(const client::Outcome<client::ImportReport>& round, client::sys_seconds next) {
    context_.arguments.json ? print_as_json(round, next) : print_as_text(round, next);
    context_.console.flush();
  }

 private:
  void print_as_json(client::Outcome<client::ImportReport> round, client::sys_seconds next) {
    if (round) wait_for_copies(round->published, next);
    json::object out = round ? to_json(*round) : json::object{{"error", round.error().code}, {"text", round.error().text}};
    out["next_round"] = to_rfc3339(next);
    print_json(context_.console, out);
  }

  void print_as_text(const client::Outcome<client::ImportReport>& round, client::sys_seconds next) {
    Console& console = context_.console;
    if (!round) {
      console.complain(round.error().text);
      console.data(now() + "This round failed. Next one at " + to_rfc3339(next) + ".");
      return;
    }
    std::set<std::string> said;
    for (const auto& failed : round->failed) console.complain(failed.problem.text);
    for (const auto& item : round->skipped) say_once("skipped  " + one_line(item.item) + ": " + one_line(item.reason), said);
    for (const auto& note : round->notes) say_once("note: " + one_line(note), said);
    said_ = std::move(said);
    console.data(now() + sentence_of(*round) + " Next round at " + to_rfc3339(next) + ".");
    console.flush();
    print_copies(round->published, next);
  }

  // Told as long as there could be more of them; who was not asked has not said that he lost anything.
  void print_copies(client::PublishReport published, client::sys_seconds next) {
    const auto is_short = [&] { return !published.copies.enough && published.copies.can_be_enough; };
    const bool is_news = !published.entries.empty() || ((was_short_ || is_short()) && is_any_reached(published));
    if (context_.arguments.no_wait || !is_news) return;
    wait_for_copies(published, next);
    was_short_ = is_short();
    context_.console.data(now() + sum_of(published.copies) + (was_short_ ? " The next round goes on with it." : ""));
  }

  // What an earlier round published is no reason to wait.
  void wait_for_copies(client::PublishReport& published, client::sys_seconds next) {
    const auto left = next - context_.edges.clock.now();
    if (!published.entries.empty()) cli::wait_for_copies(context_, desk_, published, pause_, left);
  }

  std::string now() const { return to_rfc3339(context_.edges.clock.now()) + "  "; }

  // What the round before said too is no news.
  void say_once(const std::string& text, std::set<std::string>& said) {
    if (said.insert(text).second && !said_.contains(text)) context_.console.say(text);
  }

  const Context& context_;
  client::Desk& desk_;
  client::Pause& pause_;
  std::set<std::string> said_;
  bool was_short_ = false;  // of copies that there could be
};

}  // namespace

int watch(const Context& context, const client::ImportOptions& options, const client::Passphrase& passphrase,
          client::Desk& desk) {
  const auto pause = context.console.make_pause();
  RoundPrinter printer(context, desk, *pause);
  const auto done = desk.watch_source(options, passphrase, *pause, [&](const auto& round, client::sys_seconds next) {
    printer.print_round(round, next);
    warn_of_charter_of_home(context);
  });
  if (!done) return report_problem(context, done.error());
  context.console.say("Stopped, as you wanted. What was signed is safe; a round that was cut short goes on next time.");
  return 0;
}

}  // namespace tamizdat::cli
