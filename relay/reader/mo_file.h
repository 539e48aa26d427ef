// GNU gettext's .mo files, as iso-codes brings them: a table from a message to its translation. Pure: bytes in, values
// out.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "proto/base/bytes.h"
#include "proto/base/result.h"

namespace tamizdat::reader {

inline constexpr ErrorCode kMoFileMalformed{"mo-file-malformed"};

class MoFile {
 public:
  // Little-endian files of format revision 0 (GNU gettext manual, "The Format of GNU MO Files"). Errors:
  // kMoFileMalformed.
  static Result<MoFile> parse(Bytes bytes);
  // The translation of `message`, or nothing.
  std::optional<std::string_view> find(std::string_view message) const;

 private:
  MoFile() = default;
  std::optional<std::string_view> text(std::uint32_t table, std::uint32_t number) const;
  std::uint32_t u32(std::size_t offset) const;

  Bytes bytes_;
  std::uint32_t count_ = 0;
  std::uint32_t messages_ = 0;      // offsets of the two tables
  std::uint32_t translations_ = 0;
};

}  // namespace tamizdat::reader
