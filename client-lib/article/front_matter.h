// The lines between two --- at the top of an article: `key: value`, one a line. A strict subset of YAML, so that what is
// read is what a person meant: no nesting, no continuation lines, no types.
//
//   ---
//   title: "Снег: как он тает"
//   language: ru
//   regions: RU-SVE, RU-CHE
//   # a comment
//   ---
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "proto/base/result.h"

namespace tamizdat::article {

inline constexpr ErrorCode kFrontMatterInvalid{"front-matter-invalid"};

struct Field {
  std::string key;
  std::string value;  // without quotes
  std::string where;  // for error texts: `line 3, key "language"` or `--language`
};

struct ArticleFile {
  std::vector<Field> fields;
  std::string_view text;  // what follows; a view into the file
};

// A file without front matter has no fields. Keys are not judged here, but none stands twice.
// Errors: kFrontMatterInvalid, naming the line.
Result<ArticleFile> split_front_matter(std::string_view file);

}  // namespace tamizdat::article
