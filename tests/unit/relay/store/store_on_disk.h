// A small store in a temporary folder, for tests of what reads whole stores.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "relay/store/segment_store.h"
#include "relay/store/store_check.h"
#include "tests/support/store_contract.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/relay/store/segment_folder.h"

namespace tamizdat::tests {

namespace fs = std::filesystem;
using store::SegmentStore;
using store::StoreFindings;

// A store of one log with 300 articles in 30 groups and several segments, closed in order.
class StoreOnDisk : public testing::Test {
 protected:
  StoreOnDisk() {
    settings.folder = folder.path().string() + "/store";
    settings.segment_bytes = 8 * 1024;
    project.log().append_articles(300);
    const auto store = open();
    commit_charters(*store);
    for (std::uint64_t from = 0; from < 300; from += 10) commit(*store, from, from + 10);
    must_close(*store);
  }

  std::unique_ptr<SegmentStore> open() { return must(SegmentStore::open(disk, settings)); }
  void commit_charters(store::Store& store) { ASSERT_TRUE(commit_one(store, batch_of(project.charters()))); }
  void commit(store::Store& store, std::uint64_t from, std::uint64_t to) {
    ASSERT_TRUE(commit_one(store, batch_of(project.log().bundle(from, to))));
  }
  static void must_close(SegmentStore& store) { ASSERT_TRUE(store.close()); }

  StoreFindings check() { return must(store::check_store(disk, settings.folder)); }

  // Turns one bit over in the first place of the store where these octets stand.
  void damage(BytesView octets, std::size_t offset = 0) {
    for (const auto& path : segments(settings.folder)) {
      std::string content = read(path);
      const std::size_t at = content.find(octets);
      if (at == std::string::npos) continue;
      content[at + offset] = static_cast<char>(content[at + offset] ^ 1);
      return write(path, content);
    }
    FAIL() << "not in the store";
  }
  // Writes the record of the entry with this header anew, with a checksum that is right.
  template <typename Change>
  void forge(const Bytes& entry_header, Change change) {
    constexpr std::size_t kBeforeHeader = store::kFrameBytes + 18;  // see segment_format.h
    for (const auto& path : segments(settings.folder)) {
      std::string content = read(path);
      const std::size_t found = content.find(entry_header);
      if (found == std::string::npos) continue;
      const auto framed = store::decode_record(BytesView(content).substr(found - kBeforeHeader));
      ASSERT_TRUE(framed);
      const auto& record = std::get<store::EntryRecord>(framed->record);
      Bytes header(record.header);
      Bytes body(record.stored_body);
      change(header, body);
      Bytes forged;
      store::append_record(forged, store::EntryRecord{record.received_at, record.coding, record.size, header, body});
      ASSERT_EQ(forged.size(), framed->size);
      return write(path, content.replace(found - kBeforeHeader, forged.size(), forged));
    }
    FAIL() << "not in the store";
  }
  Bytes header(std::uint64_t index) {
    const auto store = open();
    Bytes out = must(store->entry(project.log().id(), index)).header;
    must_close(*store);
    return out;
  }
  std::string entry_text(std::uint64_t index) { return "entry " + std::to_string(index) + " of log " + project.log().id().text(); }

  TemporaryFolder folder;
  store::PosixDisk disk;
  store::SegmentStoreSettings settings;
  ProjectBuilder project;
};

}  // namespace tamizdat::tests
