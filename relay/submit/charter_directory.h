// The charters of all projects of a relay in one answer: whoever asks for it names none, so that a relay does not learn whom
// a newsroom writes to or hears from. An archive: of each project, in the order of their ids, the chain from version 1 on,
// and behind it the freeze in force, if there is one, and what decides between two charters of one version. Loop thread only.
#pragma once

#include <memory>

#include "proto/format/limits.h"
#include "relay/http/message.h"
#include "relay/statements/statements.h"
#include "relay/store/store.h"

namespace tamizdat::submit {

class CharterDirectory {
 public:
  // Both outlive it. Where all do not fit `bytes_max`, the largest chains are left out, so that nobody shuts out others with
  // a few great ones.
  CharterDirectory(const store::Store& store, const statements::Statements& statements,
                   std::size_t bytes_max = format::kCharterDirectoryBytesMax)
      : store_(store), statements_(statements), bytes_max_(bytes_max) {}

  // Made once and given out until one of them changes.
  http::Response get();

 private:
  Hash32 state() const;
  std::vector<statements::StatementPointer> statements_about(const format::VerifiedCharter& charter) const;
  Bytes archive() const;
  Bytes records_of(const ProjectId& project) const;

  const store::Store& store_;
  const statements::Statements& statements_;
  std::size_t bytes_max_;
  Hash32 of_;
  std::shared_ptr<const http::Content> content_;
};

}  // namespace tamizdat::submit
