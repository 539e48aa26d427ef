#include <utility>

#include "client-lib/client/import_run.h"

namespace tamizdat::client {
namespace {

Outcome<ImportReport> import_all(Desk& desk, Desk::Parts& parts, const ImportOptions& options,
                                 const format::SigningKey* key) {
  auto run = ImportRun::start(parts, options, key);
  if (!run) return tl::unexpected(run.error());
  auto sources = run->sources();
  if (!sources) return problem(sources);
  for (const auto& feed : sources->feeds) {
    const auto poll = run->import_feed(feed, std::exchange(sources->read, std::nullopt), sources->is_list);
    if (!poll) return tl::unexpected(poll.error());
    if (poll->failed && !sources->is_list) return tl::unexpected(run->so_far().failed.front().problem);
  }
  return run->finish(desk);
}

}  // namespace

Outcome<ImportReport> Desk::preview_import(const ImportOptions& options) {
  return import_all(*this, *parts_, options, nullptr);
}

Outcome<ImportReport> Desk::import_source(const ImportOptions& options, const Passphrase& passphrase) {
  if (const auto project = parts_->store.project(); !project) return problem(project);  // before its key
  const auto key = parts_->desk_key(passphrase);
  if (!key) return problem(key);
  return import_all(*this, *parts_, options, &*key);
}

}  // namespace tamizdat::client
