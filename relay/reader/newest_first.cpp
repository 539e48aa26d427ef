#include "relay/reader/newest_first.h"

#include <algorithm>

namespace tamizdat::reader {
namespace {

// Half of it moves on an insertion, on average; a million stories are 2,000 to 4,000 chunks.
constexpr std::size_t kChunkStoriesMax = 512;

}  // namespace

bool NewestFirst::less(StoryNumber a, StoryNumber b) const {
  const StoryKey key_a = (*keys_)[a], key_b = (*keys_)[b];
  return key_a != key_b ? key_a < key_b : a < b;
}

std::vector<NewestFirst::Chunk>::iterator NewestFirst::chunk_of(StoryNumber story) {
  const auto at =
      std::lower_bound(chunks_.begin(), chunks_.end(), story,
                       [this](const Chunk& chunk, StoryNumber wanted) { return less(chunk.back(), wanted); });
  // Past the end: it belongs to the last chunk, which is where new articles go.
  return at == chunks_.end() && !chunks_.empty() ? at - 1 : at;
}

void NewestFirst::insert(StoryNumber story) {
  if (chunks_.empty()) {
    chunks_.push_back({story});
    ++size_;
    return;
  }
  const auto chunk = chunk_of(story);
  const auto place = std::lower_bound(chunk->begin(), chunk->end(), story,
                                      [this](StoryNumber a, StoryNumber b) { return less(a, b); });
  chunk->insert(place, story);
  ++size_;
  if (chunk->size() <= kChunkStoriesMax) return;
  // At the end new stories follow in order: a full chunk stays full. Elsewhere both halves keep room.
  const bool last = chunk + 1 == chunks_.end() && chunk->back() == story;
  const auto cut = last ? chunk->end() - 1 : chunk->begin() + kChunkStoriesMax / 2;
  Chunk upper(cut, chunk->end());
  chunk->erase(cut, chunk->end());
  chunks_.insert(chunk + 1, std::move(upper));
}

void NewestFirst::erase(StoryNumber story) {
  if (chunks_.empty()) return;
  const auto chunk = chunk_of(story);
  const auto place = std::lower_bound(chunk->begin(), chunk->end(), story,
                                      [this](StoryNumber a, StoryNumber b) { return less(a, b); });
  if (place == chunk->end() || *place != story) return;
  chunk->erase(place);
  --size_;
  if (chunk->empty()) chunks_.erase(chunk);
}

std::vector<StoryNumber> NewestFirst::below(StoryKey before, std::size_t count) const {
  std::vector<StoryNumber> out;
  const auto key_below = [this](StoryNumber story, StoryKey key) { return (*keys_)[story] < key; };
  auto chunk = std::lower_bound(chunks_.begin(), chunks_.end(), before, [&](const Chunk& candidate, StoryKey key) {
    return key_below(candidate.back(), key);
  });
  // `chunk` holds the first story that is not below, so part of it may be; all chunks before it are wholly below.
  if (chunk != chunks_.end()) {
    auto at = std::lower_bound(chunk->begin(), chunk->end(), before, key_below);
    while (at != chunk->begin() && out.size() < count) out.push_back(*--at);
  }
  while (chunk != chunks_.begin() && out.size() < count) {
    --chunk;
    for (auto at = chunk->end(); at != chunk->begin() && out.size() < count;) out.push_back(*--at);
  }
  return out;
}

}  // namespace tamizdat::reader
