// The attachments of a fake relay: leaf hashes first, then blocks in any order, each checked, as a real one takes them.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "client-lib/net/http.h"
#include "proto/format/attachment.h"
#include "proto/format/limits.h"

namespace tamizdat::tests {

class FakeAttachments {
 public:
  std::string refusal;            // of every block and leaf hash, if not empty
  std::function<void(Bytes&)> mangle;  // what it gives out
  std::uint64_t blocks_taken = 0;  // each time one came

  // Its octets; nothing unless all of them are there.
  std::optional<Bytes> octets(const BlobId& blob) const {
    const auto found = held_.find(blob);
    if (found == held_.end() || !is_whole(blob, found->second)) return std::nullopt;
    Bytes out;
    for (const auto& [index, block] : found->second.blocks) out += block;
    return out;
  }
  void forget() { held_.clear(); }
  // Takes it by itself, as from another relay.
  void hold(BytesView octets) {
    const auto tree = *format::BlobTree::from_bytes(octets);
    Held& held = held_[tree.id()];
    held.leaves.assign(tree.leaves().begin(), tree.leaves().end());
    for (std::uint64_t i = 0; i < tree.leaves().size(); ++i)
      held.blocks[i] = Bytes(octets.substr(static_cast<std::size_t>(i * format::kBlockBytes), format::kBlockBytes));
  }

  // GET /b/<id>, also of a range.
  net::HttpAnswer serve(const net::HttpRequest& request, const std::string& id) {
    const auto blob = BlobId::parse(id);
    auto whole = blob ? octets(*blob) : std::nullopt;
    if (!whole) return answer(404, "not held");
    if (mangle) mangle(*whole);
    for (const auto& header : request.headers) {
      if (!header.starts_with("Range: bytes=")) continue;
      const std::uint64_t from = std::stoull(header.substr(13));
      const std::uint64_t to = std::stoull(header.substr(header.find('-') + 1));
      return answer(206, whole->substr(from, to - from + 1));
    }
    return answer(200, *std::move(whole));
  }

  // `path` behind /v1/attachments/. `is_named`: by an entry that is held.
  template <typename IsNamed>
  net::HttpAnswer handle(const net::HttpRequest& request, const std::string& path, const IsNamed& is_named) {
    const auto blob = BlobId::parse(path.substr(0, path.find('/')));
    if (!blob) return answer(400, R"({"error":"id-invalid","text":"no attachment"})");
    if (!is_named(*blob))
      return answer(request.method == "PUT" ? 409 : 404,
                    request.method == "PUT" ? R"({"error":"blob-not-named","text":"send the entry first"})"
                                            : R"({"error":"blob-unknown","text":"no entry names it"})");
    if (path.ends_with("/leaves") && request.method == "GET")
      return held_.contains(*blob) ? answer(200, leaves_of(*blob))
                                   : answer(404, R"({"error":"blob-unknown","text":"nothing of it came"})");
    if (request.method == "PUT" && !refusal.empty()) return answer(403, "{\"error\":\"full\",\"text\":\"" + refusal + "\"}");
    if (path.ends_with("/leaves")) return put_leaves(*blob, request.body);
    if (request.method == "PUT") return put_blocks(*blob, std::stoull(path.substr(path.find('=') + 1)), request.body);
    return state_of(*blob);
  }

 private:
  struct Held {
    std::vector<Hash32> leaves;
    std::map<std::uint64_t, Bytes> blocks;
  };

  static net::HttpAnswer answer(int status, Bytes body) {
    net::HttpAnswer out;
    out.status = status;
    out.body = std::move(body);
    return out;
  }
  static bool is_whole(const BlobId& blob, const Held& held) {
    return held.blocks.size() == format::block_count(blob.size);
  }

  Bytes leaves_of(const BlobId& blob) {
    Bytes out;
    for (const auto& leaf : held_[blob].leaves) out += leaf.view();
    return out;
  }

  net::HttpAnswer put_leaves(const BlobId& blob, BytesView octets) {
    std::vector<Hash32> leaves;
    for (; octets.size() >= 32; octets.remove_prefix(32)) leaves.push_back(*Hash32::from(octets.substr(0, 32)));
    if (!format::verify_leaves(blob, leaves)) return answer(400, R"({"error":"blob-leaves-wrong","text":"wrong"})");
    held_[blob].leaves = leaves;
    return state_of(blob);
  }

  net::HttpAnswer put_blocks(const BlobId& blob, std::uint64_t first, BytesView octets) {
    Held& held = held_[blob];
    if (held.leaves.empty()) return answer(409, R"({"error":"blob-leaves-missing","text":"leaf hashes first"})");
    for (; !octets.empty(); ++first) {
      const auto block = octets.substr(0, format::kBlockBytes);
      octets.remove_prefix(block.size());
      if (format::block_hash(block) != held.leaves.at(first)) return answer(400, R"({"error":"block-wrong","text":"wrong"})");
      held.blocks[first] = Bytes(block);
      ++blocks_taken;
    }
    return state_of(blob);
  }

  net::HttpAnswer state_of(const BlobId& blob) {
    const auto found = held_.find(blob);
    const bool is_known = found != held_.end();
    std::string missing;
    const std::uint64_t blocks = format::block_count(blob.size);
    const auto lacks = [&](std::uint64_t i) { return !is_known || !found->second.blocks.contains(i); };
    for (std::uint64_t i = 0; i < blocks; ++i) {
      const std::uint64_t first = i;
      while (i < blocks && lacks(i)) ++i;
      if (i > first) missing += (missing.empty() ? "[" : ",[") + std::to_string(first) + "," + std::to_string(i - first) + "]";
    }
    const std::string state = !is_known ? "unknown" : missing.empty() ? "whole" : "part";
    return answer(200, "{\"attachment\":\"" + blob.text() + "\",\"state\":\"" + state + "\",\"missing\":[" + missing + "]}");
  }

  std::map<BlobId, Held> held_;
};

}  // namespace tamizdat::tests
