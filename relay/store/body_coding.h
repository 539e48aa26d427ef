// Bodies on disk: compressed with zstd where that makes them smaller. One object serves one thread at a time; it keeps
// the library's working memory, which costs more to set up than a body takes to compress.
#pragma once

#include <cstddef>
#include <memory>

#include "proto/base/bytes.h"
#include "proto/base/result.h"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

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

class BodyExpander {
 public:
  BodyExpander();
  // `size` is the size of the body. Errors: kBodyCodingInvalid.
  Result<Bytes> expand(BytesView compressed, std::size_t size);

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
};

}  // namespace tamizdat::store
