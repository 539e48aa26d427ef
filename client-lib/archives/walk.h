// Reading an archive file for what its entries say.
#pragma once

#include <filesystem>
#include <functional>

#include "client-lib/archives/verifier.h"

namespace tamizdat::archives {

// Verifies the archive, and hands out its entries in order, each with the charter in force there. Errors: those of
// read_archive, of Verifier and of `visit`, which ends it.
Result<void> walk(const std::filesystem::path& archive,
                  const std::function<Result<void>(const format::VerifiedCharter&, const format::VerifiedEntry&)>& visit);

}  // namespace tamizdat::archives
