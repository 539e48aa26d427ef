// Every limit of the format, each with its reason. A limit that verify() applies is permanent: raising it later splits
// the network into relays that accept an entry and relays that do not.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tamizdat::format {

// A header is for ever and travels alone in catch-up: ids and numbers need about 200 octets, the rest is room for
// fields of later versions.
inline constexpr std::size_t kHeaderBytesMax = 1024;
// A long read has 100 KB of text; the body must fit one bundle with header, head and proof.
inline constexpr std::size_t kBodyBytesMax = 768 * 1024;
// Nonce and tag of a sealed body, which counts as a body with them.
inline constexpr std::size_t kSealedBodyOverheadBytes = 24 + 16;
// What a receiver holds unverified in memory for one peer.
inline constexpr std::size_t kBundleBytesMax = 1024 * 1024;
// An entry of no body needs over 80 octets in a bundle: a bound on the work that one bundle can ask for.
inline constexpr std::size_t kBundleEntriesMax = 8192;
// Origin line 143, size 20, root 44, one signature line 240 octets.
inline constexpr std::size_t kCheckpointBytesMax = 512;
// An index fits any language's integers, and proofs stay short.
inline constexpr std::uint64_t kLogSizeMax = std::uint64_t{1} << 48;
// At most 48 subtrees cover each side of a run.
inline constexpr std::size_t kProofHashesMax = 2 * 48;

// 64 desks with scopes and 64 mirrors are below 32 KiB.
inline constexpr std::size_t kCharterBytesMax = 64 * 1024;
inline constexpr std::size_t kSignedCharterBytesMax = kCharterBytesMax + 8 * 1024;
// A chain travels whole. 20 years with a closing a month are 240 versions, most of them below 8 KiB.
inline constexpr std::size_t kCharterChainMax = 1024;
inline constexpr std::size_t kCharterChainBytesMax = 8 * 1024 * 1024;
inline constexpr std::size_t kRootKeysMax = 16;
// Two charters' root keys sign an update.
inline constexpr std::size_t kCharterSignaturesMax = 2 * kRootKeysMax;
inline constexpr std::size_t kDesksMax = 64;
// Closed desks never leave the list: one closing a month for 20 years.
inline constexpr std::size_t kClosedDesksMax = 240;
inline constexpr std::size_t kSealingKeysMax = 16;
inline constexpr std::size_t kMirrorsMax = 64;
inline constexpr std::size_t kPolicyRelaysMax = 64;
inline constexpr std::size_t kTitleBytesMax = 1024;
inline constexpr std::size_t kUrlBytesMax = 2048;
// Languages of a project or scope; Russia has 89 regions of ISO 3166-2 and its neighbours add theirs.
inline constexpr std::size_t kTagsMax = 256;
// "RU-SVE", "be-tarask", an IPTC topic id.
inline constexpr std::size_t kTagBytesMax = 64;
// Ten years: what a charter asks of relays must fit any language's durations, with the time of day added.
inline constexpr std::uint64_t kPolicySecondsMax = std::uint64_t{10} * 366 * 86400;
// A long gallery.
inline constexpr std::size_t kAttachmentsMax = 256;
// Other sizes of one picture: a page needs two or three.
inline constexpr std::size_t kRenditionsMax = 8;

// A statement is looked at whole. The largest is a retraction: a bundle of one entry with its body, head and proof.
inline constexpr std::size_t kStatementBytesMax = 800 * 1024;
// Names, hashes, a time: what most kinds say is far below it.
inline constexpr std::size_t kSmallStatementBytesMax = 4 * 1024;
// A few sentences to readers.
inline constexpr std::size_t kWithholdingReasonBytesMax = 1024;
// A bundle of one entry: header 1 KiB, head 512, 96 hashes, and a body that says why and little more.
inline constexpr std::size_t kRetractionProofBytesMax = 16 * 1024;
// Two heads of 512 octets and 96 hashes.
inline constexpr std::size_t kForkProofBytesMax = 8 * 1024;
// Two signed charters, and the lengths before them.
inline constexpr std::size_t kCharterForkBytesMax = 2 * kSignedCharterBytesMax + 64;

// BEP 52 section "file tree": the block of the Merkle tree.
inline constexpr std::size_t kBlockBytes = 16 * 1024;
// A four-hour video in good quality; its leaf hashes take 4 GiB / 16 KiB * 32 octets = 8 MiB.
inline constexpr std::uint64_t kAttachmentBytesMax = std::uint64_t{4} << 30;

// A head, and a signature line of a relay: name 76, 76 octets in base64.
inline constexpr std::size_t kCosignedHeadBytesMax = kCheckpointBytesMax + 256;
// 2,048 exceptions of at most 24 octets; a relay that has more of them names larger ranges.
inline constexpr std::size_t kReceiptBytesMax = 64 * 1024;
inline constexpr std::size_t kReceiptExceptionsMax = 2048;

// Four keys' worth of octets, a label, and an address for each network that a relay is reached over.
inline constexpr std::size_t kDescriptorBytesMax = 16 * 1024;
inline constexpr std::size_t kRelayAddressesMax = 16;
// A host name has 253 octets at most, a port five.
inline constexpr std::size_t kRelayAddressBytesMax = 512;

// A slot of the sealed pool has one of these sizes, whatever is in it: a note, a document, a part of a film. The largest one
// fits a frame of the link.
inline constexpr std::array<std::size_t, 3> kSlotSizes{16 * 1024, 128 * 1024, 1024 * 1024};
// Every slot has so many places for recipients' keys, used or not: their number is not seen.
inline constexpr std::size_t kSlotRecipients = 16;
// A slot ends at the end of a day, at most so many days ahead: what is not fetched by then is gone.
inline constexpr std::int64_t kSlotDaysMax = 32;
// A letter is signed, sealed and opened in memory.
inline constexpr std::size_t kLetterBytesMax = 64 * 1024 * 1024;
inline constexpr std::size_t kLetterNameBytesMax = 255;

// All charters of a relay in one answer: some 16,000 projects of three charters each.
inline constexpr std::size_t kCharterDirectoryBytesMax = 64 * 1024 * 1024;
// Ids in the list of a pool: 1 GiB of the smallest slots.
inline constexpr std::size_t kSlotsListedMax = 65'536;

// One archive record holds a bundle or a signed charter and a few octets of framing.
inline constexpr std::size_t kArchiveRecordBytesMax = kBundleBytesMax + 64;

}  // namespace tamizdat::format
