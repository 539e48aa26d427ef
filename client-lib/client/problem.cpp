#include "client-lib/client/problem.h"

#include <algorithm>
#include <array>
#include <utility>

#include "client-lib/article/compose.h"
#include "client-lib/desk/desk_store.h"
#include "client-lib/fetch/fetch.h"
#include "client-lib/files/files.h"
#include "client-lib/publish/publish.h"
#include "client-lib/verify/verify_source.h"

namespace tamizdat::client {
namespace {

constexpr std::array kKinds = std::to_array<std::pair<ErrorCode, ProblemKind>>({
    {net::kUnreachable, ProblemKind::kUnreachable},
    {publish::kNoRelayReachable, ProblemKind::kUnreachable},
    {net::kKeyPinMismatch, ProblemKind::kNotVerified},
    {net::kCertificateInvalid, ProblemKind::kNotVerified},
    {net::kRelayRefused, ProblemKind::kRefused},
    {net::kRelayBusy, ProblemKind::kRefused},
    {publish::kHistoryBehind, ProblemKind::kHistoryBehind},
    {publish::kHistoryForked, ProblemKind::kHistoryBehind},
    {publish::kNoRelay, ProblemKind::kUsage},
    {format::kCharterForked, ProblemKind::kNotVerified},
    // A relay that is behind is no liar, and so is a request that was submitted before.
    {format::kCharterRolledBack, ProblemKind::kFailed},
    {sync::kRelayAddressInvalid, ProblemKind::kUsage},
    {article::kFlagInvalid, ProblemKind::kUsage},
    // What these calls do not find on this machine is no lie of anybody.
    {files::kFileMissing, ProblemKind::kFailed},
    {files::kFileExists, ProblemKind::kFailed},
    {files::kFileTooLarge, ProblemKind::kFailed},
    {files::kFileFailed, ProblemKind::kFailed},
    {desk::kDeskFileFailed, ProblemKind::kFailed},
    {desk::kDeskFileBusy, ProblemKind::kFailed},
    {desk::kDeskFileUnknown, ProblemKind::kFailed},
    {desk::kHomeMissing, ProblemKind::kFailed},
    {net::kUrlInvalid, ProblemKind::kUsage},
    {verify::kNothingToVerify, ProblemKind::kFailed},
    {verify::kNotAnArchive, ProblemKind::kFailed},
    {verify::kDownloadFailed, ProblemKind::kFailed},
    // Nor is a relay that has less than was asked for, or a server that is none.
    {fetch::kProjectUnknown, ProblemKind::kFailed},
    {net::kRelayAnswerInvalid, ProblemKind::kFailed},
    {net::kAnswerTooLarge, ProblemKind::kFailed},
    {net::kRedirectRefused, ProblemKind::kFailed},
});

}  // namespace

Problem problem_of(const Error& error, ProblemKind otherwise) {
  const auto known = std::ranges::find_if(kKinds, [&](const auto& kind) { return kind.first == error.code; });
  return {known == kKinds.end() ? otherwise : known->second, std::string(error.code.name()), error.text};
}

}  // namespace tamizdat::client
