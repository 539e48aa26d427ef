#include "client-lib/keys/signed_charters.h"

#include <charconv>
#include <map>
#include <optional>

#include "client-lib/files/files.h"

namespace tamizdat::keys {
namespace {

using Record = std::map<ProjectId, CharterName>;

constexpr std::uint64_t kRecordBytesMax = 1 << 20;  // ten thousand projects

std::string line_of(const CharterName& charter) {
  return charter.project.text() + " " + std::to_string(charter.version) + " " + to_hex(charter.hash.view()) + "\n";
}

std::optional<CharterName> parse_line(std::string_view line) {
  const auto first = line.find(' '), second = line.find(' ', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return std::nullopt;
  const auto project = ProjectId::parse(line.substr(0, first));
  const std::string_view number = line.substr(first + 1, second - first - 1);
  CharterName out;
  const auto read = std::from_chars(number.data(), number.data() + number.size(), out.version);
  const auto octets = from_hex(line.substr(second + 1, line.size() - second - 2));
  const auto hash = octets ? Hash32::from(*octets) : std::nullopt;
  if (!project || read.ec != std::errc() || !hash) return std::nullopt;
  out.project = *project;
  out.hash = *hash;
  return line_of(out) == line ? std::optional(out) : std::nullopt;
}

Result<Record> parse(const std::filesystem::path& path, std::string_view text) {
  Record out;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n') + 1);  // none without its end
    const auto charter = parse_line(line);
    if (!charter || out.contains(charter->project))
      return fail(kSignedRecordDamaged, path.string() + " is damaged, so nobody can tell which charters this root key has signed: bring it "
                                        "back from a copy, or find out what is in force (tamizdat project show), and remove it");
    out.emplace(charter->project, *charter);
    text.remove_prefix(line.size());
  }
  return out;
}

}  // namespace

SignedCharters::SignedCharters(const std::filesystem::path& key_file) : path_(key_file) { path_ += ".signed"; }

Result<void> SignedCharters::note(const CharterName& charter, OtherOfVersion other) const {
  const auto file = files::read_file(path_, kRecordBytesMax);
  if (!file && file.error().code != files::kFileMissing) return tl::unexpected(file.error());
  auto record = parse(path_, file ? *file : Bytes());
  if (!record) return pass(record);
  const auto before = record->find(charter.project);
  if (before != record->end()) {
    const CharterName& highest = before->second;
    if (highest.version == charter.version && highest.hash == charter.hash) return {};
    if (highest.version >= charter.version && other == OtherOfVersion::kRefuse)
      return fail(kSignedAnotherCharter,
                  "this root key has signed charter version " + std::to_string(highest.version) + " of this project already, " +
                      to_hex(highest.hash.view()) + ", and this is " + (highest.version == charter.version ? "another one of that version" : "version " + std::to_string(charter.version)) +
                      ": two charters of one version split the project. See which one is in force (tamizdat project show) and have the request made "
                      "anew on top of it. If the other one was dropped, so that it will never reach a relay, sign with --sign-another");
    if (highest.version > charter.version) return {};
  }
  (*record)[charter.project] = charter;
  Bytes text;
  for (const auto& [project, signed_charter] : *record) text += line_of(signed_charter);
  auto done = files::replace_file(path_, text, files::Visibility::kOwner);
  if (!done)
    return fail(done.error().code, done.error().text + ". What a root key signs is noted there before it signs: it must lie where it can be written");
  return {};
}

}  // namespace tamizdat::keys
