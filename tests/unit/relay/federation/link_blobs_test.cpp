// Attachments over a link: two relays, and a peer that keeps no rule.
#include <set>

#include "proto/format/limits.h"
#include "tests/unit/relay/federation/link_fixture.h"

namespace tamizdat::federation {
namespace {

using sync::BlobPart;

class LinkBlobsTest : public LinkTest {
 protected:
  struct Attachment {
    BlobId id;
    Bytes octets;
    std::vector<Hash32> leaves;
  };

  // Named by the next entry of the log, which both hold unless told otherwise.
  Attachment attach(std::size_t octets, std::uint64_t seed = 1) {
    Attachment out;
    while (out.octets.size() < octets) out.octets += tests::octets_from("attachment", seed++).view();
    out.octets.resize(octets);
    const auto tree = tests::must(format::BlobTree::from_bytes(out.octets));
    out.id = tree.id();
    out.leaves.assign(tree.leaves().begin(), tree.leaves().end());
    project.log().append_with_attachment(out.id);
    return out;
  }
  static void put(Node& node, const Attachment& attachment, const std::set<std::uint64_t>& without = {}) {
    EXPECT_TRUE(node.folder.files->put_leaves(attachment.id, attachment.leaves));
    for (std::uint64_t i = 0; i < attachment.leaves.size(); ++i)
      if (!without.contains(i)) static_cast<void>(tests::must(node.folder.files->put_block(attachment.id, i, block(attachment, i))));
  }
  static BytesView block(const Attachment& attachment, std::uint64_t index) {
    return BytesView(attachment.octets).substr(static_cast<std::size_t>(index) * format::kBlockBytes, format::kBlockBytes);
  }
  static bool is_whole(const Node& node, const Attachment& attachment) {
    return node.blobs.state(attachment.id) == store::BlobState::kWhole;
  }
  static void expect_same(const Node& node, const Attachment& attachment) {
    Bytes octets;
    for (std::uint64_t i = 0; i < attachment.leaves.size(); ++i)
      octets += tests::must(node.folder.files->read_block(attachment.id, i));
    EXPECT_TRUE(octets == attachment.octets);
  }
  static std::size_t blocks_said(const Node& node) { return only<sync::BlobBlock>(node.said).size(); }

  // What the peer says when it is asked for all of the attachment.
  static Bytes leaves_message(const Attachment& attachment) {
    Bytes octets;
    for (const auto& leaf : attachment.leaves) octets += leaf.view();
    return framed(sync::BlobBlock{{attachment.id, BlobPart::kLeaves, 0, 1}, octets});
  }
  static Bytes block_message(const Attachment& attachment, std::uint64_t index) {
    return framed(sync::BlobBlock{{attachment.id, BlobPart::kContent, index, 1}, Bytes(block(attachment, index))});
  }
  // As if somebody had submitted it, and read it.
  static env::awaitable<void> bring(Node& node, Attachment attachment) {
    const auto leaves = co_await node.blobs.put_leaves(attachment.id, std::move(attachment.leaves));
    EXPECT_TRUE(leaves);
    const auto blocks = co_await node.blobs.put_blocks(attachment.id, 0, std::move(attachment.octets));
    EXPECT_TRUE(blocks);
  }
  static env::awaitable<void> read(Node& node, BlobId id, std::uint64_t index) {
    const auto block = co_await node.blobs.read_block(id, index);
    EXPECT_FALSE(block);
  }

  // Says each of these when b has asked once more, until b ends the link.
  Result<void> answer(std::vector<Bytes> answers) {
    loop.run(answer_requests(std::move(answers)));
    return b.outcome;
  }
  env::awaitable<void> answer_requests(std::vector<Bytes> answers) {
    auto [left, right] = tests::memory_stream_pair();
    OverheardStream b_end(std::move(right), b.said);
    env::TaskGroup tasks(loop.executor());
    tasks.spawn(b.puller.run(tasks.token()));
    tasks.spawn(run_link(b, 1, a.id, b_end, tasks.token()));
    tasks.spawn(read_all(*left));
    for (std::size_t i = 0; i < answers.size(); ++i) {
      std::function<bool()> asked = [this, i] { return only<sync::BlobRequest>(b.said).size() > i; };
      co_await wait_for(std::move(asked));
      co_await say(*left, std::move(answers[i]));
    }
    std::function<bool()> ended = [this] { return b.ended; };
    co_await wait_for(std::move(ended));
    tasks.stop();
    co_await tasks.join();
  }

