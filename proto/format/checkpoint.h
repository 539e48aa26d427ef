// The head of a log as a C2SP tlog-checkpoint (https://c2sp.org/tlog-checkpoint, signed note v1.0.0), signed by the
// desk key alone, so that public witnesses can cosign it byte for byte. Cosignatures travel apart from it.
//
//   tamizdat/tzproject1.../tzdesk1...
//   42
//   <base64 of the root>
//
//   — tamizdat/tzproject1.../tzdesk1... <base64 of key id and signature>
#pragma once

#include <cstdint>
#include <string>

#include "proto/base/ids.h"
#include "proto/format/keys.h"

namespace tamizdat::format {

inline constexpr ErrorCode kCheckpointTooLarge{"checkpoint-too-large"};
inline constexpr ErrorCode kCheckpointMalformed{"checkpoint-malformed"};
inline constexpr ErrorCode kCheckpointNotCanonical{"checkpoint-not-canonical"};
inline constexpr ErrorCode kCheckpointKeyId{"checkpoint-key-id"};

// The four octets that name an Ed25519 key in a signed note (C2SP signed-note, "Ed25519 signatures").
Bytes note_key_id(std::string_view key_name, const Hash32& key);
// SHA-256 over "tamizdat/v1/log\0", project id and desk key: names the log in indexes and URLs.
LogId log_id(const ProjectId& project, const DeskId& desk);
// `tamizdat/<project id>/<desk id>`: first line of the checkpoint and name of its key.
std::string log_origin(const ProjectId& project, const DeskId& desk);

struct Checkpoint {
  ProjectId project;
  DeskId desk;
  std::uint64_t size = 0;
  Hash32 root;
  Bytes signature;  // 64 octets; not checked here, see verify_head()

  // The signed text: three lines, each with its newline.
  std::string text() const;
};

// Size, form, then re-encoding and comparing; a log of no entries has the empty root; no signature check. Errors: the
// codes above, kIdInvalid, kIdOfAnotherKind.
Result<Checkpoint> parse_checkpoint(BytesView bytes);
// The one byte form of a checkpoint.
Bytes serialise_checkpoint(const Checkpoint& checkpoint);
// The head of a closing: nobody's signature, 64 zero octets in its place, since the charter vouches for it.
Bytes closing_checkpoint(const ProjectId& project, const DeskId& desk, std::uint64_t size, const Hash32& root);
bool is_unsigned(const Checkpoint& checkpoint);
// A head signed by the desk's key. The caller answers for consistency with every head this key ever signed.
Bytes sign_checkpoint(const ProjectId& project, std::uint64_t size, const Hash32& root, const SigningKey& desk_key);

}  // namespace tamizdat::format
