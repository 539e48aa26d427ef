#include <sys/prctl.h>
#include <sys/resource.h>

#include <iostream>

#include "relay/daemon/commands.h"

// The relay's keys are in this memory: it goes into no core dump, and no other process of its user may read it.
int main(int argc, char** argv) {
  const rlimit none{0, 0};
  static_cast<void>(::setrlimit(RLIMIT_CORE, &none));
  static_cast<void>(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
  return tamizdat::daemon::run_command_line(argc, argv, std::cout, std::cerr);
}
