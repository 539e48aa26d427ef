// Bodies on disk: compressed with zstd where that makes them smaller. The library's working memory costs more to set up
// than a body takes to compress or expand: a compressor keeps it for one thread at a time, and each thread that expands
// bodies keeps its own.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "relay/store/segment_format.h"

struct ZSTD_CCtx_s;

namespace tamizdat::store {

inline constexpr ErrorCode kBodyCodingInvalid{"body-coding-invalid"};

class BodyCompressor {
 public:
  BodyCompressor();
  // Empty if the body would not become smaller. The view is good until the next call.
  BytesView compress(BytesView body);

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
  Bytes out_;
};

// The body as it was signed; nothing if it is absent. Any thread. Errors: kBodyCodingInvalid.
Result<std::optional<Bytes>> body_of(const EntryRecord& record);

}  // namespace tamizdat::store
