// Whoever signs a charter sees all that it changes.
#include <tamizdat/charter.h>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <set>

#include "client-lib/client/charter_edit.h"
#include "proto/format/archive.h"
#include "proto/format/tamizdat.pb.h"
#include "tests/unit/client-lib/support/newsroom.h"

namespace tamizdat::client {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using tests::key_from;
using tests::octets_from;
using tests::passphrase;
using tests::value_of;

// Has every field of the schema.
format::Charter whole_charter() {
  format::Charter out = tests::ProjectBuilder({1, 2, "Uralsk Courier"}).charter().content();
  out.version = 2;
  out.previous = octets_from("charter", 1);
  out.expires_at = tests::kTestTime + std::chrono::days(400);
  for (auto& desk : out.desks) {
    desk.languages = {"ru", "ba"};
    desk.regions = {"RU-SVE", "RU-BA"};
    desk.not_before = tests::kTestTime;
    desk.not_after = tests::kTestTime + std::chrono::days(100);
    desk.entries_per_day = 50;
    desk.bytes_per_day = 50'000'000;
  }
  for (std::uint64_t i = 0; i < 2; ++i) {
    out.closed_desks.push_back({DeskId(key_from("closed", i).public_key()), "closed", 7, octets_from("root", i)});
    out.sealing_keys.push_back({octets_from("sealing", i), tests::kTestTime, tests::kTestTime + std::chrono::days(90)});
    out.mirrors.push_back({"https://mirror.example/" + std::to_string(i), "GE", octets_from("pin", i)});
  }
  for (std::uint64_t i = 0; i < 3; ++i)
    out.witness.relays.push_back({RelayId(key_from("relay", i).public_key()), std::array{"GE", "RS", "AM"}[i], key_from("witness", i).public_key(), key_from("mirror", i).public_key()});
  out.witness.quorum = 2;
  out.witness.fresh_for = std::chrono::hours(24);
  // Not the defaults, which a 0 stands for as well.
  out.copies = {5, 2};
  out.erase_delay = std::chrono::hours(24);
  out.languages = {"ru", "tt"};
  out.regions = {"RU-SVE", "RU-PER"};
  return out;
}

// Other values that the field could have.
std::vector<std::function<void(Message&)>> mutations(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<std::function<void(Message&)>> out;
  const auto add_text = [&](const std::string& value) {
    out.emplace_back([&reflection, &field, value](Message& target) {
      if (field.is_repeated())
        reflection.SetRepeatedString(&target, &field, 0, value);
      else
        reflection.SetString(&target, &field, value);
    });
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string now = field.is_repeated() ? reflection.GetRepeatedString(message, &field, 0) : reflection.GetString(message, &field);
      if (field.type() == FieldDescriptor::TYPE_BYTES)
        add_text(Bytes(key_from("another", 1).public_key().view()));
      else
        for (const auto& value : {now + "x", std::string("DE")}) add_text(value);
      break;
    }
    case FieldDescriptor::CPPTYPE_UINT64:
      for (const std::uint64_t value : {reflection.GetUInt64(message, &field) + 1, std::uint64_t{0}})
        out.emplace_back([&reflection, &field, value](Message& target) { reflection.SetUInt64(&target, &field, value); });
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      for (const std::uint32_t value : {reflection.GetUInt32(message, &field) + 1, reflection.GetUInt32(message, &field) - 1})
        out.emplace_back([&reflection, &field, value](Message& target) { reflection.SetUInt32(&target, &field, value); });
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      for (const std::int64_t value : {reflection.GetInt64(message, &field) + 1, std::int64_t{0}})
        out.emplace_back([&reflection, &field, value](Message& target) { reflection.SetInt64(&target, &field, value); });
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      out.emplace_back([&reflection, &field](Message& target) { reflection.SetEnumValue(&target, &field, 99); });
      break;
    default: ADD_FAILURE() << "a field of a new type: " << field.full_name();
  }
  return out;
}

class Walker {
 public:
  explicit Walker(const format::Charter& charter) : before_(charter) { EXPECT_TRUE(root_.ParseFromString(format::serialise_charter(charter))); }
  void walk() { walk(root_); }
  std::set<std::string> fields, unparsed;

 private:
  void walk(Message& message) {
    const auto& schema = *message.GetDescriptor();
    const Reflection& reflection = *message.GetReflection();
    for (int i = 0; i < schema.field_count(); ++i) {
      const FieldDescriptor& field = *schema.field(i);
      // The rule of succession gives the first two, chance the third; the time of issue stands in the first line of a request.
      if (&message == &root_ && (field.name() == "version" || field.name() == "previous" || field.name() == "nonce" || field.name() == "issued_at")) continue;
      if (field.is_repeated()) {
        ASSERT_GT(reflection.FieldSize(message, &field), 1) << field.full_name() << ": whole_charter() lacks it";
        reflection.SwapElements(&message, &field, 0, 1);
        expect_shown(field);
        reflection.SwapElements(&message, &field, 0, 1);
      } else {
        ASSERT_TRUE(field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE ? reflection.HasField(message, &field) : true) << field.full_name();
      }
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        walk(field.is_repeated() ? *reflection.MutableRepeatedMessage(&message, &field, 0) : *reflection.MutableMessage(&message, &field));
        continue;
      }
      fields.insert(field.full_name());
      bool is_parsed = false;
      for (const auto& mutate : mutations(message, field)) {
        const std::unique_ptr<Message> kept(message.New());
        kept->CopyFrom(message);
        mutate(message);
        is_parsed |= expect_shown(field);
        message.CopyFrom(*kept);
      }
      if (!is_parsed) unparsed.insert(field.full_name());
    }
  }
  // False where no charter may be so.
  bool expect_shown(const FieldDescriptor& field) {
    const Bytes octets = root_.SerializeAsString();
    const auto after = format::parse_charter(octets);
    if (!after) return false;
    EXPECT_FALSE(changes_between(before_, *after).empty()) << field.full_name() << " changes and is not shown";
    return true;
  }

  format::Charter before_;
  v1::Charter root_;
};

