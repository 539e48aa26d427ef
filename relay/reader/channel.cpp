#include "relay/reader/channel.h"

namespace tamizdat::reader {

std::string page_path(const Channel& channel) {
  if (channel.project) {
    auto path = "/p/" + channel.project->text();
    if (!channel.language.empty()) path += "/l/" + channel.language;
    return path;
  }
  if (!channel.region.empty()) return "/r/" + channel.region;
  if (!channel.language.empty()) return "/l/" + channel.language;
  if (!channel.topic.empty()) return "/t/" + channel.topic;
  return "/";
}

std::string_view feed_file(FeedKind kind) {
  switch (kind) {
    case FeedKind::kAtom: return "feed.atom";
    case FeedKind::kRss: return "feed.rss";
    case FeedKind::kJson: return "feed.json";
  }
  return {};
}

std::string feed_path(const Channel& channel, FeedKind kind) {
  auto path = page_path(channel);
  if (path != "/") path += "/";
  return path.append(feed_file(kind));
}

std::string_view media_type(FeedKind kind) {
  switch (kind) {
    case FeedKind::kAtom: return "application/atom+xml";
    case FeedKind::kRss: return "application/rss+xml";
    case FeedKind::kJson: return "application/feed+json";
  }
  return {};
}

std::string key_text(StoryKey key) {
  Bytes octets;
  append_u64_be(octets, key);
  return to_hex(octets);
}

std::optional<StoryKey> parse_key(std::string_view text) {
  const auto octets = from_hex(text);
  if (!octets || octets->size() != 8) return std::nullopt;
  return read_u64_be(*octets);
}

}  // namespace tamizdat::reader
