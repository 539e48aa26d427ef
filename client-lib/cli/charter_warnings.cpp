#include "client-lib/cli/charter_warnings.h"

#include "client-lib/client/edges.h"
#include "proto/base/time.h"

namespace tamizdat::cli {
namespace {

constexpr auto kWarnedBefore = std::chrono::days(60);

}  // namespace

void warn_of_expiry(const Context& context, const std::string& title, const std::optional<client::sys_seconds>& expires_at) {
  const auto now = context.edges.clock.now();
  if (!expires_at || *expires_at > now + kWarnedBefore) return;
  const bool is_over = *expires_at <= now;
  const auto days = std::chrono::ceil<std::chrono::days>(*expires_at - now).count();
  context.console.say("Warning: the charter of " + one_line(title) + (is_over ? " expired on " : " expires on ") +
                      to_rfc3339(*expires_at).substr(0, 10) + (is_over ? "" : ", in " + std::to_string(days) + (days == 1 ? " day" : " days")) +
                      (is_over ? ": readers are told that it is stale, until" : ": from then on readers are told that it is stale, until") +
                      " those who hold its root keys put a newer one in force: tamizdat project update --expires DATE --out FILE");
}

void warn_of_charter_of_home(const Context& context) {
  auto desk = client::Desk::open(context.arguments.desk_options(context.console), false, context.edges);
  if (!desk) return;
  const auto project = desk->project();
  if (!project) return;
  warn_of_expiry(context, project->title, project->expires_at);
  if (!project->dispute.empty())
    context.console.say("Warning: " + one_line(project->title) + " has " + project->dispute +
                        ". This home has not seen that relays decided for one of them: tamizdat project show --ask tells how far they are");
}

}  // namespace tamizdat::cli
