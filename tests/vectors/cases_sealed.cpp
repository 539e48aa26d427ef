#include <functional>

#include "proto/format/letter.h"
#include "proto/format/limits.h"
#include "tests/vectors/cases.h"
#include "tests/vectors/newsroom.h"
#include "tests/vectors/wire_writer.h"

namespace tamizdat::format {
namespace {

// As many octets as wanted that look random and are the same on every machine.
Bytes octets_named(const std::string& name, std::size_t count) {
  Bytes out;
  for (std::uint32_t i = 0; out.size() < count; ++i) out += Bytes(sha256({name, std::to_string(i)}).view());
  out.resize(count);
  return out;
}

Bytes secret_named(const std::string& name) { return octets_named("sealing " + name, 32); }
Hash32 sealing_named(const std::string& name) { return sealing_public_key(secret_named(name)).value(); }
const Timestamp kEnds = *parse_rfc3339("2026-12-08T00:00:00Z");

Bytes flipped(Bytes bytes, std::size_t at) {
  bytes.at(at) = static_cast<char>(bytes.at(at) ^ 1);
  return bytes;
}

void add_slots(Cases& cases) {
  const auto add = [&](const std::string& name, std::string expect, std::string comment, Bytes slot,
                       const std::vector<Bytes>& secrets) {
    Vector vector{"slot", std::move(expect), std::move(comment), {}, {{"slot", std::move(slot)}}};
    for (const auto& secret : secrets) vector.payloads.emplace_back("secret", secret);
    cases["slot/" + name] = std::move(vector);
  };
  const SealedPart part{sha256({"letter"}), 2, 5, "The third part of a letter."};
  const std::vector<Hash32> recipients{sealing_named("Iset"), sealing_named("Kama")};
  const auto seal = [&](const SealedPart& what, const std::vector<Hash32>& to) {
    return seal_slot(what, to, kEnds, kSlotSizes.front(), octets_named("slot", kSlotRandomBytes)).value();
  };
  const Bytes slot = seal(part, recipients);
  const Bytes iset = secret_named("Iset"), kama = secret_named("Kama");
  add("first-recipient", "ok", "opened with one of two keys", slot, {iset});
  add("second-recipient", "ok", "an older key is tried first, and opens nothing", slot, {secret_named("old"), kama});
  add("sixteen-recipients", "ok", "all boxes are used",
      seal(part, std::vector<Hash32>(kSlotRecipients, sealing_named("Iset"))), {iset});
  add("not-ours", "slot-not-ours", "no box is for this key", slot, {secret_named("Ob")});
  add("no-key", "slot-not-ours", "nothing to open it with", slot, {});
  add("one-octet-short", "slot-size-wrong", "16 KiB less one", slot.substr(1), {iset});
  add("empty", "slot-size-wrong", "no octets", "", {iset});
  add("end-within-a-day", "slot-end-wrong", "an hour would tell when it was sent", slot.substr(0, 6) + "\x0e\x10" + slot.substr(8), {iset});
  add("end-zero", "slot-end-wrong", "1970", Bytes(8, '\0') + slot.substr(8), {iset});
  const char* const damaged = "slot-damaged";
  Bytes later = slot;
  Bytes end;
  append_u64_be(end, static_cast<std::uint64_t>(unix_seconds(kEnds) + 86400));
  later.replace(0, 8, end);
  add("end-moved", damaged, "a relay that keeps it for another day", later, {iset});
  add("stream-altered", damaged, "the last octet", flipped(slot, slot.size() - 1), {iset});
  add("tag-altered", damaged, "the encrypted tag", flipped(slot, 1312), {iset});
  add("header-altered", damaged, "of the secretstream", flipped(slot, 1300), {iset});
  std::size_t others = 0;
  for (std::size_t box = 0; box < kSlotRecipients; ++box) {
    const Bytes altered = flipped(slot, 8 + box * 80 + 50);
    const SealingPair pair{sealing_named("Iset"), iset};
    if (open_slot(altered, std::span(&pair, 1)).error().code == kSlotNotOurs)
      add("box-altered", "slot-not-ours", "our own box: it looks like somebody else's", altered, {iset});
    else if (others++ == 0)
      add("box-of-another-altered", damaged, "any box is part of what is authenticated", altered, {iset});
  }
  SealedPart wrong = part;
  wrong.part = 5;
  add("part-beyond-parts", "part-malformed", "part 5 of 5, counted from 0", seal(wrong, recipients), {iset});
  wrong = part;
  wrong.octets.clear();
  add("part-empty", "part-malformed", "no octets", seal(wrong, recipients), {iset});
}

void add_letters(Cases& cases) {
  const Charter first = plain_charter();
  Charter closed = successor(first);
  closed.closed_desks = {{closed.desks[0].id, closed.desks[0].label, 0, sha256({})}};
  closed.desks.clear();
  Desk other;
  other.id = DeskId(public_key_named("desk-2"));
  closed.desks = {other};
  const ProjectId us = ProjectId(charter_hash("us")), them = ProjectId(charter_hash("them"));
  Letter letter{project_of(first), DeskId(public_key_named("desk")), {them, us}, *parse_rfc3339("2026-11-24T07:23:50Z"),
                "смета.pdf", "%PDF: how much the bridge was"};
  const auto add = [&](const std::string& name, std::string expect, std::string comment, Bytes octets, const ProjectId& reader,
                       const std::vector<Bytes>& charters) {
    Vector vector{"letter", std::move(expect), std::move(comment), {}, {}};
    for (const auto& charter : charters) vector.payloads.emplace_back("charter", charter);
    vector.payloads.emplace_back("us", Bytes(reader.view()));
    vector.payloads.emplace_back("letter", std::move(octets));
    cases["letter/" + name] = std::move(vector);
  };
  const std::vector<Bytes> chain{sign(first)};
  const auto with = [&](const std::function<void(Letter&)>& alter, const char* key = "desk") {
    Letter altered = letter;
    alter(altered);
    return sign_letter(altered, key_named(key));
  };
  const Bytes good = with([](Letter&) {});
  add("good", "ok", "to two projects", good, us, chain);
  add("empty-file", "ok", "a file of no octets", with([](Letter& l) { l.content.clear(); }), us, chain);
  add("closed-desk", "ok", "the reader is told: what was signed before its closing cannot be told apart", good, us,
      {sign(first), sign(closed)});
  add("passed-on", "letter-not-for-us", "a recipient sealed it again to us", good, ProjectId(charter_hash("somebody")), chain);
  add("another-project", "letter-of-another-project", "the sender lies about its project",
      with([&](Letter& l) { l.project = them; }), us, chain);
  add("unknown-desk", "letter-of-unknown-desk", "a desk that the charter does not list, with its own signature",
      with([](Letter& l) { l.desk = DeskId(public_key_named("thief")); }, "thief"), us, chain);
  add("signature-of-another", "letter-signature-invalid", "the desk is named and did not sign", with([](Letter&) {}, "thief"), us, chain);
  add("altered", "letter-signature-invalid", "one octet of the signature", flipped(good, good.size() - 1), us, chain);
  const char* const malformed = "letter-malformed";
  add("no-message", malformed, "a text", "this is no message", us, chain);
  add("name-of-a-path", malformed, "a file name leads nowhere", with([](Letter& l) { l.name = "../desk.key"; }), us, chain);
  add("name-empty", malformed, "a file has a name", with([](Letter& l) { l.name.clear(); }), us, chain);
  add("no-recipient", malformed, "to nobody", with([](Letter& l) { l.recipients.clear(); }), us, chain);
  add("recipients-too-many", malformed, "17", with([](Letter& l) { l.recipients.assign(17, l.recipients[1]); }), us, chain);
  add("alg-unknown", malformed, "of a later version", good + number_field(2, 9), us, chain);
}

void add_submissions(Cases& cases) {
  const RelayId relay(public_key_named("relay"));
  const Hash32 slot = sha256({"slot"});
  const SubmittingDesk desk{project_of(plain_charter()), DeskId(public_key_named("desk"))};
  const std::string good = sign_submission(desk, relay, slot, key_named("desk"));
  const auto add = [&](const std::string& name, std::string expect, std::string comment, std::string text, const RelayId& to,
                       const Hash32& of) {
    cases["submission/" + name] = {"submission", std::move(expect), std::move(comment), {},
                                   {{"text", std::move(text)}, {"relay", Bytes(to.view())}, {"slot-id", Bytes(of.view())}}};
  };
  add("good", "ok", "", good, relay, slot);
  add("to-another-relay", "submission-signature-invalid", "a relay cannot spend the quota elsewhere", good,
      RelayId(public_key_named("another")), slot);
  add("of-another-slot", "submission-signature-invalid", "nor for another slot", good, relay, sha256({"another"}));
  add("signature-of-another", "submission-signature-invalid", "the desk is named and did not sign",
      sign_submission(desk, relay, slot, key_named("thief")), relay, slot);
  add("empty", "submission-malformed", "no header", "", relay, slot);
  add("no-base64url", "submission-malformed", "", "####", relay, slot);
  add("project-31-octets", "submission-malformed", "an id has 32",
      to_base64url(from_base64url(good).value() + bytes_field(1, Bytes(31, 'p'))), relay, slot);
}

}  // namespace

void add_sealed_cases(Cases& cases) {
  add_slots(cases);
  add_letters(cases);
  add_submissions(cases);
}

}  // namespace tamizdat::format