  // Link 1 of b leads to a peer that listens and answers nothing; when it was asked, link 2 to a opens.
  env::awaitable<void> beside_a_silent_peer(std::function<bool()> until) {
    auto [peer, b_peer] = tests::memory_stream_pair();
    auto [a_end, right] = tests::memory_stream_pair();
    OverheardStream to_peer(std::move(b_peer), b.said);
    env::TaskGroup tasks(loop.executor());
    tasks.spawn(b.puller.run(tasks.token()));
    tasks.spawn(run_link(b, 1, b.id, to_peer, tasks.token()));
    tasks.spawn(read_all(*peer));
    std::function<bool()> asked = [this] { return !only<sync::BlobRequest>(b.said).empty(); };
    co_await wait_for(std::move(asked));
    tasks.spawn(run_link(a, 1, b.id, *a_end, tasks.token()));
    tasks.spawn(run_link(b, 2, a.id, *right, tasks.token()));
    co_await wait_for(std::move(until));
    EXPECT_TRUE(b.links.contains(1));
    tasks.stop();
    co_await tasks.join();
  }

  void expect_refused(const Result<void>& outcome, ErrorCode code) {
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().code.name(), code.name()) << outcome.error().text;
    const auto refusals = only<sync::Refusal>(b.said);
    ASSERT_EQ(refusals.size(), 1U);
    EXPECT_EQ(refusals[0].code, code.name());
    EXPECT_EQ(b.refused(code.name()), 1);
  }
};

// ---- two relays ----

TEST_F(LinkBlobsTest, BringsAttachmentsOfAllSizes) {
  std::vector<Attachment> all;
  std::uint64_t seed = 1;
  for (const std::size_t size : {1U, 16384U, 16385U, 700'000U}) all.push_back(attach(size, seed += 100'000));
  for (const auto& each : all) put(a, each);
  fill(a, project.log().size());
  talk({{{}, [&] { return std::ranges::all_of(all, [&](const auto& each) { return is_whole(b, each); }); }}});
  for (const auto& each : all) expect_same(b, each);
  EXPECT_EQ(b.metrics.value("tamizdat_link_received_blocks_total"), 1 + 1 + 3 + 44);
  EXPECT_EQ(b.metrics.value("tamizdat_link_unneeded_blocks_total"), 0);
  EXPECT_EQ(a.metrics.value("tamizdat_link_sent_blocks_total"), 1 + 1 + 3 + 44);
}

// Entries of a backup that has no attachments.
TEST_F(LinkBlobsTest, BringsAttachmentsOfEntriesThatWereHeldBefore) {
  const auto picture = attach(100'000);
  put(a, picture);
  fill(a, 1);
  fill(b, 1);
  talk({{{}, [&] { return is_whole(b, picture); }}});
  expect_same(b, picture);
}

TEST_F(LinkBlobsTest, BringsOnlyWhatIsMissing) {
  const auto picture = attach(100'000);
  put(a, picture);
  put(b, picture, {2, 5});
  fill(a, 1);
  fill(b, 1);
  talk({{{}, [&] { return is_whole(b, picture); }}});
  expect_same(b, picture);
  EXPECT_EQ(blocks_said(a), 2U);
}

TEST_F(LinkBlobsTest, SendsWhatComesToThePeerLaterAndTellsIt) {
  const auto picture = attach(100'000);
  fill(a, 1);
  const auto come = [&] { boost::asio::co_spawn(loop.executor(), bring(a, picture), boost::asio::detached); };
  talk({{{}, [this] { return !only<sync::BlobNotHeld>(a.said).empty(); }},
        {come, [&] { return is_whole(b, picture); }}});
  expect_same(b, picture);
  EXPECT_EQ(only<sync::BlobHeld>(a.said).size(), 1U);
}

TEST_F(LinkBlobsTest, TwoPartsMakeAWhole) {
  const auto picture = attach(200'000);
  put(a, picture, {0, 1, 2, 3, 9});
  put(b, picture, {4, 5, 6, 7, 8, 10, 11, 12});
  fill(a, 1);
  fill(b, 1);
  talk({{{}, [&] { return is_whole(a, picture) && is_whole(b, picture); }}});
  EXPECT_EQ(blocks_said(a), 8U);
  EXPECT_EQ(blocks_said(b), 5U);
}

TEST_F(LinkBlobsTest, AFileThatWasDamagedIsBroughtAnew) {
  const auto picture = attach(100'000);
  put(a, picture);
  put(b, picture);
  fill(a, 1);
  fill(b, 1);
  const auto damage_and_read = [&] {
    const auto file = tests::must(b.folder.disk.open("relay/attachments/" + picture.id.text()));
    EXPECT_TRUE(file->write_at(3 * format::kBlockBytes + 7, "not as it was"));
    boost::asio::co_spawn(loop.executor(), read(b, picture.id, 3), boost::asio::detached);
  };
  talk({{damage_and_read, [&] { return blocks_said(a) > 0 && is_whole(b, picture); }}});
  expect_same(b, picture);
  EXPECT_EQ(blocks_said(a), 1U);
}

TEST_F(LinkBlobsTest, SendsWhatIsRightOfADamagedFileAndTheRestWhenThatIsHereAgain) {
  const auto picture = attach(100'000);
  put(a, picture);
  fill(a, 1);
  const auto file = tests::must(a.folder.disk.open("relay/attachments/" + picture.id.text()));
  EXPECT_TRUE(file->write_at(3 * format::kBlockBytes + 7, "not as it was"));
  const auto heal = [&] { boost::asio::co_spawn(loop.executor(), bring(a, picture), boost::asio::detached); };
  talk({{{}, [&] { return b.folder.files->missing(picture.id, 9).value() == std::vector{store::BlockRange{3, 1}}; }},
        {heal, [&] { return is_whole(b, picture); }}});
  expect_same(b, picture);
  EXPECT_EQ(b.metrics.value("tamizdat_link_unneeded_blocks_total"), 0);
}

TEST_F(LinkBlobsTest, WaitsForADiskThatIsFull) {
  const auto picture = attach(100'000);
  put(a, picture);
  fill(a, 1);
  b.folder.disk.set_full(true);
  talk({{{}, [this] { return b.log.has_line_with("cannot store attachments"); }},
        {[this] { b.folder.disk.set_full(false); }, [&] { return is_whole(b, picture); }}});
  expect_same(b, picture);
}

// Its file cannot be opened any more; another attachment comes, and the first when its file is well again.
TEST_F(LinkBlobsTest, AFileThatCannotBeReadStopsNoOtherAttachment) {
  const auto picture = attach(100'000);
  const auto other = attach(100'000, 50'000);
  put(a, picture);
  put(b, picture);
  fill(a, 2);
  fill(b, 2);
  const std::string file = "relay/attachments/" + picture.id.text();
  const auto damage_and_read = [&] {
    EXPECT_TRUE(tests::must(b.folder.disk.open(file))->write_at(3 * format::kBlockBytes + 7, "not as it was"));
    b.folder.disk.break_file(file + ".part");
    boost::asio::co_spawn(loop.executor(), read(b, picture.id, 3), boost::asio::detached);
  };
  const auto other_comes = [&] { boost::asio::co_spawn(loop.executor(), bring(a, other), boost::asio::detached); };
  std::vector<Step> steps{{damage_and_read, [this] { return b.log.has_line_with("cannot use the files"); }},
                          {other_comes, [&] { return is_whole(b, other); }}};
  for (int i = 1; i <= 7; ++i)
    steps.push_back({[this] { b.folder.disk.break_file(""); },
                     [this, i] { return loop.clock().elapsed() >= env::milliseconds(i * 49'000); }});
  steps.push_back({{}, [&] { return is_whole(b, picture); }});
  talk(std::move(steps));
  expect_same(b, picture);
}

TEST_F(LinkBlobsTest, AFileThatCannotBeWrittenStopsNoOtherAttachment) {
  const auto picture = attach(100'000);
  const auto other = attach(12'000'000, 50'000);
  put(a, picture);
  put(a, other);
  fill(a, 2);
  b.folder.disk.break_file("relay/attachments/" + picture.id.text() + ".part");
  talk({{{}, [&] { return is_whole(b, other); }}});
  EXPECT_FALSE(is_whole(b, picture));
  EXPECT_LT(loop.clock().elapsed(), env::milliseconds(5'000));  // and it waited for nothing
}

TEST_F(LinkBlobsTest, NobodyAsksForWhatNoEntryNames) {
  const auto picture = attach(100'000);
  put(a, picture);
  talk({{{}, [this] { return loop.clock().elapsed() >= env::milliseconds(3'000); }}});
  EXPECT_TRUE(only<sync::BlobRequest>(b.said).empty());
}

// ---- a peer that keeps no rule ----

TEST_F(LinkBlobsTest, RefusesABlockThatItDidNotAskFor) {
  const auto picture = attach(100'000);
  fill(b, 1);
  expect_refused(abuse({block_message(picture, 0)}), kBlobUnasked);
}

TEST_F(LinkBlobsTest, RefusesAWrongBlock) {
  auto picture = attach(40'000);
  fill(b, 1);
  const Bytes leaves = leaves_message(picture);
  picture.octets[20'000] ^= 1;
  expect_refused(answer({leaves, block_message(picture, 0) + block_message(picture, 1)}), format::kBlockWrong);
  EXPECT_EQ(b.blobs.state(picture.id), store::BlobState::kPart);
}

TEST_F(LinkBlobsTest, DoesNotAskAPeerThatLiedWhenItComesBack) {
  const auto picture = attach(40'000);
  fill(a, 1);
  fill(b, 1);
  put(a, picture);
  auto lie = picture;
  std::swap(lie.leaves[0], lie.leaves[1]);
  expect_refused(answer({leaves_message(lie)}), format::kBlobLeavesWrong);
  b.said.clear();
  const auto after = loop.clock().elapsed() + env::milliseconds(3'000);
  talk({{{}, [&] { return loop.clock().elapsed() >= after; }}});
  EXPECT_TRUE(only<sync::BlobRequest>(b.said).empty());
  EXPECT_FALSE(is_whole(b, picture));
}

TEST_F(LinkBlobsTest, RefusesWrongLeafHashes) {
  auto picture = attach(40'000);
  fill(b, 1);
  std::swap(picture.leaves[0], picture.leaves[1]);
  expect_refused(answer({leaves_message(picture)}), format::kBlobLeavesWrong);
  EXPECT_EQ(b.blobs.state(picture.id), store::BlobState::kUnknown);
}

TEST_F(LinkBlobsTest, RefusesLeafHashesWithoutEnd) {
  const auto picture = attach(40'000);
  fill(b, 1);
  expect_refused(answer({leaves_message(picture) + leaves_message(picture)}), kBlobUnasked);
}

TEST_F(LinkBlobsTest, CutsOffAPeerThatAsksForMoreBlocksThanMayBeUnderWay) {
  const auto picture = attach(1'000'000);
  fill(b, 1);
  put(b, picture);
  b.workers.hold();
  const Bytes request = framed(sync::BlobRequest{{picture.id, BlobPart::kContent, 0, 60}});
  expect_refused(abuse(std::vector<Bytes>(9, request)), kPeerFloods);
}

TEST_F(LinkBlobsTest, AnswersEachBlockInTheOrderOfAsking) {
  const auto picture = attach(100'000);
  const auto other = attach(20'000, 50'000);
  fill(b, 2);
  put(b, picture, {1, 2, 4});
  const Bytes requests = framed(sync::BlobRequest{{other.id, BlobPart::kLeaves, 0, 1}}) +
                         framed(sync::BlobRequest{{picture.id, BlobPart::kContent, 0, 7}}) +
                         framed(sync::BlobRequest{{picture.id, BlobPart::kLeaves, 0, 1}});
  loop.run(stall_while({requests}, {}));
  std::string told;
  for (const auto& message : b.said) {
    if (const auto* const held = std::get_if<sync::BlobBlock>(&message))
      told += (held->run.part == BlobPart::kLeaves ? " leaves " : " block ") + std::to_string(held->run.first);
    if (const auto* const lacks = std::get_if<sync::BlobNotHeld>(&message))
      told += " not " + std::to_string(lacks->run.first) + "+" + std::to_string(lacks->run.count);
  }
  EXPECT_EQ(told, " not 0+1 block 0 not 1+2 block 3 not 4+1 block 5 block 6 leaves 0");
}

// Others would bring it; this one is given no more work.
TEST_F(LinkBlobsTest, ASilentPeerIsReplaced) {
  const auto picture = attach(100'000);
  fill(a, 1);
  fill(b, 1);
  put(a, picture);
  loop.run(beside_a_silent_peer([&] { return is_whole(b, picture); }));
  expect_same(b, picture);
}

}  // namespace
}  // namespace tamizdat::federation
