#include "client-lib/pictures/pictures.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <utility>

#include "client-lib/pictures/check.h"
#include "client-lib/pictures/limits.h"
#include "client-lib/pictures/run_tool.h"

namespace tamizdat::pictures {
namespace {

constexpr std::string_view kToolName = "tamizdat-image";
constexpr std::size_t kRenditionsMax = kSmallWidths.size() + 1;
constexpr std::size_t kHeaderBytesMax = 64;

std::vector<std::filesystem::path> folders_to_search() {
  std::vector<std::filesystem::path> folders;
  std::error_code error;
  const auto own = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    folders.push_back(own.parent_path());
    folders.push_back(own.parent_path().parent_path() / "image");
  }
  folders.emplace_back("/usr/lib/tamizdat");
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(':'), rest.size());
    if (rest.starts_with('/')) folders.emplace_back(rest.substr(0, end));  // never from the folder that one happens to be in
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return folders;
}

tl::unexpected<Error> nonsense() {
  return fail(kImageToolFailed, "tamizdat-image answers in a form that this version does not know: install both from one build");
}

std::optional<std::uint64_t> take_number(std::string_view& line) {
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(line.data(), line.data() + line.size(), value);
  if (fault != std::errc{}) return std::nullopt;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  if (line.starts_with(' ')) line.remove_prefix(1);
  return value;
}

struct Announced {
  std::string_view media_type;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint64_t octets = 0;
};

std::optional<Announced> parse_header(std::string_view line) {
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto media_type = line.substr(0, space);
  line.remove_prefix(space + 1);
  const auto width = take_number(line);
  const auto height = take_number(line);
  const auto octets = take_number(line);
  if (!width || !height || !octets || !line.empty()) return std::nullopt;
  if (*width == 0 || *height == 0 || *width > kSideMax || *height > kSideMax) return std::nullopt;
  return Announced{media_type, static_cast<std::uint32_t>(*width), static_cast<std::uint32_t>(*height), *octets};
}

// The form of main.cpp of tamizdat-image.
Result<std::vector<Picture>> parse_output(BytesView output) {
  std::vector<Picture> pictures;
  while (true) {
    const auto end = output.substr(0, kHeaderBytesMax).find('\n');
    if (end == BytesView::npos) return nonsense();
    const auto line = output.substr(0, end);
    output.remove_prefix(end + 1);
    if (line == "end") break;
    const auto header = parse_header(line);
    if (!header || header->octets > output.size() || pictures.size() == kRenditionsMax) return nonsense();
    if (!pictures.empty() && header->width <= pictures.back().width) return nonsense();
    const auto octets = output.substr(0, static_cast<std::size_t>(header->octets));
    if (auto bare = check_picture(octets, header->media_type, header->width, header->height); !bare) return pass(bare);
    pictures.push_back({std::string(header->media_type), header->width, header->height, Bytes(octets)});
    output.remove_prefix(octets.size());
  }
  if (pictures.empty() || !output.empty()) return nonsense();
  return pictures;
}

tl::unexpected<Error> failure(const ToolRun& run) {
  for (const ExitCode& each : kExitCodes)
    if (each.status == run.exit_code && !run.complaint.empty()) return fail(each.code, run.complaint);
  if (run.exit_code < 0)
    return fail(kImageBroken, "tamizdat-image crashes at this picture, which is broken, made to attack, or needs too much memory: "
                              "export it again, smaller, from the program that made it");
  return fail(kImageToolFailed, "tamizdat-image ends with exit code " + std::to_string(run.exit_code) +
                                    (run.complaint.empty() ? std::string() : " (" + run.complaint + ")") +
                                    ": install it from the build of this program");
}

}  // namespace

Result<std::filesystem::path> find_tool() {
  for (const auto& folder : folders_to_search()) {
    const auto path = folder / kToolName;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return fail(kImageToolMissing,
              "there is no tamizdat-image beside this program, in /usr/lib/tamizdat or in PATH, and no picture is published "
              "without it: build it (ninja -C build tamizdat-image), or copy it to /usr/lib/tamizdat");
}

Result<std::vector<Picture>> reencode(BytesView file, const Options& options) {
  if (file.size() > kFileBytesMax)
    return fail(kImageTooLarge, "the file is larger than " + std::to_string(kFileBytesMax >> 20) + " MiB: save the picture smaller");
  const auto tool = options.tool.empty() ? find_tool() : options.tool;
  if (!tool) return tl::unexpected(tool.error());
  const auto run = run_tool(*tool, file, kOutputBytesMax + kHeaderBytesMax * (kRenditionsMax + 1), options.time_max);
  if (!run) return tl::unexpected(run.error());
  if (run->exit_code != 0) return failure(*run);
  return parse_output(run->output);
}

}  // namespace tamizdat::pictures
