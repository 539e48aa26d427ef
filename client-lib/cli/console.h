// Where the command line talks to a person or a program: data on standard output, everything else on standard error. No
// control character of foreign text reaches a terminal. Tests bring string streams.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <tamizdat/desk.h>

namespace tamizdat::cli {

enum class Emphasis : std::uint8_t { kGood, kBad, kStrong };

// For a watch, and for copies, to wait with; it ends by Ctrl-C and SIGTERM.
using MakePause = std::function<std::unique_ptr<client::Pause>()>;

// Reads one line without showing it; nothing at the end of the input.
using AskSecret = std::function<std::optional<std::string>(std::string_view question)>;

struct ConsoleParts {
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool colour = true;  // false: NO_COLOR is set (https://no-color.org)
  AskSecret ask_secret = {};  // empty: there is no terminal to ask at
  MakePause make_pause = {};  // empty: commands that watch cannot run
};

class Console {
 public:
  explicit Console(ConsoleParts parts);

  // One line of data.
  void data(std::string_view line);
  // What data() has got so far is with its reader when this returns.
  void flush();
  // One line for the person.
  void say(std::string_view line);
  // "tamizdat: ..." for what stops a command.
  void complain(std::string_view text);
  // Fit for data(), coloured if it goes to a terminal.
  std::string marked(std::string_view text, Emphasis emphasis) const;

  const AskSecret& ask_secret() const { return parts_.ask_secret; }
  bool can_pause() const { return parts_.make_pause != nullptr; }
  std::unique_ptr<client::Pause> make_pause() const { return parts_.make_pause(); }
  // Draws one line on a terminal once the command has taken a second, and wipes it before anything else is printed.
  client::Progress progress();

 private:
  void wipe_progress();
  void draw(std::string_view doing, std::uint64_t done, std::uint64_t of);

  ConsoleParts parts_;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point drawn_;
  bool progress_shown_ = false;
};

// `text` as one line without control characters.
std::string one_line(std::string_view text);

}  // namespace tamizdat::cli
