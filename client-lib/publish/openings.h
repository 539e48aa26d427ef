// Ending an embargo: the drafts of the EMBARGO_KEY entries. The home has each key, encrypted for the desk; the sealed text
// itself is opened here once more, so that no key is published that does not open it.
#pragma once

#include <optional>
#include <vector>

#include "client-lib/publish/sign.h"

namespace tamizdat::publish {

// A sealed entry of this desk's log, or of a desk before it. Errors: kDeskFileFailed where it is missing.
Result<desk::LogEntry> sealed_entry(desk::DeskStore& store, const EntryId& entry);

inline constexpr ErrorCode kEmbargoUnknown{"embargo-unknown"};
inline constexpr ErrorCode kEmbargoOpen{"embargo-open"};

// Of one sealed article, before its time too. Errors: kEmbargoUnknown (this home has no key of that entry), kEmbargoOpen
// (released before), keys::kDeskBoxWrong, those of open_body and of the desk's file.
Result<Draft> opening_of(desk::DeskStore& store, const format::SigningKey& desk_key, const EntryId& entry);

// Of all whose time has come. One that cannot be opened here keeps no other article from being published: opening_of() tells why.
Result<std::vector<Draft>> openings_due(desk::DeskStore& store, const format::SigningKey& desk_key, Timestamp now);

// When the next one of those that are not open ends; none if all are.
Result<std::optional<Timestamp>> next_opening(desk::DeskStore& store);
// How many ended and are not open.
Result<std::size_t> count_due(desk::DeskStore& store, Timestamp now);

}  // namespace tamizdat::publish
