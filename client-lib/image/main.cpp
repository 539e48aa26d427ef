// tamizdat-image: a picture from standard input to standard output, encoded anew without metadata, in a sandbox.
//
// Output is one picture after the other, the smallest first and the full one last, each after a line
// `<media type> <width> <height> <octets>`; a line `end` comes last. Exit codes: client-lib/pictures/errors.h.
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <vector>

#include "client-lib/image/confine.h"
#include "client-lib/image/encode.h"
#include "client-lib/image/kind.h"
#include "client-lib/image/pixels.h"
#include "client-lib/pictures/errors.h"
#include "client-lib/pictures/limits.h"

namespace {

using namespace tamizdat;
using namespace tamizdat::image;

// Says one sentence and ends. Only what a signal handler may call.
[[noreturn]] void give_up(ErrorCode code, std::string_view text) {
  [[maybe_unused]] const auto said = ::write(STDERR_FILENO, text.data(), text.size());
  [[maybe_unused]] const auto ended = ::write(STDERR_FILENO, "\n", 1);
  for (const auto& each : pictures::kExitCodes)
    if (each.code == code) ::_exit(each.status);
  ::_exit(EXIT_FAILURE);
}

// Decoders and the libraries below them end a process that lacks memory with abort() or a trap.
void on_signal(int number) {
  if (number == SIGALRM || number == SIGXCPU)
    give_up(pictures::kImageTimeout, "the picture takes too long to decode: save it smaller, or as a plain JPEG");
  if (number == SIGABRT || number == SIGTRAP)
    give_up(pictures::kImageTooLarge, "the picture needs more memory than is allowed: save it smaller");
  give_up(pictures::kImageBroken, "a decoder fails at this picture: export it again from the program that made it");
}

void catch_signals() {
  // A decoder may have run out of stack.
  static char stack[64 * 1024];
  const stack_t other{stack, 0, sizeof stack};
  ::sigaltstack(&other, nullptr);
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_ONSTACK;
  for (const int number : {SIGALRM, SIGXCPU, SIGABRT, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGILL})
    ::sigaction(number, &action, nullptr);
}

Result<Bytes> read_input() {
  Bytes file;
  while (true) {
    constexpr std::size_t kChunkBytes = 256 * 1024;
    const std::size_t before = file.size();
    file.resize(before + kChunkBytes);
    const ssize_t got = ::read(STDIN_FILENO, file.data() + before, kChunkBytes);
    file.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(pictures::kImageToolFailed, "cannot read standard input: give the picture there, `tamizdat-image <FILE`");
    if (file.size() > pictures::kFileBytesMax)
      return fail(pictures::kImageTooLarge, "the file is larger than " + std::to_string(pictures::kFileBytesMax >> 20) +
                                                " MiB: save the picture smaller");
    if (got == 0) return file;
  }
}

void write_output(BytesView octets) {
  while (!octets.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, octets.data(), octets.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) give_up(pictures::kImageToolFailed, "cannot write standard output: give it a file or a pipe that is read");
    octets.remove_prefix(static_cast<std::size_t>(written));
  }
}

struct Rendition {
  Pixels pixels;
  Bytes octets;
};

Result<std::vector<Rendition>> renditions(Pixels full, Format format) {
  std::vector<Rendition> out;
  for (const std::uint32_t width : pictures::kSmallWidths) {
    if (width >= static_cast<std::uint32_t>(full.width)) break;
    auto small = shrink(full, width);
    if (!small) return pass(small);
    out.push_back({std::move(*small), {}});
  }
  out.push_back({std::move(full), {}});
  std::uint64_t total = 0;
  for (Rendition& each : out) {
    auto octets = encode(each.pixels, format);
    if (!octets) return pass(octets);
    each.octets = std::move(*octets);
    each.pixels.samples = {};
    total += each.octets.size();
  }
  // A small one that is no lighter helps nobody.
  const std::size_t full_octets = out.back().octets.size();
  const int full_width = out.back().pixels.width;
  std::erase_if(out, [&](const Rendition& each) { return each.pixels.width < full_width && each.octets.size() >= full_octets; });
  if (total > pictures::kOutputBytesMax)
    return fail(pictures::kImageTooLarge, "the picture would have more than " + std::to_string(pictures::kOutputBytesMax >> 20) +
                                              " MiB on the web: save it smaller, or as JPEG");
  return out;
}

Result<void> run(char** words) {
  if (auto done = take_clean_environment(words); !done) return done;
  if (auto done = limit_resources(); !done) return done;
  if (auto done = load_decoders(); !done) return done;
  if (auto done = enter_sandbox(); !done) return done;
  const auto file = read_input();
  if (!file) return tl::unexpected(file.error());
  const auto kind = kind_of(*file);
  if (!kind) return tl::unexpected(kind.error());
  auto full = decode(*kind, *file);
  if (!full) return pass(full);
  const auto format = format_for(*kind, *full);
  if (!format) return tl::unexpected(format.error());
  const auto out = renditions(std::move(*full), *format);
  if (!out) return tl::unexpected(out.error());
  for (const Rendition& each : *out) {
    write_output(std::string(media_type(*format)) + ' ' + std::to_string(each.pixels.width) + ' ' +
                 std::to_string(each.pixels.height) + ' ' + std::to_string(each.octets.size()) + '\n');
    write_output(each.octets);
  }
  write_output("end\n");
  return {};
}

}  // namespace

int main(int count, char** words) {
  if (count > 1) {
    const bool asked = std::strcmp(words[1], "--help") == 0;
    std::fputs("tamizdat-image <PICTURE >RENDITIONS\nEncodes a JPEG, PNG, WebP, GIF, HEIC or TIFF anew, without metadata.\n",
               asked ? stdout : stderr);
    return asked ? 0 : 64;
  }
  catch_signals();
  try {
    if (const auto done = run(words); !done) give_up(done.error().code, done.error().text);
  } catch (const std::bad_alloc&) {
    give_up(pictures::kImageTooLarge, "the picture needs more memory than is allowed: save it smaller");
  }
  ::_exit(0);  // libraries that tidy up ask for what the sandbox does not give
}
