// The keys of sealed articles that archives hold. They are gathered before anything is verified, since a key proves itself
// by what it opens: so an article is opened where it stands, though its key comes later, or in another desk's log.
#pragma once

#include <filesystem>
#include <optional>
#include <unordered_map>
#include <vector>

#include "client-lib/archives/archive_file.h"
#include "proto/format/sealed_body.h"
#include "proto/format/verify.h"

namespace tamizdat::archives {

class Openings {
 public:
  // A file that is torn or no archive gives what it has: who reads it next tells what is wrong.
  void gather(const std::filesystem::path& archive);
  void gather_bytes(BytesView archive);

  // The body as parse_body() takes it: of a sealed one what its key gives. Errors: those of open_body (the last key's),
  // kBodyKeyMissing, kBodyAbsent.
  Result<Bytes> body_of(const format::VerifiedEntry& entry) const;

 private:
  Result<void> take(const format::ArchiveRecord& record);
  std::unordered_map<EntryId, std::vector<format::BodyKey>> keys_;  // by the sealed entry
};

inline constexpr ErrorCode kBodyAbsent{"body-absent"};
inline constexpr ErrorCode kBodyKeyMissing{"body-key-missing"};

}  // namespace tamizdat::archives
