#include "client-lib/cli/console.h"

#include <ostream>

#include "proto/html/text.h"

namespace tamizdat::cli {
namespace {

constexpr auto kQuietTime = std::chrono::seconds(1);
constexpr auto kRedrawTime = std::chrono::milliseconds(100);
constexpr std::string_view kWipeLine = "\r\x1b[K";

}  // namespace

std::string one_line(std::string_view text) { return html::collapse_space(html::clean_text(text)); }

Console::Console(ConsoleParts parts) : parts_(std::move(parts)), started_(std::chrono::steady_clock::now()) {}

void Console::data(std::string_view line) {
  wipe_progress();
  parts_.out << line << '\n';
}

void Console::flush() { parts_.out.flush(); }

void Console::say(std::string_view line) {
  wipe_progress();
  parts_.err << html::clean_text(line) << '\n';
}

void Console::complain(std::string_view text) {
  wipe_progress();
  const bool colour = parts_.colour && parts_.err_is_terminal;
  parts_.err << (colour ? "\x1b[31mtamizdat:\x1b[0m " : "tamizdat: ") << html::clean_text(text) << '\n';
}

std::string Console::marked(std::string_view text, Emphasis emphasis) const {
  if (!parts_.colour || !parts_.out_is_terminal) return std::string(text);
  const char* const start = emphasis == Emphasis::kGood ? "\x1b[32m" : emphasis == Emphasis::kBad ? "\x1b[31m" : "\x1b[1m";
  return start + std::string(text) + "\x1b[0m";
}

client::Progress Console::progress() {
  if (!parts_.err_is_terminal) return [](auto, auto, auto) {};
  return [this](std::string_view doing, std::uint64_t done, std::uint64_t of) { draw(doing, done, of); };
}

void Console::draw(std::string_view doing, std::uint64_t done, std::uint64_t of) {
  const auto now = std::chrono::steady_clock::now();
  if (now - started_ < kQuietTime || now - drawn_ < kRedrawTime) return;
  drawn_ = now;
  progress_shown_ = true;
  parts_.err << kWipeLine << one_line(doing);
  if (of > 0) {
    constexpr std::uint64_t kCells = 24;
    const std::uint64_t full = std::min(done, of) * kCells / of;
    parts_.err << " [" << std::string(full, '#') << std::string(kCells - full, ' ') << "] " << done << "/" << of;
  } else if (done > 0) {
    parts_.err << " " << done;
  }
  parts_.err << std::flush;
}

void Console::wipe_progress() {
  if (progress_shown_) parts_.err << kWipeLine << std::flush;
  progress_shown_ = false;
}

}  // namespace tamizdat::cli
