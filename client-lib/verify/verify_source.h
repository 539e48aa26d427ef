// Proving where things come from: an archive file, a folder of them, or a download. Each entry is handed out with who
// and what as soon as it is proven; the first lie ends it with an error.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "client-lib/net/http.h"
#include "proto/format/verify.h"
#include "proto/sync/relay_address.h"

namespace tamizdat::verify {

inline constexpr ErrorCode kNothingToVerify{"nothing-to-verify"};
inline constexpr ErrorCode kNotAnArchive{"not-an-archive"};
inline constexpr ErrorCode kDownloadFailed{"download-failed"};

// A download is held in memory; an edition of a large newsroom's year is smaller.
inline constexpr std::uint64_t kDownloadBytesMax = std::uint64_t{256} << 20;

struct ProvenEntry {
  const format::VerifiedCharter& charter;
  const format::VerifiedBundle& bundle;
  const format::VerifiedEntry& entry;
};
using OnProven = std::function<void(const ProvenEntry& entry)>;

struct Source {
  std::string place;                              // a path or a web address
  std::optional<ProjectId> project;               // everything must belong to it
  std::span<const sync::RelayAddress> relays;     // whose key pins count for addresses of their host and port
};

struct Proven {
  std::vector<format::VerifiedCharter> charters;  // of each project, the one in force in what was read
  std::uint64_t archives = 0;
  std::uint64_t entries = 0;
};

// Errors: kNothingToVerify, kNotAnArchive, kDownloadFailed, those of read_archive, Verifier, Http::send, the file's.
Result<Proven> verify_source(const Source& source, net::Http& http, const OnProven& on_proven);

}  // namespace tamizdat::verify
