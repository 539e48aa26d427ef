// What thieves and rivals send to relays, and the program would not.
//
//   rogue_desk head HOME OUT
//     The whole log of a home, as a bundle under its own newest head.
//   rogue_desk copy CHARTERS BUNDLE FOLDER
//     A desk of another project publishes the ciphertext of the sealed article that the bundle begins with as its own, and then
//     the key of the EMBARGO_KEY entry that follows there: FOLDER/charters and FOLDER/bundle. Prints its entry's id.

#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "client-lib/desk/desk_store.h"
#include "proto/format/archive.h"
#include "tests/support/project_builder.h"

namespace {

using namespace tamizdat;
using tests::must;

Bytes read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::string& path, BytesView octets) {
  std::ofstream(path, std::ios::binary).write(octets.data(), static_cast<std::streamsize>(octets.size()));
}

int head(const std::string& home, const std::string& out) {
  auto store = must(desk::DeskStore::open(home));
  write(out, must(store.log().bundle(0)));
  return 0;
}

format::VerifiedCharter charter_of(BytesView archive) {
  std::optional<format::VerifiedCharter> out;
  for (const auto& record : must(format::parse_archive(archive)))
    out = must(out ? format::verify_charter_update(*out, record.bytes) : format::verify_first_charter(record.bytes));
  return *out;
}

int copy(const std::string& charters, const std::string& bundle, const std::string& folder) {
  const auto verified = must(format::verify_bundle(charter_of(read(charters)), read(bundle)));
  const auto& sealed = verified.entries()[0];
  const auto& opening = verified.entries()[1];
  const auto key = format::body_key_of(opening.header(), *opening.body());
  tests::ProjectBuilder thief({.seed = 7, .desks = 1, .title = "Thief"});
  auto header = thief.log().next_header(format::EntryKind::kArticle, {});
  header.not_before = sealed.header().not_before;
  header.key_commitment = sealed.header().key_commitment;
  const EntryId copied = thief.log().append_raw(header, Bytes(*sealed.body()));
  thief.log().append_key(copied, key->key);
  Bytes archive;
  for (const auto& charter : thief.charters()) format::append_record(archive, format::RecordKind::kSignedCharter, charter.signed_bytes());
  write(folder + "/charters", archive);
  write(folder + "/bundle", thief.log().bundle_bytes(0, thief.log().size()));
  std::printf("%s\n", copied.text().c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "head" && argc == 4) return head(argv[2], argv[3]);
  if (what == "copy" && argc == 5) return copy(argv[2], argv[3], argv[4]);
  std::fprintf(stderr, "usage: rogue_desk head HOME OUT | rogue_desk copy CHARTERS BUNDLE FOLDER\n");
  return 2;
}
