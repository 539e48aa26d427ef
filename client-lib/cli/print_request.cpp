// A charter request, and how relays stand to the charter that it follows, as text and as JSON.
#include <boost/json.hpp>

#include "client-lib/cli/charter_verbs.h"
#include "client-lib/cli/charter_warnings.h"
#include "client-lib/cli/print.h"
#include "proto/base/time.h"

namespace tamizdat::cli {
namespace {

namespace json = boost::json;
using client::RequestInfo;

std::string name_of(client::CharterStanding standing) {
  switch (standing) {
    case client::CharterStanding::kAgrees: return "agrees";
    case client::CharterStanding::kOlder: return "older";
    case client::CharterStanding::kNewer: return "newer";
    case client::CharterStanding::kForked: return "forked";
    case client::CharterStanding::kNotKnown: return "not-known";
    case client::CharterStanding::kNotReached: return "not-reached";
  }
  return "unknown";
}

// What each relay has, before anybody signs on top of it.
void print_standings(Console& console, const std::vector<client::RelayStanding>& relays) {
  for (const auto& relay : relays)
    console.data("asked    " + relay.relay + "  " + (relay.country.empty() ? "" : relay.country + "  ") +
                 (relay.standing == client::CharterStanding::kAgrees ? "agrees: " : "") + one_line(relay.text) + (relay.vouches ? ", and vouches for it" : ""));
}

}  // namespace

json::array strings(const std::vector<std::string>& values) { return json::array(values.begin(), values.end()); }

json::array to_json(const std::vector<client::RelayStanding>& relays) {
  json::array out;
  for (const auto& relay : relays) {
    json::object object{{"relay", relay.relay}, {"standing", name_of(relay.standing)}, {"vouches", relay.vouches}, {"text", relay.text}};
    if (!relay.country.empty()) object["country"] = relay.country;
    if (relay.version > 0) object["version"] = relay.version;
    out.push_back(std::move(object));
  }
  return out;
}

json::object to_json(const client::CharterView& view) {
  json::array disputes;
  for (const auto& dispute : view.disputes)
    disputes.push_back(json::object{{"version", dispute.version}, {"decided", dispute.decided}, {"text", dispute.text}});
  return {{"charter_version", view.version}, {"charter_hash", view.charter_hash}, {"quorum", view.quorum},
          {"relays", to_json(view.relays)},  {"disputes", std::move(disputes)}};
}

void print(Console& console, const client::CharterView& view) {
  console.data("newest   charter version " + std::to_string(view.version) + ", hash " + view.charter_hash);
  print_standings(console, view.relays);
  for (const auto& dispute : view.disputes)
    console.data((dispute.decided ? "decided  " : console.marked("DISPUTE", Emphasis::kBad) + "  ") + one_line(dispute.text));
}

json::object to_json(const RequestInfo& request) {
  json::object out{{"project", request.project},          {"title", request.title},
                   {"version", request.version},          {"charter_hash", request.charter_hash},
                   {"changes", strings(request.changes)}, {"warnings", strings(request.warnings)},
                   {"signed_by", strings(request.signed_by)}, {"may_sign", strings(request.may_sign)},
                   {"signatures_missing", request.signatures_missing}, {"file", request.file},
                   {"issued_at", to_rfc3339(request.issued_at)}, {"shown_whole", request.is_shown_whole}};
  if (request.expires_at) out["expires_at"] = to_rfc3339(*request.expires_at);
  if (!request.not_asked.empty()) out["not_asked"] = strings(request.not_asked);
  if (request.relays.empty()) return out;
  out["quorum"] = request.quorum;
  out["relays"] = to_json(request.relays);
  return out;
}

std::string next_step(const RequestInfo& request) {
  if (request.signatures_missing == 0) return "It has all signatures. Submit it with: tamizdat project submit " + request.file;
  return "It lacks " + std::to_string(request.signatures_missing) + (request.signatures_missing == 1 ? " signature" : " signatures") +
         ". Bring the file to who holds a root key: tamizdat project sign " + request.file + " --root-key FILE";
}

void print_changes(const Context& context, const RequestInfo& request) {
  Console& console = context.console;
  console.data("project  " + one_line(request.title) + "  " + request.project);
  console.data("charter  version " + std::to_string(request.version) + ", hash " + request.charter_hash + ", of " + to_rfc3339(request.issued_at));
  for (const auto& change : request.changes) console.data("  " + one_line(change));
  for (const auto& relay : request.not_asked) console.say("Warning: not asked what it holds of this desk: " + one_line(relay) + ".");
  for (const auto& warning : request.warnings) console.say("Warning: " + one_line(warning) + ".");
  warn_of_expiry(context, request.title, request.expires_at);
}

int report_request(const Context& context, const client::Outcome<RequestInfo>& made) {
  if (!made) return report_problem(context, made.error());
  if (context.arguments.json) {
    print_json(context.console, to_json(*made));
    return 0;
  }
  print_changes(context, *made);
  context.console.data("request  " + made->file);
  print_standings(context.console, made->relays);
  context.console.say(next_step(*made));
  return 0;
}

}  // namespace tamizdat::cli
