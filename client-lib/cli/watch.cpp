// `tamizdat import --watch`: a sentence a round.
#include <boost/json.hpp>

#include <set>

#include "client-lib/cli/commands.h"
#include "client-lib/cli/expiry.h"
#include "client-lib/cli/print.h"
#include "client-lib/client/edges.h"
#include "proto/base/time.h"

namespace tamizdat::cli {
namespace {

namespace json = boost::json;

class RoundPrinter {
 public:
  explicit RoundPrinter(const Context& context) : context_(context) {}

  void print_round(const client::Outcome<client::ImportReport>& round, client::sys_seconds next) {
    context_.arguments.json ? print_as_json(round, next) : print_as_text(round, next);
    context_.console.flush();
  }

 private:
  void print_as_json(const client::Outcome<client::ImportReport>& round, client::sys_seconds next) {
    json::object out = round ? to_json(*round) : json::object{{"error", round.error().code}, {"text", round.error().text}};
    out["next_round"] = to_rfc3339(next);
    print_json(context_.console, out);
  }

  void print_as_text(const client::Outcome<client::ImportReport>& round, client::sys_seconds next) {
    Console& console = context_.console;
    const std::string when = to_rfc3339(context_.edges.clock.now()) + "  ";
    if (!round) {
      console.complain(round.error().text);
      console.data(when + "This round failed. Next one at " + to_rfc3339(next) + ".");
      return;
    }
    std::set<std::string> said;
    for (const auto& failed : round->failed) console.complain(failed.problem.text);
    for (const auto& item : round->skipped) say_once("skipped  " + one_line(item.item) + ": " + one_line(item.reason), said);
    for (const auto& note : round->notes) say_once("note: " + one_line(note), said);
    said_ = std::move(said);
    console.data(when + sentence_of(*round) + " Next round at " + to_rfc3339(next) + ".");
  }

  // What the round before said too is no news.
  void say_once(const std::string& text, std::set<std::string>& said) {
    if (said.insert(text).second && !said_.contains(text)) context_.console.say(text);
  }

  const Context& context_;
  std::set<std::string> said_;
};

}  // namespace

int watch(const Context& context, const client::ImportOptions& options, const client::Passphrase& passphrase,
          client::Desk& desk) {
  const auto pause = context.console.make_pause();
  RoundPrinter printer(context);
  const auto done = desk.watch_source(options, passphrase, *pause, [&](const auto& round, client::sys_seconds next) {
    printer.print_round(round, next);
    warn_of_expiry_of_home(context);
  });
  if (!done) return report_problem(context, done.error());
  context.console.say("Stopped, as you wanted. What was signed is safe; a round that was cut short goes on next time.");
  return 0;
}

}  // namespace tamizdat::cli
