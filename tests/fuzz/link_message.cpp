// links: tamizdat_sync
// A stream of frames, however it is cut: the same messages come out. A message that is taken keeps its limits, and written
// anew it fits a frame, is taken again and says the same. A frontier says the same in parts and in any order.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "proto/base/check.h"
#include "proto/format/limits.h"
#include "proto/sync/frame.h"
#include "proto/sync/link_message.h"

namespace {

using namespace tamizdat;
using namespace tamizdat::sync;

struct Reading {
  std::vector<Bytes> messages;
  std::string fault;
  friend bool operator==(const Reading&, const Reading&) = default;
};

Reading read_in_pieces(BytesView bytes, std::size_t piece) {
  Reading out;
  FrameReader reader;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    reader.add(bytes.substr(0, piece));
    for (;;) {
      auto message = reader.next();
      if (!message) {
        out.fault = message.error().code.name();
        return out;
      }
      if (!*message) break;
      out.messages.push_back(**std::move(message));
    }
  }
  if (auto whole = reader.finish(); !whole) out.fault = whole.error().code.name();
  return out;
}

void check_frontier(const Frontier& frontier) {
  std::vector<ProjectState> reversed(frontier.projects.rbegin(), frontier.projects.rend());
  std::vector<ProjectState> joined;
  const auto parts = split_frontier(frontier.projects);
  for (const auto& part : parts) {
    TMZ_CHECK(part.more == (&part != &parts.back()));
    joined.insert(joined.end(), part.projects.begin(), part.projects.end());
  }
  TMZ_CHECK(joined == frontier.projects);
  // Of two states of one project or log the order decides; a relay has one of each.
  std::ranges::sort(joined, {}, &ProjectState::project);
  if (std::ranges::adjacent_find(joined, {}, &ProjectState::project) == joined.end())
    TMZ_CHECK(frontier_digest(reversed) == frontier_digest(frontier.projects));
}

void check_message(BytesView bytes) {
  const auto message = parse_link_message(bytes);
  if (!message) {
    TMZ_CHECK(message.error().code == kLinkMessageMalformed);
    return;
  }
  if (const auto* const frontier = std::get_if<Frontier>(&*message)) check_frontier(*frontier);
  if (const auto* const charters = std::get_if<Charters>(&*message))
    TMZ_CHECK(!charters->signed_charters.empty() && charters->signed_charters.size() <= format::kCharterChainMax);
  if (const auto* const refusal = std::get_if<Refusal>(&*message))
    TMZ_CHECK(is_utf8(refusal->code) && is_utf8(refusal->text) && refusal->text.size() <= kRefusalTextBytesMax);
  if (const auto* const block = std::get_if<BlobBlock>(&*message))
    TMZ_CHECK(!block->octets.empty() && block->octets.size() <= format::kBlockBytes);
  if (const auto* const request = std::get_if<BlobRequest>(&*message)) {
    const auto& run = request->run;
    TMZ_CHECK(run.count > 0 && run.first + run.count <= part_blocks(run.blob, run.part));
  }
  const Bytes again = serialise_link_message(*message);
  TMZ_CHECK(again.size() <= bytes.size());
  const auto reread = parse_link_message(again);
  TMZ_CHECK(reread && reread->index() == message->index() && serialise_link_message(*reread) == again);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView bytes(reinterpret_cast<const char*>(data), size);
  const Reading at_once = read_in_pieces(bytes, size + 1);
  TMZ_CHECK(read_in_pieces(bytes, 1) == at_once);
  TMZ_CHECK(read_in_pieces(bytes, 5) == at_once);
  Bytes framed;
  for (const auto& message : at_once.messages) {
    check_message(message);
    framed += frame(message);
  }
  TMZ_CHECK(bytes.starts_with(framed));
  return 0;
}
