// The words of the interface in its two tongues, and dates. Templates name a word by its key, the code calls word().
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "proto/base/time.h"
#include "relay/reader/tongue.h"

namespace tamizdat::reader {

struct Word {
  std::string_view key;
  std::string_view russian;
  std::string_view english;

  std::string_view in(Tongue tongue) const { return tongue == Tongue::kRussian ? russian : english; }
};

std::span<const Word> words();
// The word `key`, which must exist.
std::string word(std::string_view key, Tongue tongue);

// "24 ноября 2026", "24 November 2026": the day in UTC.
std::string day_text(Timestamp time, Tongue tongue);
// "07:23 UTC"
std::string clock_text(Timestamp time);
// "2026-11-24", to tell days apart.
std::string day_key(Timestamp time);

}  // namespace tamizdat::reader
