#include "proto/sync/link_message.h"

#include "proto/format/limits.h"
#include "proto/sync/frame.h"

#include <gtest/gtest.h>

namespace tamizdat::sync {
namespace {

template <typename KindOfId>
KindOfId id(std::uint8_t fill) {
  Hash32 hash;
  hash.octets.fill(fill);
  return KindOfId(hash);
}

ProjectState project_state(std::uint8_t fill, std::uint64_t size) {
  return {id<ProjectId>(fill), 1, id<LogId>(fill).value, {{id<DeskId>(fill), size, id<LogId>(9).value}}};
}

template <typename Message>
Message round_trip(const Message& message) {
  const auto parsed = parse_link_message(serialise_link_message(message));
  EXPECT_TRUE(parsed);
  return std::get<Message>(*parsed);
}

TEST(LinkMessage, EachKindComesBack) {
  EXPECT_EQ(round_trip(FrontierDigest{id<LogId>(3).value}).digest, id<LogId>(3).value);
  const Frontier frontier = round_trip(Frontier{{project_state(1, 5)}, true});
  EXPECT_TRUE(frontier.more);
  EXPECT_EQ(frontier.projects.at(0), project_state(1, 5));
  EXPECT_EQ(round_trip(CharterRequest{id<ProjectId>(1)}).project, id<ProjectId>(1));
  EXPECT_EQ(round_trip(Charters{{"one", "two"}}).signed_charters, (std::vector<Bytes>{"one", "two"}));
  EXPECT_EQ(round_trip(Subscribe{{id<ProjectId>(1), id<DeskId>(2)}, 7}).from, 7U);
  EXPECT_EQ(round_trip(Unsubscribe{{id<ProjectId>(1), id<DeskId>(2)}}).log.desk, id<DeskId>(2));
  EXPECT_EQ(round_trip(BundleMessage{"bytes"}).bundle, "bytes");
  EXPECT_EQ(round_trip(Credit{99}).octets, 99U);
  EXPECT_EQ(round_trip(Refusal{id<ProjectId>(1), "code", "text"}).text, "text");
  EXPECT_EQ(round_trip(Ping{4}).token, 4U);
  EXPECT_EQ(round_trip(Pong{5}).token, 5U);
}

BlobRun run(BlobPart part, std::uint64_t first, std::uint64_t count) {
  return {{id<LogId>(5).value, 40'000}, part, first, count};
}

TEST(LinkMessage, EachKindOfAttachmentMessageComesBack) {
  EXPECT_EQ(round_trip(BlobRequest{run(BlobPart::kContent, 1, 2)}).run, run(BlobPart::kContent, 1, 2));
  EXPECT_EQ(round_trip(BlobRequest{run(BlobPart::kLeaves, 0, 1)}).run, run(BlobPart::kLeaves, 0, 1));
  EXPECT_EQ(round_trip(BlobNotHeld{run(BlobPart::kContent, 0, 3)}).run, run(BlobPart::kContent, 0, 3));
  EXPECT_EQ(round_trip(BlobHeld{run(BlobPart::kContent, 0, 1).blob}).blob, run(BlobPart::kContent, 0, 1).blob);
  const BlobBlock last = round_trip(BlobBlock{run(BlobPart::kContent, 2, 1), Bytes(40'000 - 32'768, 'x')});
  EXPECT_EQ(last.run, run(BlobPart::kContent, 2, 1));
  EXPECT_EQ(last.octets, Bytes(40'000 - 32'768, 'x'));
  EXPECT_EQ(round_trip(BlobBlock{run(BlobPart::kLeaves, 0, 1), Bytes(96, 'x')}).octets, Bytes(96, 'x'));
}

TEST(LinkMessage, RefusesBlocksThatAnAttachmentHasNot) {
  const std::vector<LinkMessage> messages{
      BlobRequest{run(BlobPart::kContent, 0, 0)},
      BlobRequest{run(BlobPart::kContent, 0, 4)},
      BlobRequest{run(BlobPart::kContent, 3, 1)},
      BlobRequest{run(BlobPart::kContent, 1, UINT64_MAX)},
      BlobRequest{run(BlobPart::kLeaves, 1, 1)},
      BlobRequest{run(static_cast<BlobPart>(0), 0, 1)},
      BlobRequest{run(static_cast<BlobPart>(3), 0, 1)},
      BlobNotHeld{run(BlobPart::kContent, 2, 2)},
      BlobBlock{run(BlobPart::kContent, 2, 1), Bytes(format::kBlockBytes, 'x')},
      BlobBlock{run(BlobPart::kContent, 0, 1), Bytes(format::kBlockBytes - 1, 'x')},
      BlobBlock{run(BlobPart::kLeaves, 0, 1), Bytes(64, 'x')},
      BlobHeld{{id<LogId>(5).value, 0}},
      BlobHeld{{id<LogId>(5).value, format::kAttachmentBytesMax + 1}}};
  for (const auto& message : messages) {
    const auto parsed = parse_link_message(serialise_link_message(message));
    ASSERT_FALSE(parsed) << message.index();
    EXPECT_EQ(parsed.error().code, kLinkMessageMalformed);
  }
}

// 4 GiB have leaf hashes of 8 MiB: none of it comes in one piece.
TEST(LinkMessage, NoBlockOfTheLargestAttachmentIsLargerThanABlock) {
  const BlobId largest{id<LogId>(5).value, format::kAttachmentBytesMax};
  EXPECT_EQ(part_blocks(largest, BlobPart::kContent), 262'144U);
  EXPECT_EQ(part_blocks(largest, BlobPart::kLeaves), 512U);
  EXPECT_EQ(part_block_size(largest, BlobPart::kLeaves, 511), format::kBlockBytes);
}

TEST(LinkMessage, PassesOverAKindOfALaterVersion) {
  const Bytes later("\xfa\x01\x01x", 4);  // field 31, one octet
  const auto parsed = parse_link_message(later);
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(std::holds_alternative<UnknownMessage>(*parsed));
}

TEST(LinkMessage, RefusesIdsOfAnotherLength) {
  Bytes bytes = serialise_link_message(FrontierDigest{});
  bytes.pop_back();
  bytes[1] = static_cast<char>(bytes[1] - 1);
  bytes[3] = static_cast<char>(bytes[3] - 1);
  const auto parsed = parse_link_message(bytes);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, kLinkMessageMalformed);
}

TEST(LinkMessage, ARefusalIsCutBetweenCharactersAndComesThrough) {
  std::string text(kRefusalTextBytesMax - 1, 'x');
  text += "ж и дальше";
  const Refusal cut = round_trip(Refusal{id<ProjectId>(1), std::string(500, 'c'), text});
  EXPECT_EQ(cut.text, text.substr(0, kRefusalTextBytesMax - 1));
  EXPECT_EQ(cut.code.size(), kRefusalCodeBytesMax);
}

TEST(Charters, ComeInPartsOfWhichNoneExceedsAFrame) {
  const Bytes charter(format::kSignedCharterBytesMax, 'c');
  const std::vector<BytesView> chain(100, charter);
  std::size_t sent = 0;
  std::size_t parts = 0;
  while (sent < chain.size()) {
    const Charters part = charters_part(std::span(chain).subspan(sent));
    ASSERT_FALSE(part.signed_charters.empty());
    EXPECT_LE(serialise_link_message(part).size(), kFrameBytesMax);
    sent += part.signed_charters.size();
    EXPECT_EQ(part.more, sent < chain.size());
    ++parts;
  }
  EXPECT_GT(parts, 1U);
}

TEST(FrontierDigest, DoesNotDependOnTheOrderButOnEverySize) {
  const Hash32 digest = frontier_digest({project_state(1, 5), project_state(2, 6)});
  EXPECT_EQ(digest, frontier_digest({project_state(2, 6), project_state(1, 5)}));
  EXPECT_NE(digest, frontier_digest({project_state(2, 6), project_state(1, 4)}));
}

TEST(Frontier, IsSplitSoThatNoPartExceedsAFrame) {
  std::vector<ProjectState> projects;
  for (int i = 0; i < 3 * static_cast<int>(kFrontierLogsMax); ++i)
    projects.push_back(project_state(static_cast<std::uint8_t>(i), 1));
  const auto parts = split_frontier(projects);
  ASSERT_GT(parts.size(), 1U);
  std::size_t total = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    EXPECT_EQ(parts[i].more, i + 1 < parts.size());
    EXPECT_LT(serialise_link_message(parts[i]).size(), format::kBundleBytesMax);
    EXPECT_TRUE(parse_link_message(serialise_link_message(parts[i])));
    total += parts[i].projects.size();
  }
  EXPECT_EQ(total, projects.size());
}

TEST(Frontier, OfAProjectWithMoreLogsThanDesksCanBeIsRefused) {
  ProjectState state = project_state(1, 5);
  state.logs.assign(kProjectLogsMax, state.logs.front());
  EXPECT_TRUE(parse_link_message(serialise_link_message(Frontier{{state}})));
  state.logs.push_back(state.logs.front());
  const auto parsed = parse_link_message(serialise_link_message(Frontier{{state}}));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, kLinkMessageMalformed);
}

TEST(Frontier, OfNothingIsOnePart) { EXPECT_EQ(split_frontier({}).size(), 1U); }

}  // namespace
}  // namespace tamizdat::sync
