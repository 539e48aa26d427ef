// The command `tamizdat`: the real terminal around cli::run().
#include <sys/prctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>

#include "client-lib/cli/run.h"
#include "client-lib/cli/stop_signals.h"
#include "client-lib/client/edges.h"

namespace {

termios shown_terminal;  // for the handler, which is given nothing

void show_again(int signal) {
  ::tcsetattr(STDIN_FILENO, TCSANOW, &shown_terminal);
  static_cast<void>(::raise(signal));  // and this time it ends the program
}

// Who ends the program while it asks gets a terminal back that shows what is typed.
class WhileHidden {
 public:
  explicit WhileHidden(const termios& shown) {
    shown_terminal = shown;
    struct sigaction action {};
    action.sa_handler = &show_again;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &action, &before_[i]);
  }
  WhileHidden(const WhileHidden&) = delete;
  WhileHidden& operator=(const WhileHidden&) = delete;
  ~WhileHidden() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
  }

 private:
  static constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  std::array<struct sigaction, kSignals.size()> before_{};
};

// Asks on the terminal without showing what is typed.
std::optional<std::string> ask_secret(std::string_view question) {
  termios shown{};
  if (::tcgetattr(STDIN_FILENO, &shown) != 0) return std::nullopt;
  termios hidden = shown;
  hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  std::cerr << question << std::flush;
  const WhileHidden hides(shown);
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  std::string line;
  line.reserve(1024);  // so that growing leaves no copies behind
  const bool typed = static_cast<bool>(std::getline(std::cin, line));
  ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
  std::cerr << '\n';
  if (!typed) return std::nullopt;
  return line;
}

// Keys and passphrases are in this memory: it is in no core dump, and no other process of this user may read it.
void keep_memory_private() {
  const rlimit none{0, 0};
  static_cast<void>(::setrlimit(RLIMIT_CORE, &none));
  static_cast<void>(::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
  static_cast<void>(std::setvbuf(stdin, nullptr, _IONBF, 0));  // no copy of what is typed stays in a buffer
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory_private();
  tamizdat::cli::ConsoleParts parts{std::cout, std::cerr};
  parts.out_is_terminal = ::isatty(STDOUT_FILENO) != 0;
  parts.err_is_terminal = ::isatty(STDERR_FILENO) != 0;
  const char* const no_colour = std::getenv("NO_COLOR");
  parts.colour = no_colour == nullptr || *no_colour == '\0';
  if (::isatty(STDIN_FILENO) != 0 && parts.err_is_terminal) parts.ask_secret = &ask_secret;
  parts.make_pause = [] { return std::make_unique<tamizdat::cli::StopSignals>(); };
  tamizdat::cli::Console console(std::move(parts));
  const int code = tamizdat::cli::run({argv + 1, argv + argc}, console, tamizdat::client::system_edges());
  std::cout.flush();
  if (!std::cout) {
    std::cerr << "tamizdat: cannot write to standard output\n";
    return code == 0 ? 1 : code;
  }
  return code;
}
