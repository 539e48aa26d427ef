#include "relay/submit/attachment_api.h"

#include "proto/format/limits.h"
#include "relay/submit/answers.h"

namespace tamizdat::submit {
namespace {

// Of one PUT: what a slow line still carries in a minute or two, so that a cut costs little.
constexpr std::size_t kBlocksBytesMax = 64 * format::kBlockBytes;
// In one answer; the rest is told when these have come.
constexpr std::size_t kRangesMax = 256;

Result<std::vector<Hash32>> parse_leaves(BytesView octets) {
  std::vector<Hash32> leaves;
  for (; octets.size() >= sizeof(Hash32::octets); octets.remove_prefix(sizeof(Hash32::octets)))
    leaves.push_back(*Hash32::from(octets.substr(0, sizeof(Hash32::octets))));
  if (!octets.empty()) return fail(format::kBlobLeavesWrong, "leaf hashes have 32 octets each");
  return leaves;
}

}  // namespace

std::size_t AttachmentApi::body_bytes_max(std::string_view id, std::string_view part) {
  if (part == "blocks") return kBlocksBytesMax;
  const auto blob = BlobId::parse(id);
  if (!blob || blob->size > format::kAttachmentBytesMax) return 0;
  return static_cast<std::size_t>(format::block_count(blob->size)) * sizeof(Hash32::octets);
}

env::awaitable<Result<http::Response>> AttachmentApi::state_of(BlobId blob) {
  const auto missing = co_await blobs_.missing(blob, kRangesMax);
  if (!missing) co_return pass(missing);
  co_return json_response(200, attachment_json(blob, blobs_.state(blob), *missing));
}

env::awaitable<Result<http::Response>> AttachmentApi::get(std::string_view id, std::string_view part) {
  const auto blob = BlobId::parse(id);
  if (!blob) co_return pass(blob);
  if (part == "leaves") {
    const auto leaves = co_await blobs_.leaves(*blob);
    if (!leaves) co_return pass(leaves);
    Bytes octets;
    for (const auto& leaf : *leaves) octets += leaf.view();
    co_return http::make_response(200, "application/octet-stream", std::move(octets));
  }
  const bool named = co_await blobs_.is_named(*blob);
  if (!named) co_return fail(store::kBlobUnknown, "no entry that this relay holds names the attachment");
  auto state = co_await state_of(*blob);
  co_return state;
}

env::awaitable<Result<http::Response>> AttachmentApi::put(std::string_view id, std::string_view part,
                                                          std::uint64_t first, Bytes body) {
  const auto blob = BlobId::parse(id);
  if (!blob) co_return pass(blob);
  Result<void> done;
  if (part == "leaves") {
    auto leaves = parse_leaves(body);
    if (!leaves) co_return pass(leaves);
    done = co_await blobs_.put_leaves(*blob, *std::move(leaves));
  } else {
    const auto state = co_await blobs_.put_blocks(*blob, first, std::move(body));
    if (!state) done = tl::unexpected(state.error());
  }
  if (!done) co_return pass(done);
  auto state = co_await state_of(*blob);
  co_return state;
}

}  // namespace tamizdat::submit
