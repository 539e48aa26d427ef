// Language tags and region codes as a person types them: checked here, so that a typing error is told at the keyboard
// and never signed for ever.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/base/result.h"

namespace tamizdat::article {

inline constexpr ErrorCode kLanguageInvalid{"language-invalid"};
inline constexpr ErrorCode kRegionInvalid{"region-invalid"};

// A BCP 47 tag (RFC 5646 section 2.1) whose language is known to ISO 639, in its usual spelling: "ru", "be-tarask",
// "sr-Latn-RS". Errors: kLanguageInvalid.
Result<std::string> parse_language(std::string_view text);

// An ISO 3166-2 code by its form: "RU-SVE", "GE-TB". Errors: kRegionInvalid.
Result<std::string> parse_region(std::string_view text);

// The parts of "a, b" or "[a, b]", without the white space around them and without empty ones.
std::vector<std::string> split_list(std::string_view text);

std::string_view trimmed(std::string_view text);

}  // namespace tamizdat::article
