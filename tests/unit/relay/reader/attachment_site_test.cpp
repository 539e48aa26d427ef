#include "relay/reader/attachment_site.h"

#include <gtest/gtest.h>

#include "proto/format/limits.h"
#include "tests/support/loop_workers.h"
#include "tests/support/store_fault_disk.h"
#include "tests/unit/relay/reader/newsroom.h"

namespace tamizdat::reader {
namespace {

class AttachmentSiteTest : public testing::Test {
 protected:
  AttachmentSiteTest() {
    for (std::size_t i = 0; octets.size() < 2 * format::kBlockBytes + 9; ++i) octets += std::to_string(i);
    tree = format::BlobTree::from_bytes(octets).value();
  }
  static std::unique_ptr<store::BlobFiles> open_files(tests::FaultDisk& disk) {
    TMZ_CHECK(disk.make_folder("relay").has_value());
    return tests::must(store::BlobFiles::open(disk, "relay/attachments"));
  }
  // An article with the attachment.
  void publish(std::string media_type) {
    auto body = body_of("With a picture");
    format::Attachment attachment;
    attachment.blob = tree->id();
    attachment.media_type = std::move(media_type);
    body.attachments.push_back(attachment);
    room.publish(room.add_project("Courier"), body);
  }
  void put_all() {
    ASSERT_TRUE(files->put_leaves(tree->id(), {tree->leaves().begin(), tree->leaves().end()}));
    for (std::size_t i = 0; i < tree->leaves().size(); ++i)
      ASSERT_TRUE(files->put_block(tree->id(), i, BytesView(octets).substr(i * format::kBlockBytes, format::kBlockBytes)));
  }
  http::Response get(std::string path, http::Method method = http::Method::kGet) {
    http::Request request;
    request.method = method;
    request.path = std::move(path);
    return loop.run(site.handle(request));
  }
  std::string path() const { return "/b/" + tree->id().text(); }
  std::string read(const http::Response& response, std::uint64_t from) {
    std::string out;
    while (from + out.size() < response.source->size) {
      const auto more = loop.run(response.source->read(from + out.size()));
      if (!more) return "(" + std::string(more.error().code.name()) + ")";
      out += *more;
    }
    return out;
  }

  tests::TestLoop loop;
  tests::LoopWorkers workers{loop.executor()};
  Newsroom room;
  tests::FaultDisk disk;
  std::unique_ptr<store::BlobFiles> files = open_files(disk);
  store::Blobs blobs{room.store, *files, workers};
  AttachmentSite site{room.store, blobs, workers};
  Bytes octets;
  std::optional<format::BlobTree> tree;
};

TEST_F(AttachmentSiteTest, GivesOutWhatAnEntryNames) {
  publish("image/jpeg");
  EXPECT_EQ(get(path()).status, 404);
  put_all();
  const auto response = get(path());
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.find("Content-Type"), "image/jpeg");
  EXPECT_EQ(response.headers.find("X-Content-Type-Options"), "nosniff");
  EXPECT_FALSE(response.headers.find("Content-Disposition"));
  ASSERT_TRUE(response.source);
  EXPECT_EQ(response.source->size, octets.size());
  EXPECT_EQ(read(response, 0), octets);
  EXPECT_EQ(read(response, format::kBlockBytes + 5), octets.substr(format::kBlockBytes + 5));
}

TEST_F(AttachmentSiteTest, GivesOutNothingThatNoEntryNames) {
  put_all();
  EXPECT_EQ(get(path()).status, 404);
  EXPECT_EQ(get("/b/tzblob1nothing").status, 404);
  EXPECT_EQ(get("/b").status, 404);
  publish("image/jpeg");
  EXPECT_EQ(get(path(), http::Method::kPost).status, 405);
}

TEST_F(AttachmentSiteTest, WhatMayRunIsADownload) {
  for (const auto* type : {"image/svg+xml", "text/html", "", "IMAGE/JPEG", "image/jpeg\r\nX: y"})
    EXPECT_EQ(served_type(type), "application/octet-stream") << type;
  publish("text/html");
  put_all();
  const auto response = get(path());
  EXPECT_EQ(response.headers.find("Content-Type"), "application/octet-stream");
  EXPECT_EQ(response.headers.find("Content-Disposition"), "attachment");
  EXPECT_EQ(response.headers.find("Content-Security-Policy"), "default-src 'none'; sandbox");
}

TEST_F(AttachmentSiteTest, ARenditionHasItsOwnType) {
  const auto whole = tree->id();
  octets = "a smaller picture";
  tree = format::BlobTree::from_bytes(octets).value();
  auto body = body_of("With a picture");
  format::Attachment attachment;
  attachment.blob = whole;
  attachment.media_type = "image/png";
  attachment.renditions.push_back({tree->id(), "image/webp", 640, 360});
  body.attachments.push_back(attachment);
  room.publish(room.add_project("Courier"), body);
  put_all();
  const auto response = get(path());
  EXPECT_EQ(response.headers.find("Content-Type"), "image/webp");
  EXPECT_EQ(read(response, 0), octets);
}

}  // namespace
}  // namespace tamizdat::reader
