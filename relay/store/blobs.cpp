#include "relay/store/blobs.h"

#include "proto/format/limits.h"

namespace tamizdat::store {
namespace {

tl::unexpected<Error> not_named(const BlobId& blob) {
  return fail(kBlobNotNamed, "no entry that this relay holds names attachment " + blob.text() + ": send the entry first");
}

Result<BlobState> put_each(BlobFiles& files, const BlobId& blob, std::uint64_t index, BytesView octets) {
  if (octets.empty()) return fail(format::kBlockWrong, "there is no block: send at least one");
  Result<BlobState> state = BlobState::kUnknown;
  for (; !octets.empty(); ++index) {
    const auto block = octets.substr(0, format::kBlockBytes);
    octets.remove_prefix(block.size());
    state = files.put_block(blob, index, block);
    if (!state) break;
  }
  return state;
}

Result<Bytes> read_each(BlobFiles& files, const BlobId& blob, std::uint64_t first, std::uint64_t count) {
  auto octets = files.read_block(blob, first);
  for (std::uint64_t i = 1; octets && i < count; ++i) {
    const auto block = files.read_block(blob, first + i);
    if (!block) break;
    *octets += *block;
  }
  return octets;
}

}  // namespace

// Runs on a worker; tells what has become of the attachment.
template <typename Work>
auto Blobs::use(BlobId blob, Work work) -> env::awaitable<std::invoke_result_t<Work&>> {
  const auto before = files_.state(blob);
  auto done = co_await env::run_blocking(workers_, std::move(work));
  const auto after = files_.state(blob);
  const bool became_whole = after == BlobState::kWhole && before != BlobState::kWhole;
  const bool was_damaged = after != BlobState::kWhole && before == BlobState::kWhole;
  if (became_whole || was_damaged) changes_.emit(blob, after);
  co_return done;
}

env::awaitable<bool> Blobs::is_named(BlobId blob) {
  auto look = [this, blob] { return store_.entry_naming(blob).has_value(); };
  const bool named = co_await env::run_blocking(workers_, std::move(look));
  co_return named;
}

env::awaitable<Result<void>> Blobs::put_leaves(BlobId blob, std::vector<Hash32> leaves) {
  auto put = [this, blob, &leaves]() -> Result<void> {
    if (!store_.entry_naming(blob)) return not_named(blob);
    return files_.put_leaves(blob, leaves);
  };
  auto done = co_await use(blob, std::move(put));
  co_return done;
}

env::awaitable<Result<BlobState>> Blobs::put_blocks(BlobId blob, std::uint64_t first, Bytes octets) {
  auto put = [this, blob, first, &octets]() -> Result<BlobState> {
    if (!store_.entry_naming(blob)) return not_named(blob);
    return put_each(files_, blob, first, octets);
  };
  auto done = co_await use(blob, std::move(put));
  co_return done;
}

env::awaitable<Result<std::vector<BlockRange>>> Blobs::missing(BlobId blob, std::size_t ranges_max) {
  auto look = [this, blob, ranges_max] { return files_.missing(blob, ranges_max); };
  auto done = co_await use(blob, std::move(look));
  co_return done;
}

env::awaitable<Result<std::vector<Hash32>>> Blobs::leaves(BlobId blob) {
  auto read = [this, blob] { return files_.leaves(blob); };
  auto done = co_await use(blob, std::move(read));
  co_return done;
}

env::awaitable<Result<Bytes>> Blobs::read_block(BlobId blob, std::uint64_t index) {
  auto read = [this, blob, index] { return files_.read_block(blob, index); };
  auto done = co_await use(blob, std::move(read));
  co_return done;
}

env::awaitable<Result<Bytes>> Blobs::read_blocks(BlobId blob, std::uint64_t first, std::uint64_t count) {
  auto read = [this, blob, first, count] { return read_each(files_, blob, first, count); };
  auto done = co_await use(blob, std::move(read));
  co_return done;
}

env::awaitable<Result<Bytes>> Blobs::read_leaves(BlobId blob, std::uint64_t offset, std::uint64_t size) {
  auto read = [this, blob, offset, size] {
    return files_.read_leaves(blob, offset / sizeof(Hash32::octets), size / sizeof(Hash32::octets));
  };
  auto done = co_await use(blob, std::move(read));
  co_return done;
}

env::awaitable<Result<Lack>> Blobs::lacking(BlobId blob) {
  auto look = [this, blob]() -> Result<Lack> {
    if (!store_.entry_naming(blob)) return not_named(blob);
    return files_.lacking(blob);
  };
  auto done = co_await use(blob, std::move(look));
  co_return done;
}

}  // namespace tamizdat::store
