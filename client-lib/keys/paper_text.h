// A key file as text for paper: to be typed in again, or read by any QR scanner. It is the file itself, sealed under its
// passphrase, so the paper alone opens nothing.
//
//   1 qpzr y9x8 gf2t vdw0 s3jn 54kh ce6m ua7l  7fd2
//
// Eight lines of 20 octets: the number of the line, the octets in base32 with the letters of bech32 (BIP 173: none looks
// like another), and a check of four letters over number and octets, so that a typing error is told by its line. Case and
// spaces do not matter.
#pragma once

#include <string>
#include <string_view>

#include "proto/base/bytes.h"
#include "proto/base/result.h"

namespace tamizdat::keys {

inline constexpr ErrorCode kPaperTextWrong{"paper-text-wrong"};

// `file`: kKeyFileBytes octets.
std::string paper_text(BytesView file);

// Takes the lines in any order, each once or more often, and passes over what is none of them. Errors: kPaperTextWrong,
// which names the lines that are missing or have a typing error.
Result<Bytes> read_paper_text(std::string_view text);

}  // namespace tamizdat::keys
