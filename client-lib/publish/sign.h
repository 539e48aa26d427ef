// Appending to the desk's log: drafts become entries, all of them under one signature of the desk's key, durable before
// anything is sent.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "client-lib/desk/desk_store.h"
#include "client-lib/edges/edges.h"
#include "proto/format/entry.h"
#include "proto/format/keys.h"

namespace tamizdat::publish {

inline constexpr ErrorCode kKeyOfAnotherDesk{"key-of-another-desk"};
inline constexpr ErrorCode kDeskClosed{"desk-closed"};
inline constexpr ErrorCode kOutOfTerms{"out-of-terms"};
inline constexpr ErrorCode kArticleTooLarge{"article-too-large"};
inline constexpr ErrorCode kEntryUnknown{"entry-unknown"};

// The item of a source that a draft was made of.
struct ImportMark {
  std::string guid;
  Hash32 text_hash;
};

enum class EmbargoForm : std::uint8_t {
  kSealed,  // relays have ciphertext, and the key comes later
  kPlain,   // relays have the text, and are trusted to wait
};

struct EmbargoTerms {
  Timestamp until;
  EmbargoForm form = EmbargoForm::kSealed;
};

struct Draft {
  format::Body body;  // without its salt
  std::optional<EntryId> corrects;  // the original entry, never a correction of it
  std::optional<ImportMark> imported = {};
  std::optional<EntryId> retracts = {};  // then the body has a reason and nothing else
  std::optional<EmbargoTerms> embargo = {};
  std::optional<EntryId> opens = {};  // of an EMBARGO_KEY: the sealed entry whose key the body has
  std::string opened_title = {};      // and its title, for reports
  const format::SigningKey* cosigner = nullptr;  // of a retraction: a second key that stands behind it
};

struct SignedEntry {
  EntryId id;
  std::uint64_t index = 0;
  format::EntryKind kind = format::EntryKind::kArticle;
  std::string title;
  std::size_t attachments = 0;
};

// Whether it fits an entry. Errors: kArticleTooLarge.
Result<void> check_size(const format::Body& body, const std::optional<EmbargoTerms>& embargo = {});

// Whether this key may sign for the home's desk, and the charter lists it. Errors: kKeyOfAnotherDesk, kDeskClosed.
Result<void> check_desk(const desk::Project& project, const format::SigningKey& desk_key);

// Whether the charter lets the desk publish it. Errors: kOutOfTerms.
Result<void> check_scope(const format::Desk& desk, const format::Body& body);

// What retracting the article or correction `id` has to name: a correction by itself, so that the version before it
// stands again; an article with all its corrections, since they tell the same. Errors: kEntryUnknown.
Result<std::vector<EntryId>> retracted_with(desk::Log& log, const EntryId& id);

// At least one draft. An imported item that another run has signed meanwhile is left out, or becomes a correction if its
// text differs; so is the key of an embargo that another run has released. On an error nothing is in the log. The key of a sealed
// article is kept in the home, encrypted, by the same commit, and so is a retraction's cosignature.
// Errors: kKeyOfAnotherDesk, kDeskClosed, kOutOfTerms (what the charter lets this desk publish), kArticleTooLarge, those of Log.
Result<std::vector<SignedEntry>> sign_run(desk::DeskStore& store, const desk::Project& project,
                                          const format::SigningKey& desk_key, std::span<const Draft> drafts,
                                          const edges::Clock& clock, edges::Random& random);

}  // namespace tamizdat::publish
