// Entries of a log: the permanent header, whose exact bytes are the Merkle leaf, and the body, which can be erased
// while every proof stays valid. Parsing checks form only; belonging to a log is checked by verify_bundle().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proto/base/ids.h"
#include "proto/base/time.h"
#include "proto/format/attachment.h"

namespace tamizdat::format {

inline constexpr ErrorCode kHeaderTooLarge{"header-too-large"};
inline constexpr ErrorCode kHeaderMalformed{"header-malformed"};
inline constexpr ErrorCode kBodyTooLarge{"body-too-large"};
inline constexpr ErrorCode kBodyMalformed{"body-malformed"};

// Kinds unknown to this version are stored and forwarded, not rendered.
enum class EntryKind : std::uint32_t { kArticle = 1, kCorrection = 2, kRetraction = 3, kEmbargoKey = 4, kNotice = 5 };

struct EntryHeader {
  ProjectId project;
  DeskId desk;
  std::uint64_t index = 0;
  EntryKind kind = EntryKind::kArticle;
  Hash32 body_commitment;
  std::uint32_t body_size = 0;            // octets
  std::optional<EntryId> target;          // what a correction or retraction is about, or an embargo key opens
  std::optional<Timestamp> not_before;    // embargo
  std::optional<Timestamp> expires_at;
  Timestamp time;                         // as the desk says; a whole hour, see coarse_time()
  std::optional<Hash32> key_commitment;   // the body is sealed, see sealed_body.h
};

// Headers carry the hour and no more: a permanent minute would tell when a person worked.
inline constexpr seconds kHeaderTimeGrain{3600};
Timestamp coarse_time(Timestamp time);

// Why a retraction was made. One that later versions know comes as the number it has.
enum class RetractionReason : std::uint32_t {
  kUnspecified = 0,
  kSourceAtRisk = 1,
  kError = 2,
  kLegal = 3,
  kPrivacy = 4,
  kOther = 5,
};

struct Reprint {
  std::string terms;   // an SPDX licence id, or "ask"
  std::string credit;  // the line that a reprint must carry
};

// The same picture in another size.
struct Rendition {
  BlobId blob;
  std::string media_type;
  std::uint32_t width = 0;  // pixels
  std::uint32_t height = 0;
};

struct Attachment {
  BlobId blob;
  std::string media_type;
  std::string alt;
  std::string caption;
  std::string credit;
  std::string name;
  std::uint32_t width = 0;   // pixels; 0: not an image
  std::uint32_t height = 0;
  std::vector<Rendition> renditions;
};

struct Body {
  Bytes salt;  // 16 random octets, so that an erased text cannot be guessed out of its commitment
  std::string title;
  std::string lede;
  std::string html;      // the subset of proto/html
  std::string byline;
  std::string language;  // BCP 47
  std::vector<std::string> regions;  // ISO 3166-2
  std::vector<std::string> topics;   // IPTC Media Topics
  std::string original_url;
  std::optional<Timestamp> published_at;
  std::optional<Timestamp> modified_at;
  Reprint reprint;
  std::vector<Attachment> attachments;
  std::string guid;
  RetractionReason reason = RetractionReason::kUnspecified;  // of a retraction
  Bytes key;  // of an embargo key: 32 octets that open the entry which its header names; else empty
};

inline constexpr std::size_t kBodyKeyBytes = 32;
inline constexpr std::size_t kSaltBytes = 16;

EntryId entry_id(BytesView header);          // the leaf hash of the exact header bytes
Hash32 body_commitment(BytesView body);      // SHA-256("tamizdat/v1/body\0" || body)

// Errors: kHeaderTooLarge, kHeaderMalformed (no protobuf, an id or a commitment that is not 32 octets, kind 0, a body
// above the limit, a time that is no whole hour or outside of the years 0000 to 9999, a correction or retraction without
// target).
Result<EntryHeader> parse_header(BytesView bytes);
// Errors: kBodyTooLarge, kBodyMalformed (no protobuf, no salt, too many or wrong attachments, regions or topics, a key that is not 32 octets). Only readers need it: verification takes a body as opaque bytes.
Result<Body> parse_body(BytesView bytes);
// What a body names by its attachments and their renditions, each once, ascending; nothing if it has not the form of a
// body. Costs next to nothing where there are none.
std::vector<BlobId> blobs_named_by(BytesView body);

// For authors: the bytes that will be hashed and signed, made once and kept.
Bytes serialise_header(const EntryHeader& header);
Bytes serialise_body(const Body& body);

}  // namespace tamizdat::format
