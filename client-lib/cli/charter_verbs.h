// The verbs of a charter's life, and what they share.
#pragma once

#include <tamizdat/charter.h>

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
// These, --offline and --out.
void add_request_options(Verbs& verbs, CLI::App& sub);
// Makes the request and prints it; the exit code.
int request(const Context& context, const client::CharterEdit& edit);
int report_request(const Context& context, const client::Outcome<client::RequestInfo>& made);
void print_changes(const Context& context, const client::RequestInfo& request);

}  // namespace tamizdat::cli
