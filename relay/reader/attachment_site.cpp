#include "relay/reader/attachment_site.h"

#include <algorithm>

#include "proto/format/limits.h"
#include "relay/reader/attached.h"

namespace tamizdat::reader {
namespace {

constexpr std::string_view kPrefix = "/b/";
// The octets never change, but they may have to go.
constexpr std::string_view kCaching = "public, max-age=600";

// As the entry names it, if it does.
std::optional<std::string> type_in(const store::StoredEntry& entry, const BlobId& blob) {
  const auto body = entry.body ? format::parse_body(*entry.body) : fail(format::kBodyMalformed, "");
  if (!body) return std::nullopt;
  for (const auto& attachment : body->attachments) {
    if (attachment.blob == blob) return served_type(attachment.media_type);
    for (const auto& rendition : attachment.renditions)
      if (rendition.blob == blob) return served_type(rendition.media_type);
  }
  return std::nullopt;
}

// Nothing if no entry held here names it that was not retracted. Blocks.
std::optional<std::string> type_of(const store::Store& store, const BlobId& blob) {
  for (const auto& position : store.naming(blob)) {
    const auto entry = store.entry(position.log, position.index);
    if (!entry || store::retraction_of(store, entry->log.project, entry->id)) continue;
    if (auto type = type_in(*entry, blob)) return type;
  }
  return std::nullopt;
}

// True if an entry named it when it came and is withheld here now. Blocks.
bool is_withheld(const store::Store& store, const BlobId& blob) {
  return std::ranges::any_of(store.naming(blob), [&](const Position& position) {
    const auto entry = store.entry(position.log, position.index);
    return entry && entry->absence == format::Absence::kWithheld;
  });
}

http::Response withheld_here() {
  auto response = http::make_error(451, "The operator of this relay does not serve the article that this belongs to. Other relays may.");
  http::say_blocked_here(response);
  return response;
}

// From `offset` to the end of its block.
env::awaitable<Result<Bytes>> read_from(store::Blobs& blobs, BlobId blob, std::uint64_t offset) {
  auto block = co_await blobs.read_block(blob, offset / format::kBlockBytes);
  if (block) block->erase(0, static_cast<std::size_t>(offset % format::kBlockBytes));
  co_return block;
}

}  // namespace

env::awaitable<http::Response> AttachmentSite::handle(const http::Request& request) {
  if (request.method != http::Method::kGet && request.method != http::Method::kHead) {
    auto refused = http::make_error(405);
    refused.headers.set("Allow", "GET, HEAD");
    co_return refused;
  }
  if (!request.path.starts_with(kPrefix)) co_return http::make_error(404);
  const auto blob = BlobId::parse(std::string_view(request.path).substr(kPrefix.size()));
  if (!blob || blobs_.state(*blob) != store::BlobState::kWhole) co_return http::make_error(404);
  auto look = [this, &blob] { return type_of(store_, *blob); };
  const auto type = co_await env::run_blocking(workers_, std::move(look));
  if (!type) {
    auto look_why = [this, &blob] { return is_withheld(store_, *blob); };
    const bool withheld = co_await env::run_blocking(workers_, std::move(look_why));
    co_return withheld ? withheld_here() : http::make_error(404);
  }
  auto response = http::make_response(200, *type, Bytes());
  response.tag = blob->text();
  response.source = http::Source{blob->size, [this, blob = *blob](std::uint64_t offset) {
                                   return read_from(blobs_, blob, offset);
                                 }};
  response.headers.set("Cache-Control", std::string(kCaching));
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("Content-Security-Policy", "default-src 'none'; sandbox");
  response.headers.set("Referrer-Policy", "no-referrer");
  if (*type == kDownloadType) response.headers.set("Content-Disposition", "attachment");
  co_return response;
}

}  // namespace tamizdat::reader
