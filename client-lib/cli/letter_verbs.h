// The verbs of sealed exchange: inbox, sealing-key, and send --to.
#pragma once

#include <tamizdat/letters.h>

#include "client-lib/cli/verbs.h"

namespace tamizdat::cli {

void add_letters(Verbs& verbs);
// --to, --days and FILE of send.
void add_letter_options(Verbs& verbs, CLI::App& send);
bool is_letter(const Arguments& arguments);
int send_letter(const Context& context);
// Within an ordinary send: letters that wait. Says nothing where none do; the code is that of what still waits.
int send_waiting_letters(const Context& context);

}  // namespace tamizdat::cli