TEST(CharterChanges, EveryFieldThatChangesAloneIsShown) {
  Walker walker(whole_charter());
  walker.walk();
  EXPECT_GT(walker.fields.size(), 35U);
  // Root and desk keys of an algorithm that this version does not know make a charter that it cannot read at all.
  EXPECT_EQ(walker.unparsed, (std::set<std::string>{"tamizdat.v1.RootKey.alg", "tamizdat.v1.Desk.alg", "tamizdat.v1.ClosedDesk.alg"}));
}

TEST(CharterChanges, DurationsAndTimesAreNotRounded) {
  const auto before = whole_charter();
  auto after = before;
  after.erase_delay += seconds(1);
  after.expires_at = *after.expires_at + seconds(1);
  const auto changes = changes_between(before, after);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_NE(changes[0].find("12:00:01Z"), std::string::npos) << changes[0];
  EXPECT_EQ(changes[1], "erase delay: 24 hours -> 86401 seconds");
}

TEST(CharterChanges, WhatOnlyTheFormTellsApartIsToldApart) {
  auto before = whole_charter();
  before.mirrors = {{"https://a.example GE", "", std::nullopt}};
  auto after = before;
  after.mirrors = {{"https://a.example", "GE", std::nullopt}};
  EXPECT_EQ(changes_between(before, after).size(), 2U);
  before.contact = "none";
  after = before;
  after.contact.clear();
  EXPECT_EQ(changes_between(before, after).size(), 1U);
  before.mirrors = {{"https://a.example", "GE", std::nullopt}};
  after = before;
  after.mirrors.push_back(after.mirrors.front());
  EXPECT_EQ(changes_between(before, after).size(), 1U);
}

const Bytes kLaterField("\xC2\x0C\x01x", 4);  // number 200

TEST(CharterChanges, AFieldOfALaterVersionIsToldAndNotSignedUnseen) {
  tests::Newsroom room;
  const auto project = room.create();
  CharterEdit edit;
  edit.title = "Newer";
  const std::string file = (room.folder.path() / "request").string();
  EXPECT_TRUE(value_of(request_update({room.home, "", {}, "", {}, true}, edit, file, room.edges)).is_shown_whole);
  auto records = *format::parse_archive(room.read(file));
  auto parts = *format::parse_signed_charter(records.back().bytes);
  for (const bool is_nested : {false, true}) {
    v1::Charter message;
    ASSERT_TRUE(message.ParseFromString(parts.charter));
    if (is_nested) message.mutable_desks(0)->mutable_scope()->MergeFromString(kLaterField);
    const Bytes charter = message.SerializeAsString() + (is_nested ? Bytes() : kLaterField);
    Bytes archive;
    format::append_record(archive, format::RecordKind::kSignedCharter, records.front().bytes);
    format::append_record(archive, format::RecordKind::kSignedCharter, format::serialise_signed_charter({charter, {}}));
    const std::string later = room.write(is_nested ? "nested" : "later", archive);
    const auto info = value_of(read_request(later));
    EXPECT_FALSE(info.is_shown_whole);
    EXPECT_NE(info.changes.back().find("cannot show"), std::string::npos);
    const auto refused = sign_request(later, project.root_key_files[0], passphrase("root"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "changes-not-shown");
    EXPECT_EQ(room.read(later), archive);
    EXPECT_EQ(value_of(sign_request(later, project.root_key_files[0], passphrase("root"), {.another = true, .unshown = true})).signed_by.size(), 1U);
  }
}

TEST(CharterChanges, ACharterOfALaterVersionIsNotWrittenAnewWithoutWhatItSays) {
  const auto first = tests::ProjectBuilder().charter();
  format::SignedCharter later{format::parse_signed_charter(first.signed_bytes())->charter + kLaterField, {}};
  for (std::uint64_t i = 0; i < 2; ++i) later.signatures.push_back(format::sign_charter(later.charter, key_from("root key " + std::to_string(i), 1)));
  const auto current = tests::must(format::verify_first_charter(format::serialise_signed_charter(later)));
  CharterEdit edit;
  edit.title = "Newer";
  const auto next = next_charter(current, edit, tests::kTestTime, Bytes(format::kNonceBytes, 'n'));
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, kCharterOfLaterVersion);
  EXPECT_TRUE(next_charter(first, edit, tests::kTestTime, Bytes(format::kNonceBytes, 'n')));
}

}  // namespace
}  // namespace tamizdat::client
