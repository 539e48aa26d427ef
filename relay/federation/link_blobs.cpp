// How a link carries attachments: it answers what the peer asked for, block by block and behind everything else, and hands
// the peer's answers to the puller.
#include <algorithm>
#include <utility>

#include "proto/format/limits.h"
#include "relay/federation/link.h"

namespace tamizdat::federation {
namespace {

constexpr env::MetricName kSentBlocksMetric{"tamizdat_link_sent_blocks_total",
                                            "Blocks of attachments and of their leaf hashes sent to peers."};

// Read and written at once; so much may be before a control message.
constexpr std::uint64_t kReadRunMax = 8;
// Of what is missing here, looked through for where it ends.
constexpr std::size_t kMissingRangesMax = 256;

Bytes frames_of(const sync::BlobRun& run, BytesView octets) {
  Bytes out;
  for (std::uint64_t i = 0; !octets.empty(); ++i) {
    const auto block = octets.substr(0, format::kBlockBytes);
    octets.remove_prefix(block.size());
    sync::LinkMessage message = sync::BlobBlock{{run.blob, run.part, run.first + i, 1}, Bytes(block)};
    out += sync::frame(sync::serialise_link_message(message));
  }
  return out;
}

// Errors that stand for "not here, or not yet".
bool is_missing(ErrorCode code) {
  return code == store::kBlobUnknown || code == store::kBlobLeavesMissing || code == store::kBlockMissing ||
         code == store::kBlobDamaged;
}

}  // namespace

// ---- sending ----

Result<void> Link::on(sync::BlobRequest& message) {
  if (!blob_lane_.ask(message.run)) return fail(kPeerFloods, "the peer asks for more blocks than may be under way");
  to_send_.notify_all();
  return {};
}

env::awaitable<Result<void>> Link::answer_blob_request(sync::BlobRun run) {
  if (context_.keeps_back) {
    auto look = [this, run] { return is_kept_back(run.blob); };
    const bool kept_back = co_await env::run_blocking(context_.env.workers, std::move(look));
    if (kept_back) {
      auto answered = co_await answer_not_held(run);
      co_return answered;
    }
  }
  run.count = std::min(run.count, kReadRunMax);
  const auto octets = co_await read_blob_run(run);
  if (!octets) {
    auto said = co_await say_not_held(octets.error());
    co_return said;
  }
  const auto count = (octets->size() + format::kBlockBytes - 1) / format::kBlockBytes;
  const Bytes frames = frames_of(run, *octets);
  auto written = co_await stream_.write(frames);
  blob_lane_.answered(count);
  context_.env.metrics.counter(kSentBlocksMetric).add(count);
  co_return written;
}

// An attachment goes with the texts that name it.
bool Link::is_kept_back(const BlobId& blob) const {
  const auto naming = context_.store.naming(blob);
  const auto is_withheld = [this](const store::Store::Position& position) {
    const auto entry = context_.store.entry(position.log, position.index);
    return entry && entry->absence == format::Absence::kWithheld;
  };
  return std::ranges::any_of(naming, is_withheld) && !context_.store.entry_naming(blob);
}

env::awaitable<Result<Bytes>> Link::read_blob_run(sync::BlobRun run) {
  if (run.part == sync::BlobPart::kContent) {
    auto blocks = co_await context_.blobs.read_blocks(run.blob, run.first, run.count);
    co_return blocks;
  }
  const auto offset = run.first * format::kBlockBytes;
  const auto size = std::min(run.count * format::kBlockBytes, sync::part_size(run.blob, run.part) - offset);
  auto leaves = co_await context_.blobs.read_leaves(run.blob, offset, size);
  co_return leaves;
}

// The first block of the request is not here; it may be that others of it are.
env::awaitable<Result<void>> Link::say_not_held(Error why) {
  sync::BlobRun run = *blob_lane_.next();
  blob_lane_.await(run.blob);
  if (!is_missing(why.code)) {
    context_.env.log.error("cannot read what a peer asked for", {{"peer", peer_.text()}, {"error", why}});
  } else if (context_.blobs.state(run.blob) == store::BlobState::kWhole && blob_lane_.is_awaited(run.blob)) {
    co_return Result<void>();  // it came meanwhile
  } else if (run.part == sync::BlobPart::kContent) {
    run.count = co_await count_missing(run);
  }
  auto answered = co_await answer_not_held(run);
  co_return answered;
}

env::awaitable<Result<void>> Link::answer_not_held(sync::BlobRun run) {
  sync::LinkMessage message = sync::BlobNotHeld{run};
  auto written = co_await write_message(std::move(message));
  blob_lane_.answered(run.count);
  co_return written;
}

// At least one.
env::awaitable<std::uint64_t> Link::count_missing(sync::BlobRun run) {
  const auto missing = co_await context_.blobs.missing(run.blob, kMissingRangesMax);
  if (missing)
    for (const auto& range : *missing)
      if (range.first <= run.first && run.first < range.first + range.count)
        co_return std::min(run.count, range.first + range.count - run.first);
  co_return std::uint64_t{1};
}

void Link::on_blob(const BlobId& blob, store::BlobState state) {
  if (state == store::BlobState::kWhole && blob_lane_.is_awaited(blob)) post(sync::BlobHeld{blob});
}

// ---- taking ----

void Link::join_puller() {
  context_.puller.join(number_, peer_,
                       {[this](sync::LinkMessage message) { post(std::move(message)); },
                        [this](const Error& error) {
                          refuse(ProjectId(), error);
                          end(tl::unexpected(error));
                        }});
}

Result<void> Link::on(sync::BlobBlock& message) { return context_.puller.on(number_, message); }
Result<void> Link::on(sync::BlobNotHeld& message) { return context_.puller.on(number_, message); }

Result<void> Link::on(sync::BlobHeld& message) {
  context_.puller.on(number_, message);
  return {};
}

}  // namespace tamizdat::federation
