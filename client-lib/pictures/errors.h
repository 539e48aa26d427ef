// What can be wrong with a picture, and how `tamizdat-image` tells it: an exit code, and one sentence on standard error.
#pragma once

#include <array>

#include "proto/base/result.h"

namespace tamizdat::pictures {

inline constexpr ErrorCode kImageBroken{"image-broken"};
inline constexpr ErrorCode kImageTooLarge{"image-too-large"};  // octets, pixels or frames, before or after
inline constexpr ErrorCode kImageTypeUnknown{"image-type-unknown"};
inline constexpr ErrorCode kImageTimeout{"image-timeout"};
inline constexpr ErrorCode kImageToolMissing{"image-tool-missing"};
inline constexpr ErrorCode kImageDecoderMissing{"image-decoder-missing"};  // for this type; others can be read
inline constexpr ErrorCode kImageToolFailed{"image-tool-failed"};    // a fault of the program or of this machine

struct ExitCode {
  ErrorCode code;
  int status;
};

// 65, 66 and 70 as in sysexits.h. A program that is missing tells nothing.
inline constexpr std::array kExitCodes{
    ExitCode{kImageBroken, 65},  ExitCode{kImageTooLarge, 66},    ExitCode{kImageTypeUnknown, 67},
    ExitCode{kImageTimeout, 68}, ExitCode{kImageDecoderMissing, 69}, ExitCode{kImageToolFailed, 70},
};

}  // namespace tamizdat::pictures
