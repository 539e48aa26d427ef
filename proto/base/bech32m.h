// Bech32m (BIP 350): the text form of every id. A typing error is detected (any error touching at most four
// characters of a text within 90 characters), and the prefix says what kind of id it is.
#pragma once

#include <string>
#include <string_view>

#include "proto/base/bytes.h"
#include "proto/base/result.h"

namespace tamizdat {

// Text of `payload` behind `prefix` and the separator '1', lower case.
std::string encode_bech32m(std::string_view prefix, BytesView payload);

struct Bech32mText {
  std::string prefix;
  Bytes payload;
};

// Takes lower case only, as it is the one form we print. Errors: kEncodingInvalid with what is wrong.
Result<Bech32mText> decode_bech32m(std::string_view text);

}  // namespace tamizdat
