// What regions and languages are called, in Russian and in English, from the data of Debian's iso-codes package. Read
// once at start; where a file or a name is missing, the code itself is the name.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "proto/base/bytes.h"
#include "proto/base/result.h"
#include "relay/reader/tongue.h"

namespace tamizdat::reader {

// Gives a whole file; reading files is the daemon's business.
using ReadFile = std::function<Result<Bytes>(const std::string& path)>;

class Names {
 public:
  Names() = default;  // knows codes only
  // `share` is /usr/share. `missing`, if given, receives one error for each file that could not be used.
  static Names load(const std::string& share, const ReadFile& read_file, std::vector<Error>* missing = nullptr);

  // Of "RU-SVE", "RU".
  std::string region(std::string_view tag, Tongue tongue) const;
  // Of "ru", "sah".
  std::string language(std::string_view tag, Tongue tongue) const;

 private:
  struct Pair {
    std::string english;
    std::string russian;
  };
  using Table = std::unordered_map<std::string, Pair>;
  friend class NamesLoader;

  static std::string look_up(const Table& table, std::string_view tag, Tongue tongue);

  Table regions_;
  Table languages_;
};

}  // namespace tamizdat::reader
