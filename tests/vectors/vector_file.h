// The text form of a conformance vector, one case a file, for machines and for eyes:
//
//   what: bundle
//   expect: entry-index-wrong
//   comment: the run starts at 1, its first header says 0
//   size: 5                       parameters and, of what is ok, facts; each of its own name
//
//   charter:                      payloads by name, a name may come again
//   CiEx...                       each line is base64 of its own
//   repeat 1048576 61             or a count of one octet, in hex
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proto/base/bytes.h"

namespace tamizdat::format {

struct Vector {
  std::string what;
  std::string expect;  // "ok", "refused" (of a signature), a verdict (of freshness), or the name of an ErrorCode
  std::string comment;
  std::vector<std::pair<std::string, std::string>> lines;  // parameters and facts
  std::vector<std::pair<std::string, Bytes>> payloads;

  // Of a parameter that must be there.
  const std::string& line(std::string_view name) const;
  std::uint64_t number(std::string_view name) const;
  // The first payload of that name, which must be there.
  const Bytes& payload(std::string_view name) const;
  std::vector<Bytes> all(std::string_view name) const;
};

std::string print_vector(const Vector& vector);
// Aborts on a file that is no vector: they are ours.
Vector parse_vector(std::string_view text);

}  // namespace tamizdat::format
