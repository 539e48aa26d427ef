// The verbs of an embargo, and what publishing under one needs.
#pragma once

#include <optional>
#include <string>

#include "client-lib/cli/verbs.h"

namespace tamizdat::cli {

void add_embargo(Verbs& verbs);
// --embargo and --plain-embargo of publish.
void add_embargo_options(Verbs& verbs, CLI::App& publish);
// What these say. Errors: time-invalid.
client::Outcome<std::optional<client::EmbargoTerms>> embargo_terms(const Context& context);
// Before it is signed.
void warn_about_plain_embargo(const Context& context, const client::EmbargoTerms& terms);
// After.
void say_sealed(const Context& context, const client::EmbargoTerms& terms);

}  // namespace tamizdat::cli
