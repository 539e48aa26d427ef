// QR codes (ISO/IEC 18004) by libqrencode, as SVG: for paper, which needs no network, no power and no format of today.
#pragma once

#include <string>
#include <string_view>

#include "proto/base/result.h"

namespace tamizdat::paper {

inline constexpr ErrorCode kQrCodeFailed{"qr-code-failed"};

// `text`: capital letters, digits and spaces, which the code packs densely; with a quarter of it damaged it is still read.
// An <svg> element without a size of its own. Errors: kQrCodeFailed (too long).
Result<std::string> qr_code_svg(std::string_view text);

}  // namespace tamizdat::paper
