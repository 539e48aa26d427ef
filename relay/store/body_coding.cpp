#include "relay/store/body_coding.h"

#include <zstd.h>

#include "proto/base/check.h"

namespace tamizdat::store {
namespace {

// Level 1 compresses articles within a few percent of level 3 in half the time.
constexpr int kLevel = 1;

struct FreeExpander {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

Result<Bytes> expand(BytesView compressed, std::size_t size) {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeExpander> context(ZSTD_createDCtx());
  TMZ_CHECK(context != nullptr);
  Bytes out(size, '\0');
  const std::size_t done =
      ZSTD_decompressDCtx(context.get(), out.data(), out.size(), compressed.data(), compressed.size());
  if (ZSTD_isError(done) || done != size) return fail(kBodyCodingInvalid, "a stored body does not expand to its size");
  return out;
}

}  // namespace

void BodyCompressor::Free::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }

BodyCompressor::BodyCompressor() : context_(ZSTD_createCCtx()) { TMZ_CHECK(context_ != nullptr); }

BytesView BodyCompressor::compress(BytesView body) {
  out_.resize(ZSTD_compressBound(body.size()));
  const std::size_t size =
      ZSTD_compressCCtx(context_.get(), out_.data(), out_.size(), body.data(), body.size(), kLevel);
  TMZ_CHECK(!ZSTD_isError(size));
  if (size >= body.size()) return {};
  return BytesView(out_).substr(0, size);
}

Result<std::optional<Bytes>> body_of(const EntryRecord& record) {
  switch (record.coding) {
    case BodyCoding::kAbsent:
    case BodyCoding::kErased: return std::nullopt;
    case BodyCoding::kPlain: return Bytes(record.stored_body);
    case BodyCoding::kZstd: break;
  }
  auto body = expand(record.stored_body, record.size);
  if (!body) return pass(body);
  return *std::move(body);
}

}  // namespace tamizdat::store
