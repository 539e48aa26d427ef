#include "proto/format/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/format/merkle.h"
#include "tests/vectors/newsroom.h"

namespace tamizdat::format {
namespace {

using ::testing::StartsWith;

ProjectId some_project() { return project_of(plain_charter()); }

Bytes some_checkpoint() { return DeskLog(some_project()).head(0); }

std::string_view code_of(BytesView bytes) {
  const auto parsed = parse_checkpoint(bytes);
  return parsed ? "ok" : parsed.error().code.name();
}

Bytes replaced(Bytes text, std::string_view what, std::string_view with) {
  const std::size_t at = text.find(what);
  TMZ_CHECK(at != Bytes::npos);
  return text.replace(at, what.size(), with);
}

// C2SP signed-note, "Example":  example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k
TEST(SignedNote, AgreesWithTheExampleOfC2sp) {
  const Bytes typed_key = from_base64("AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k").value();
  ASSERT_EQ(typed_key.front(), '\x01');
  const Hash32 key = Hash32::from(BytesView(typed_key).substr(1)).value();
  EXPECT_EQ(to_hex(note_key_id("example.com/foo", key)), "530d903a");
  const Bytes signature =
      from_base64("Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=").value();
  EXPECT_EQ(to_hex(signature.substr(0, 4)), "530d903a");
  EXPECT_TRUE(verify_raw(key, "This is an example message.\n", BytesView(signature).substr(4)));
  EXPECT_FALSE(verify_raw(key, "This is an example message.", BytesView(signature).substr(4)));
}

TEST(Checkpoint, HasTheFormOfC2sp) {
  DeskLog log(some_project());
  log.fill(3);
  const std::string origin = "tamizdat/" + log.project().text() + "/" + log.desk().text();
  EXPECT_EQ(log_origin(log.project(), log.desk()), origin);
  const Bytes head = log.head(3);
  EXPECT_THAT(head, StartsWith(origin + "\n3\n" + to_base64(log.root(3).view()) + "\n\n— " + origin + " "));
  EXPECT_EQ(head.back(), '\n');
}

TEST(Checkpoint, ParsesToWhatWasSigned) {
  DeskLog log(some_project());
  log.fill(3);
  const auto parsed = parse_checkpoint(log.head(3));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->project, log.project());
  EXPECT_EQ(parsed->desk, log.desk());
  EXPECT_EQ(parsed->size, 3U);
  EXPECT_EQ(parsed->root, log.root(3));
  EXPECT_TRUE(verify_raw(log.desk().value, parsed->text(), parsed->signature));
  EXPECT_EQ(serialise_checkpoint(*parsed), log.head(3));
}

TEST(Checkpoint, TakesEverySizeUpToTheLimitAndItsOwnBytesFitTheirs) {
  const std::uint64_t largest = std::uint64_t{1} << 48;
  const Bytes bytes = sign_checkpoint(some_project(), largest, leaf_hash("x"), key_named("desk"));
  EXPECT_EQ(parse_checkpoint(bytes)->size, largest);
  EXPECT_LE(bytes.size(), 512U);
  EXPECT_EQ(code_of(replaced(bytes, "281474976710656", "281474976710657")), "checkpoint-malformed");
  EXPECT_EQ(code_of(replaced(bytes, "281474976710656", "18446744073709551616")), "checkpoint-malformed");
}

TEST(Checkpoint, RefusesEveryOtherWayToWriteTheSame) {
  DeskLog log(some_project());
  log.fill(7);
  const Bytes good = log.head(7);
  ASSERT_EQ(code_of(good), "ok");
  EXPECT_EQ(code_of(replaced(good, "\n7\n", "\n07\n")), "checkpoint-not-canonical");
  EXPECT_EQ(code_of(replaced(good, "\n7\n", "\n+7\n")), "checkpoint-malformed");
  EXPECT_EQ(code_of(replaced(good, "\n7\n", "\n-7\n")), "checkpoint-malformed");
  EXPECT_EQ(code_of(replaced(good, "\n7\n", "\n\n")), "checkpoint-malformed");
  EXPECT_EQ(code_of(replaced(good, "\n7\n", "\n7 \n")), "checkpoint-malformed");
  EXPECT_EQ(code_of(replaced(good, "\n7\n", "\r\n7\r\n")), "id-invalid");
  EXPECT_EQ(code_of(replaced(good, "\n\n", "\nextension\n\n")), "checkpoint-malformed");
  EXPECT_EQ(code_of(replaced(good, "— tamizdat", "— tamizdaT")), "checkpoint-not-canonical");
  EXPECT_EQ(code_of(good + good.substr(good.find("— "))), "checkpoint-too-large");  // a second signature
  EXPECT_EQ(code_of(good + "— x AAAA\n"), "checkpoint-malformed");
  EXPECT_EQ(code_of(good + "\n"), "checkpoint-malformed");
  EXPECT_EQ(code_of(good.substr(0, good.size() - 1)), "checkpoint-malformed");
  EXPECT_EQ(code_of(""), "checkpoint-malformed");
}

TEST(Checkpoint, RefusesEveryCutAndEveryAlteredOctet) {
  DeskLog log(some_project());
  log.fill(7);
  const Bytes good = log.head(7);
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(parse_checkpoint(good.substr(0, size)));
  for (std::size_t i = 0; i < good.size(); ++i)
    for (const int flip : {1, 32, 128}) {
      Bytes bad = good;
      bad[i] = static_cast<char>(bad[i] ^ flip);
      const auto parsed = parse_checkpoint(bad);
      // Size, root and signature can be altered within their form; then the signature does not verify.
      if (parsed) {
        EXPECT_FALSE(verify_raw(parsed->desk.value, parsed->text(), parsed->signature)) << i;
      }
    }
}

TEST(Checkpoint, TellsAWrongIdFromAWrongForm) {
  const Bytes good = some_checkpoint();
  EXPECT_EQ(code_of(replaced(good, "tamizdat/tzproject1", "tamizdat/tzdesk1")), "id-invalid");
  const std::string project = some_project().text();
  EXPECT_EQ(code_of(replaced(good, project, DeskId(some_project().value).text())), "id-of-another-kind");
  EXPECT_EQ(code_of(replaced(good, "tamizdat/", "samizdat/")), "checkpoint-malformed");
}

TEST(Checkpoint, OfAnEmptyLogHasTheEmptyRoot) {
  EXPECT_EQ(code_of(some_checkpoint()), "ok");
  EXPECT_EQ(code_of(replaced(some_checkpoint(), to_base64(empty_root().view()), to_base64(leaf_hash("x").view()))),
            "checkpoint-malformed");
  EXPECT_DEATH(sign_checkpoint(some_project(), 0, leaf_hash("x"), key_named("desk")), "broken invariant");
}

TEST(LogId, DependsOnProjectAndDeskOnly) {
  const ProjectId project = some_project();
  const DeskId desk(public_key_named("desk"));
  EXPECT_EQ(log_id(project, desk).value,
            sha256({BytesView("tamizdat/v1/log\0", 16), project.view(), desk.view()}));
  EXPECT_NE(log_id(ProjectId(desk.value), DeskId(project.value)), log_id(project, desk));
}

}  // namespace
}  // namespace tamizdat::format
