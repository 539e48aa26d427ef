#include "proto/format/checkpoint.h"

#include <array>
#include <charconv>
#include <optional>

#include "proto/base/check.h"
#include "proto/format/hash.h"
#include "proto/format/limits.h"
#include "proto/format/merkle.h"

namespace tamizdat::format {
namespace {

constexpr std::string_view kOriginPrefix = "tamizdat/";
constexpr std::string_view kSignaturePrefix = "\xE2\x80\x94 ";  // em dash, space
constexpr std::string_view kEd25519Type = "\x01";               // C2SP signed-note, "Signature types"
constexpr std::size_t kKeyIdBytes = 4;

// Takes one line off the front of `rest`, without its newline.
std::optional<std::string_view> take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

Result<Checkpoint> parse_origin(std::string_view origin) {
  const std::size_t slash = origin.rfind('/');
  if (!origin.starts_with(kOriginPrefix) || slash < kOriginPrefix.size())
    return fail(kCheckpointMalformed, "the checkpoint's origin line is not tamizdat/<project id>/<desk id>");
  const auto project = ProjectId::parse(origin.substr(kOriginPrefix.size(), slash - kOriginPrefix.size()));
  if (!project) return fail(project.error().code, "the checkpoint's origin: " + project.error().text);
  const auto desk = DeskId::parse(origin.substr(slash + 1));
  if (!desk) return fail(desk.error().code, "the checkpoint's origin: " + desk.error().text);
  Checkpoint checkpoint;
  checkpoint.project = *project;
  checkpoint.desk = *desk;
  return checkpoint;
}

Result<void> parse_signature_line(std::string_view line, Checkpoint& checkpoint) {
  const std::size_t space = line.rfind(' ');
  if (!line.starts_with(kSignaturePrefix) || space == std::string_view::npos || space < kSignaturePrefix.size())
    return fail(kCheckpointMalformed, "the checkpoint has no signature line");
  const auto signature = from_base64(line.substr(space + 1));
  if (!signature || signature->size() != kKeyIdBytes + kSignatureBytes)
    return fail(kCheckpointMalformed, "the checkpoint's signature is not 68 octets of base64");
  if (signature->substr(0, kKeyIdBytes) !=
      note_key_id(log_origin(checkpoint.project, checkpoint.desk), checkpoint.desk.value))
    return fail(kCheckpointKeyId, "the checkpoint's signature names another key than its origin line");
  checkpoint.signature = signature->substr(kKeyIdBytes);
  return {};
}

}  // namespace

Bytes note_key_id(std::string_view key_name, const Hash32& key) {
  const Hash32 hash = sha256({key_name, "\n", kEd25519Type, key.view()});
  return Bytes(hash.view().substr(0, kKeyIdBytes));
}

LogId log_id(const ProjectId& project, const DeskId& desk) {
  return LogId(domain_hash("log", {project.view(), desk.view()}));
}

std::string log_origin(const ProjectId& project, const DeskId& desk) {
  std::string out(kOriginPrefix);
  out += project.text();
  out += '/';
  out += desk.text();
  return out;
}

std::string Checkpoint::text() const {
  return log_origin(project, desk) + '\n' + std::to_string(size) + '\n' + to_base64(root.view()) + '\n';
}

Result<Checkpoint> parse_checkpoint(BytesView bytes) {
  if (bytes.size() > kCheckpointBytesMax)
    return fail(kCheckpointTooLarge, "the checkpoint is larger than " + std::to_string(kCheckpointBytesMax) + " octets");
  BytesView rest = bytes;
  std::array<std::string_view, 5> lines;
  for (auto& line : lines) {
    const auto taken = take_line(rest);
    if (!taken) return fail(kCheckpointMalformed, "the checkpoint does not have five lines");
    line = *taken;
  }
  if (!rest.empty() || !lines[3].empty())
    return fail(kCheckpointMalformed, "the checkpoint must be origin, size, root, an empty line and one signature");
  auto checkpoint = parse_origin(lines[0]);
  if (!checkpoint) return checkpoint;
  const char* const size_end = lines[1].data() + lines[1].size();
  const auto [end, error] = std::from_chars(lines[1].data(), size_end, checkpoint->size);
  if (error != std::errc() || end != size_end || checkpoint->size > kLogSizeMax)
    return fail(kCheckpointMalformed, "the checkpoint's size is not a decimal number up to 2^48");
  const auto root = from_base64(lines[2]);
  const auto root_hash = root ? Hash32::from(*root) : std::nullopt;
  if (!root_hash) return fail(kCheckpointMalformed, "the checkpoint's root is not 32 octets of base64");
  checkpoint->root = *root_hash;
  if (checkpoint->size == 0 && checkpoint->root != empty_root())
    return fail(kCheckpointMalformed, "the checkpoint of an empty log has another root than the empty one");
  if (auto signed_by_desk = parse_signature_line(lines[4], *checkpoint); !signed_by_desk) return pass(signed_by_desk);
  if (serialise_checkpoint(*checkpoint) != bytes)
    return fail(kCheckpointNotCanonical, "the checkpoint is not in its one byte form");
  return checkpoint;
}

Bytes serialise_checkpoint(const Checkpoint& checkpoint) {
  const std::string origin = log_origin(checkpoint.project, checkpoint.desk);
  Bytes out = checkpoint.text();
  out += '\n';
  out += kSignaturePrefix;
  out += origin;
  out += ' ';
  out += to_base64(note_key_id(origin, checkpoint.desk.value) + checkpoint.signature);
  out += '\n';
  return out;
}

Bytes closing_checkpoint(const ProjectId& project, const DeskId& desk, std::uint64_t size, const Hash32& root) {
  return serialise_checkpoint({project, desk, size, root, Bytes(kSignatureBytes, '\0')});
}

bool is_unsigned(const Checkpoint& checkpoint) { return checkpoint.signature.find_first_not_of('\0') == Bytes::npos; }

Bytes sign_checkpoint(const ProjectId& project, std::uint64_t size, const Hash32& root, const SigningKey& desk_key) {
  TMZ_CHECK(size <= kLogSizeMax && (size != 0 || root == empty_root()));
  Checkpoint checkpoint{project, DeskId(desk_key.public_key()), size, root, {}};
  checkpoint.signature = desk_key.sign_raw(checkpoint.text());
  return serialise_checkpoint(checkpoint);
}

}  // namespace tamizdat::format
