// Attachments as coroutines see them: only those that an entry held here names are taken, files are used on workers,
// and whoever must react is told. Loop thread only; everything it is given outlives it, and it outlives every coroutine
// inside its functions.
#pragma once

#include "relay/env/coroutine.h"
#include "relay/env/signal.h"
#include "relay/env/workers.h"
#include "relay/store/blob_files.h"
#include "relay/store/store.h"

namespace tamizdat::store {

// No entry that is held here names it: send the entry first.
inline constexpr ErrorCode kBlobNotNamed{"blob-not-named"};

class Blobs {
 public:
  Blobs(const Store& store, BlobFiles& files, env::Workers& workers) : store_(store), files_(files), workers_(workers) {}

  BlobState state(const BlobId& blob) const { return files_.state(blob); }
  // Whether an entry held here names it.
  env::awaitable<bool> is_named(BlobId blob);

  // Errors: kBlobNotNamed, those of BlobFiles.
  env::awaitable<Result<void>> put_leaves(BlobId blob, std::vector<Hash32> leaves);
  // One block after the other, from `first` on; the last octets may be a part of the last block only if the attachment
  // ends there. Errors: kBlobNotNamed, those of BlobFiles; blocks before the wrong one are kept.
  env::awaitable<Result<BlobState>> put_blocks(BlobId blob, std::uint64_t first, Bytes octets);

  // As in BlobFiles.
  env::awaitable<Result<std::vector<BlockRange>>> missing(BlobId blob, std::size_t ranges_max);
  env::awaitable<Result<std::vector<Hash32>>> leaves(BlobId blob);
  env::awaitable<Result<Bytes>> read_block(BlobId blob, std::uint64_t index);
  // Blocks from `first` on, at least one and at most `count`: as many as are here and right.
  env::awaitable<Result<Bytes>> read_blocks(BlobId blob, std::uint64_t first, std::uint64_t count);
  // Octets [offset, offset + size) of the leaf hashes, which reach so far.
  env::awaitable<Result<Bytes>> read_leaves(BlobId blob, std::uint64_t offset, std::uint64_t size);
  // Errors: kBlobNotNamed, those of BlobFiles.
  env::awaitable<Result<Lack>> lacking(BlobId blob);

  // Called when an attachment has become whole (kWhole), and when a whole one turns out to be damaged (kPart).
  using Changes = env::Signal<const BlobId&, BlobState>;
  Changes::Subscription subscribe(Changes::Listener listener) { return changes_.subscribe(std::move(listener)); }

 private:
  template <typename Work>
  auto use(BlobId blob, Work work) -> env::awaitable<std::invoke_result_t<Work&>>;

  const Store& store_;
  BlobFiles& files_;
  env::Workers& workers_;
  Changes changes_;
};

}  // namespace tamizdat::store
