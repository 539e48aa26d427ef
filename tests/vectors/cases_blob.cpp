#include "proto/format/attachment.h"
#include "proto/format/limits.h"
#include "tests/vectors/cases.h"
#include "tests/vectors/newsroom.h"

namespace tamizdat::format {
namespace {

// Blocks of one octet each: block i holds the octet 'a' + i. `size` octets in all.
Bytes striped(std::size_t size) {
  Bytes out;
  for (std::size_t i = 0; out.size() < size; ++i)
    out.append(std::min(kBlockBytes, size - out.size()), static_cast<char>('a' + i));
  return out;
}

Bytes joined(std::span<const Hash32> hashes) {
  Bytes out;
  for (const auto& hash : hashes) out += hash.view();
  return out;
}

struct Block {
  BlobId blob;
  std::uint64_t index = 0;
  Bytes content;
  std::vector<Hash32> path;
};

Block block_of(std::size_t size, std::uint64_t index) {
  const Bytes blob = striped(size);
  const auto tree = BlobTree::from_bytes(blob).value();
  return {tree.id(), index, blob.substr(index * kBlockBytes, kBlockBytes), tree.path(index)};
}

void add_block(Cases& cases, const std::string& name, std::string expect, std::string comment, const Block& block) {
  cases["block/" + name] = {
      "block",
      std::move(expect),
      std::move(comment),
      {{"size", std::to_string(block.blob.size)}, {"index", std::to_string(block.index)}},
      {{"root", Bytes(block.blob.root.view())}, {"block", block.content}, {"path", joined(block.path)}}};
}

void add_leaves(Cases& cases, const std::string& name, std::string expect, std::string comment, const BlobId& blob,
                std::span<const Hash32> leaves) {
  cases["leaves/" + name] = {"leaves",
                             std::move(expect),
                             std::move(comment),
                             {{"size", std::to_string(blob.size)}},
                             {{"root", Bytes(blob.root.view())}, {"leaves", joined(leaves)}}};
}

void add_blocks(Cases& cases) {
  constexpr std::size_t kFive = 4 * kBlockBytes + 9;
  add_block(cases, "only", "ok", "a blob of one octet: its root is its hash", block_of(1, 0));
  add_block(cases, "only-and-full", "ok", "a blob of one whole block", block_of(kBlockBytes, 0));
  add_block(cases, "second-of-two", "ok", "the last block has one octet", block_of(kBlockBytes + 1, 1));
  add_block(cases, "first-of-five", "ok", "the tree is filled up to eight leaves", block_of(kFive, 0));
  add_block(cases, "last-of-five", "ok", "beside zero leaves", block_of(kFive, 4));

  Block bad = block_of(kFive, 1);
  bad.content = block_of(kFive, 2).content;
  add_block(cases, "swapped", "block-wrong", "block 2 in the place of block 1", bad);
  bad = block_of(kFive, 1);
  bad.index = 2;
  add_block(cases, "other-index", "block-wrong", "block 1 with its path, said to be block 2", bad);
  bad = block_of(kFive, 4);
  bad.index = 5;
  add_block(cases, "index-beyond", "block-wrong", "there are blocks 0 to 4", bad);
  bad = block_of(kFive, 4);
  bad.content += 'e';
  add_block(cases, "longer", "block-wrong", "the last block has nine octets", bad);
  bad = block_of(kFive, 1);
  bad.path[2].octets[0] ^= 1;
  add_block(cases, "path-altered", "block-wrong", "one bit of the path differs", bad);
  bad = block_of(kFive, 1);
  bad.path.pop_back();
  add_block(cases, "path-too-short", "block-path-length", "three hashes are needed", bad);
  bad = block_of(kFive, 1);
  bad.path.emplace_back();
  add_block(cases, "path-too-long", "block-path-length", "three hashes are needed", bad);
  bad = block_of(kFive, 4);
  bad.blob.size = 5 * kBlockBytes;
  bad.content = Bytes(kBlockBytes, 'e');
  add_block(cases, "other-size", "block-wrong", "the root alone does not bind the size, so each name has both", bad);
  bad.blob.size = 0;
  add_block(cases, "size-zero", "blob-size-invalid", "a blob has at least one octet", bad);
  bad.blob.size = kAttachmentBytesMax + 1;
  add_block(cases, "size-above-limit", "blob-size-invalid", "4 GiB and one octet", bad);
}

}  // namespace

void add_blob_cases(Cases& cases) {
  add_blocks(cases);
  const auto tree = BlobTree::from_bytes(striped(4 * kBlockBytes + 9)).value();
  std::vector<Hash32> leaves(tree.leaves().begin(), tree.leaves().end());
  add_leaves(cases, "five", "ok", "filled up with zero leaves to eight", tree.id(), leaves);
  add_leaves(cases, "size-zero", "blob-size-invalid", "a blob has at least one octet", {tree.id().root, 0}, leaves);
  add_leaves(cases, "size-above-limit", "blob-size-invalid", "4 GiB and one octet",
             {tree.id().root, kAttachmentBytesMax + 1}, leaves);
  std::swap(leaves[1], leaves[3]);
  add_leaves(cases, "swapped", "blob-leaves-wrong", "two leaves change places", tree.id(), leaves);
  std::swap(leaves[1], leaves[3]);
  leaves.emplace_back();
  add_leaves(cases, "zero-leaf-more", "blob-leaves-wrong", "the zeros are not part of the list", tree.id(), leaves);
}

}  // namespace tamizdat::format
