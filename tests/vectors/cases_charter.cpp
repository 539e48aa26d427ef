#include "tests/vectors/cases.h"
#include "tests/vectors/newsroom.h"
#include "tests/vectors/wire_writer.h"

namespace tamizdat::format {
namespace {

void add(Cases& cases, const std::string& name, std::string expect, std::string comment, std::vector<Bytes> charters) {
  Vector vector{"charter", std::move(expect), std::move(comment), {}, {}};
  for (auto& charter : charters) vector.payloads.emplace_back("charter", std::move(charter));
  cases["charter/" + name] = std::move(vector);
}

Bytes with_signatures(BytesView charter, const std::vector<CharterSignature>& signatures) {
  return serialise_signed_charter({Bytes(charter), signatures});
}

Charter titled(Charter charter, std::string title) {
  charter.title = std::move(title);
  return charter;
}

void add_signature_cases_of_one(Cases& cases, const Charter& first) {
  const Bytes bytes = serialise_charter(first);
  const auto by = [&](std::string_view key) { return sign_charter(bytes, key_named(key)); };
  add(cases, "first", "ok", "version 1, two of three root keys", {sign(first)});
  add(cases, "all-keys", "ok", "three of three root keys", {sign(first, {"root-3", "root-2", "root-1"})});
  add(cases, "stranger-signs-too", "ok", "a signature by a key that is no root key is not looked at",
      {with_signatures(bytes, {by("root-1"), {RootKeyId(public_key_named("stranger")), Bytes(64, 'x')}, by("root-2")})});
  add(cases, "unknown-algorithm-signs-too", "ok", "a signature of a later algorithm is passed over",
      {sign(first) + bytes_field(2, number_field(1, 7) + bytes_field(2, "long key") + bytes_field(3, "signature"))});
  add(cases, "below-threshold", "charter-below-threshold", "one of two", {sign(first, {"root-1"})});
  add(cases, "unsigned", "charter-below-threshold", "none of two", {sign(first, {})});
  add(cases, "same-key-twice", "charter-below-threshold", "one key counts once", {sign(first, {"root-1", "root-1"})});
  add(cases, "desk-signs", "charter-below-threshold", "a desk key does not count", {sign(first, {"root-1", "desk"})});
  add(cases, "altered", "charter-signature-invalid", "signed, then the title was changed",
      {with_signatures(serialise_charter(titled(first, "Вестник")), {by("root-1"), by("root-2")})});
  add(cases, "one-signature-wrong", "charter-signature-invalid", "two good ones do not excuse a wrong one",
      {with_signatures(bytes, {by("root-1"), by("root-2"), {RootKeyId(public_key_named("root-3")), Bytes(64, 'x')}})});
  add(cases, "signed-without-domain", "charter-signature-invalid", "over the bare charter",
      {with_signatures(bytes, {by("root-1"), {RootKeyId(public_key_named("root-2")), key_named("root-2").sign_raw(bytes)}})});
}

void add_succession(Cases& cases, const Charter& first) {
  const Charter second = titled(successor(first), "Вестник Исети и Чусовой");
  const Charter third = successor(second);
  add(cases, "update", "ok", "version 2 names the hash of 1", {sign(first), sign(second)});
  add(cases, "two-updates", "ok", "versions 1, 2, 3", {sign(first), sign(second), sign(third)});
  add(cases, "no-charter", "charter-not-first", "an empty chain", {});
  add(cases, "not-first", "charter-not-first", "a chain that starts with version 2", {sign(second)});
  add(cases, "known", "charter-known", "version 1 twice", {sign(first), sign(first, {"root-2", "root-3"})});
  add(cases, "rolled-back", "charter-rolled-back", "version 1 after version 2",
      {sign(first), sign(second), sign(first)});
  add(cases, "skipped", "charter-skipped", "version 3 after version 1", {sign(first), sign(third)});
  add(cases, "forked", "charter-forked", "another version 2 after version 2",
      {sign(first), sign(second), sign(titled(second, "Иная"))});
  Charter stray = second;
  stray.previous = charter_hash("another charter");
  add(cases, "wrong-previous", "charter-wrong-previous", "version 2 of something else", {sign(first), sign(stray)});
  add(cases, "update-below-threshold", "charter-below-threshold", "version 2 with one signature",
      {sign(first), sign(second, {"root-3"})});
  add(cases, "update-altered", "charter-signature-invalid", "signed, then changed",
      {sign(first), with_signatures(serialise_charter(titled(second, "Иная")),
                                    {sign_charter(serialise_charter(second), key_named("root-1")),
                                     sign_charter(serialise_charter(second), key_named("root-2"))})});
}

void add_rotation(Cases& cases, const Charter& first) {
  Charter rotated = successor(first);
  rotated.root_keys = {RootKeyId(public_key_named("root-4")), RootKeyId(public_key_named("root-5"))};
  add(cases, "rotation", "ok", "all root keys change: two of the old and two of the new have signed",
      {sign(first), sign(rotated, {"root-1", "root-3", "root-4", "root-5"})});
  add(cases, "rotation-without-new", "charter-below-threshold", "the old keys alone cannot install keys that nobody has",
      {sign(first), sign(rotated, {"root-1", "root-2", "root-3"})});
  add(cases, "rotation-without-old", "charter-below-threshold", "the new keys alone cannot take a project over",
      {sign(first), sign(rotated, {"root-4", "root-5"})});
  add(cases, "rotation-one-of-old", "charter-below-threshold", "one of the old is one too few",
      {sign(first), sign(rotated, {"root-1", "root-4", "root-5"})});
  Charter raised = successor(first);
  raised.threshold = 3;
  add(cases, "threshold-raised", "ok", "three of three sign a threshold of three",
      {sign(first), sign(raised, {"root-1", "root-2", "root-3"})});
  add(cases, "threshold-raised-below", "charter-below-threshold", "two sign a threshold of three",
      {sign(first), sign(raised, {"root-1", "root-2"})});
}

void add_closing(Cases& cases, const Charter& first) {
  const DeskId desk = first.desks.front().id;
  const auto closed_at = [&](const Charter& before, std::uint64_t size, std::string_view root) {
    Charter next = successor(before);
    next.desks.clear();
    next.closed_desks = {{desk, "Екатеринбург", size, charter_hash(root)}};
    return next;
  };
  const Charter closed = closed_at(first, 5, "five");
  add(cases, "closing", "ok", "a desk leaves the list by closing", {sign(first), sign(closed)});
  add(cases, "closing-raised", "ok", "from 5 to 7", {sign(first), sign(closed), sign(closed_at(closed, 7, "seven"))});
  add(cases, "closing-kept", "ok", "the same closing in the next version",
      {sign(first), sign(closed), sign(closed_at(closed, 5, "five"))});
  Charter dropped = successor(first);
  dropped.desks.clear();
  add(cases, "desk-dropped", "charter-desk-dropped", "the desk is neither listed nor closed",
      {sign(first), sign(dropped)});
  add(cases, "closing-lowered", "charter-closing-lowered", "from 5 to 4",
      {sign(first), sign(closed), sign(closed_at(closed, 4, "four"))});
  add(cases, "closing-changed", "charter-closing-lowered", "another root at the same size",
      {sign(first), sign(closed), sign(closed_at(closed, 5, "other"))});
  Charter returned = successor(closed);
  returned.closed_desks.clear();
  returned.desks = first.desks;
  add(cases, "closed-key-returns", "charter-closed-key-returns", "the closed desk is listed again",
      {sign(first), sign(closed), sign(returned)});
  Charter forgotten = successor(closed);
  forgotten.closed_desks.clear();
  add(cases, "closing-dropped", "charter-closed-key-returns", "the closing is no longer listed",
      {sign(first), sign(closed), sign(forgotten)});
}

// Envelopes and charters that no library writes: taken and kept unchanged.
void add_odd_bytes(Cases& cases, const Charter& first) {
  const Bytes plain = serialise_charter(first);
  const Bytes unknown = plain + number_field(900, 5) + bytes_field(901, "of a later version") + fixed64_field(902) +
                        fixed32_field(903);
  add(cases, "unknown-fields", "ok", "part of the signed bytes, and so of the project id", {sign_bytes(unknown)});
  add(cases, "unknown-fields-in-envelope", "ok", "outside of the signed bytes", {sign(first) + number_field(900, 5)});
  const Bytes non_minimal = plain + number_field(11, 2, {5, 10});
  add(cases, "non-minimal-varint", "ok", "the threshold again, in fifteen octets", {sign_bytes(non_minimal)});
  const Bytes last_wins = bytes_field(4, "Прежнее название") + plain;
  add(cases, "last-one-counts", "ok", "the title comes twice", {sign_bytes(last_wins)});
  const Bytes reordered = bytes_field(12, number_field(1, 1) + bytes_field(2, public_key_named("desk-2").view())) + plain;
  add(cases, "reordered", "ok", "a desk before the version", {sign_bytes(reordered)});
  const Bytes merged = plain + bytes_field(17, number_field(1, 5)) + bytes_field(17, number_field(2, 2));
  add(cases, "messages-merge", "ok", "the copies policy comes in three parts: five copies, two countries",
      {sign_bytes(merged)});
  const Bytes wrapped = plain + number_field(11, (std::uint64_t{1} << 32) + 2);
  add(cases, "uint32-wraps", "ok", "of a 32-bit field the low 32 bits count: a threshold of 2^32 + 2 is 2",
      {sign_bytes(wrapped)});
}

}  // namespace

void add_charter_cases(Cases& cases) {
  const Charter first = plain_charter();
  add_signature_cases_of_one(cases, first);
  add_succession(cases, first);
  add_rotation(cases, first);
  add_closing(cases, first);
  add_odd_bytes(cases, first);
}

}  // namespace tamizdat::format
