// The command `tamizdat` as a function: arguments in, exit code out. main() adds the real terminal and edges.
//
// Exit codes: 0 done; 1 failed; 2 asked for in a way that cannot be meant; 3 something is not what it claims to be;
// 4 no relay or server answers; 5 refused by every relay that answers; 6 this home is an old copy of its desk.
#pragma once

#include <string>
#include <vector>

#include "client-lib/cli/console.h"

namespace tamizdat::client {
struct Edges;
}

namespace tamizdat::cli {

// `arguments`: without the program's name.
int run(const std::vector<std::string>& arguments, Console& console, client::Edges& edges);

}  // namespace tamizdat::cli
