// A desk whose articles name attachments: writes what it would send to a relay into FOLDER.
//
//   attachment_desk FOLDER FILE...
//
// makes FOLDER/charters (archive of the charter chain), FOLDER/bundle (an article for each FILE that names it),
// FOLDER/leaves.N (leaf hashes of the N-th, from 0 on), and prints the log's id and then the ids of the attachments, a line
// each.

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "proto/format/archive.h"
#include "proto/format/attachment.h"
#include "tests/support/project_builder.h"

namespace {

using namespace tamizdat;

Bytes read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::string& path, BytesView octets) {
  std::ofstream(path, std::ios::binary).write(octets.data(), static_cast<std::streamsize>(octets.size()));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: attachment_desk FOLDER FILE...\n");
    return 2;
  }
  const std::string folder = argv[1];
  tests::ProjectBuilder project;
  std::printf("%s\n", project.log().id().text().c_str());
  for (int i = 2; i < argc; ++i) {
    const auto tree = tests::must(format::BlobTree::from_bytes(read(argv[i])));
    project.log().append_with_attachment(tree.id());
    Bytes leaves;
    for (const auto& leaf : tree.leaves()) leaves += leaf.view();
    write(folder + "/leaves." + std::to_string(i - 2), leaves);
    std::printf("%s\n", tree.id().text().c_str());
  }
  Bytes charters;
  for (const auto& charter : project.charters())
    format::append_record(charters, format::RecordKind::kSignedCharter, charter.signed_bytes());
  write(folder + "/charters", charters);
  write(folder + "/bundle", project.log().bundle_bytes(0, project.log().size()));
}
