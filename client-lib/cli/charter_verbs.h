// The verbs of a charter's life, and what they share.
#pragma once

#include <tamizdat/charter.h>

#include <string>
#include <vector>

#include <boost/json/fwd.hpp>

#include "client-lib/cli/verbs.h"

namespace tamizdat::cli {

void add_project_update(Verbs& verbs, CLI::App& project);
void add_project_sign(Verbs& verbs, CLI::App& project);
void add_project_submit(Verbs& verbs, CLI::App& project);
void add_project_freeze(Verbs& verbs, CLI::App& project);
void add_desk_verbs(Verbs& verbs);
void add_key_verbs(Verbs& verbs, CLI::App& project);

client::CharterSource charter_source(const Context& context);
// --home, --project, --relay, --proxy.
void add_charter_source(Verbs& verbs, CLI::App& sub);
// What goes on without a quorum.
void add_unwitnessed(Verbs& verbs, CLI::App& sub);
// These, --offline and --out.
void add_request_options(Verbs& verbs, CLI::App& sub);
// Makes the request and prints it; the exit code.
int request(const Context& context, const client::CharterEdit& edit);
int report_request(const Context& context, const client::Outcome<client::RequestInfo>& made);
void print_changes(const Context& context, const client::RequestInfo& request);
std::string next_step(const client::RequestInfo& request);
boost::json::array strings(const std::vector<std::string>& values);
boost::json::array to_json(const std::vector<client::RelayStanding>& relays);
boost::json::object to_json(const client::RequestInfo& request);
boost::json::object to_json(const client::CharterView& view);
void print(Console& console, const client::CharterView& view);

}  // namespace tamizdat::cli
