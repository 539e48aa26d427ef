// Bodies on disk: compressed with zstd where that makes them smaller. The library's working memory costs more to set up
// than a body takes to compress or expand: a compressor keeps it for one thread at a time, and each thread that expands
// bodies keeps its own.
#pragma once

#include <cstddef>
#include <memory>

#include "proto/base/bytes.h"
#include "proto/base/result.h"

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

// `size` is the size of the body. Any thread. Errors: kBodyCodingInvalid.
Result<Bytes> expand_body(BytesView compressed, std::size_t size);

}  // namespace tamizdat::store
