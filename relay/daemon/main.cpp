#include <iostream>

#include "relay/daemon/commands.h"

int main(int argc, char** argv) { return tamizdat::daemon::run_command_line(argc, argv, std::cout, std::cerr); }
