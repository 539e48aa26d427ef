#include "proto/format/cosignature.h"
#include "proto/format/limits.h"
#include "proto/format/receipt.h"
#include "proto/format/relay_descriptor.h"
#include "proto/format/wire.h"
#include "tests/vectors/cases.h"
#include "tests/vectors/newsroom.h"
#include "tests/vectors/wire_writer.h"

namespace tamizdat::format {
namespace {

const Timestamp kTime = *parse_rfc3339("2026-11-24T07:23:50Z");

RelayId relay_named(std::string_view name) { return RelayId(public_key_named(name)); }

Bytes replaced(Bytes text, std::string_view what, std::string_view with) {
  const std::size_t at = text.rfind(what);
  TMZ_CHECK(at != Bytes::npos);
  return text.replace(at, what.size(), with);
}

// --- cosigned heads

void add_cosigned(Cases& cases, const std::string& name, std::string expect, std::string comment, Bytes bytes) {
  cases["cosigned-head/" + name] = {"cosigned-head",
                                    std::move(expect),
                                    std::move(comment),
                                    {},
                                    {{"key", Bytes(public_key_named("witness").view())}, {"cosigned-head", std::move(bytes)}}};
}

Bytes line_of(const RelayId& relay, BytesView octets) {
  return "— " + witness_name(relay) + " " + to_base64(octets) + "\n";
}

Bytes cosigned(const DeskLog& log, std::string_view key, Timestamp time = kTime) {
  return cosign(log.head(7), relay_named("relay"), key_named(key), time);
}

// What stands behind the name, altered, under the same head.
template <typename Alter>
Bytes with_octets(const DeskLog& log, Alter alter) {
  const Bytes good = cosigned(log, "witness");
  Bytes octets = from_base64(std::string_view(good).substr(good.rfind(' ') + 1, good.size() - good.rfind(' ') - 2)).value();
  alter(octets);
  return log.head(7) + line_of(relay_named("relay"), octets);
}

void add_bad_cosigned_forms(Cases& cases, const DeskLog& log) {
  const Bytes good = cosigned(log, "witness");
  const auto malformed = [&](const std::string& name, std::string comment, Bytes bytes) {
    add_cosigned(cases, name, "cosignature-malformed", std::move(comment), std::move(bytes));
  };
  add_cosigned(cases, "too-large", "cosignature-too-large", "a second cosignature is above 768 octets",
               good + good.substr(log.head(7).size()));
  malformed("empty", "nothing at all", "");
  malformed("one-line", "a line feed alone", "\n");
  malformed("no-last-newline", "cut by one octet", good.substr(0, good.size() - 1));
  malformed("no-dash", "the line begins with a hyphen", replaced(good, "—", "-"));
  malformed("other-name", "a cosigner that is no relay of Tamizdat", replaced(good, "tamizdat/tzrelay", "example.com/tzrelay"));
  malformed("short", "without its last octet", with_octets(log, [](Bytes& octets) { octets.pop_back(); }));
  malformed("without-time", "a plain signature of a note: key id and 64 octets",
            with_octets(log, [](Bytes& octets) { octets.erase(4, 8); }));
  malformed("after-9999", "one second later than a time can be", with_octets(log, [](Bytes& octets) {
              Bytes time;
              append_u64_be(time, static_cast<std::uint64_t>(unix_seconds(kTimestampMax)) + 1);
              octets.replace(4, 8, time);
            }));
  malformed("time-above-2-63", "a time with the highest bit set",
            with_octets(log, [](Bytes& octets) { octets[4] = '\x80'; }));
  add_cosigned(cases, "without-cosignature", "checkpoint-malformed", "the head by itself", log.head(7));
  add_cosigned(cases, "two-cosignatures-of-a-short-head", "checkpoint-malformed", "exactly one belongs there",
               "x\n" + good.substr(log.head(7).size()) + good.substr(log.head(7).size()));
  add_cosigned(cases, "name-typing-error", "id-invalid", "one character more in the relay id",
               replaced(good, "tzrelay1", "tzrelay1q"));
  add_cosigned(cases, "name-of-another-kind", "id-of-another-kind", "a desk id where the relay id belongs",
               replaced(good, relay_named("relay").text(), log.desk().text()));
  add_cosigned(cases, "two-spaces", "id-invalid", "one space between name and signature", replaced(good, " ", "  "));
  add_cosigned(cases, "head-too-large", "checkpoint-too-large", "the head's own limit is 512 octets",
               Bytes(513, 'x') + "\n" + good.substr(log.head(7).size()));
  add_cosigned(cases, "head-key-id", "checkpoint-key-id", "the head names another key", [&] {
    Checkpoint head = *parse_checkpoint(log.head(7));
    const Bytes real = serialise_checkpoint(head);
    head.desk = DeskId(public_key_named("stranger"));
    const Bytes strange = serialise_checkpoint(head);
    return real.substr(0, real.rfind(' ')) + strange.substr(strange.rfind(' ')) + good.substr(log.head(7).size());
  }());
  add_cosigned(cases, "head-leading-zero", "checkpoint-not-canonical", "the size of the head has a leading zero",
               replaced(good, "\n7\n", "\n07\n"));
  add_cosigned(cases, "padding", "cosignature-malformed", "an x in the place of the last padding",
               replaced(good, "=\n", "=x\n"));
}

void add_cosigned_heads(Cases& cases, const DeskLog& log) {
  add_cosigned(cases, "plain", "ok", "C2SP tlog-cosignature, Ed25519", cosigned(log, "witness"));
  add_cosigned(cases, "of-1970", "ok", "time 0", cosigned(log, "witness", Timestamp()));
  add_cosigned(cases, "of-9999", "ok", "the last second that a time can be", cosigned(log, "witness", kTimestampMax));
  add_bad_cosigned_forms(cases, log);
  add_cosigned(cases, "another-key", "cosignature-key-id", "by another key under the relay's name", cosigned(log, "mirror"));
  add_cosigned(cases, "key-id-of-a-note", "cosignature-key-id", "the key id of a plain signature, type 0x01",
               with_octets(log, [](Bytes& octets) {
                 octets.replace(0, 4, note_key_id(witness_name(relay_named("relay")), public_key_named("witness")));
               }));
  add_cosigned(cases, "another-time", "cosignature-invalid", "the time is signed", with_octets(log, [](Bytes& octets) {
                 octets[11] = static_cast<char>(octets[11] ^ 1);
               }));
  add_cosigned(cases, "of-another-head", "cosignature-invalid", "cut from the head before", [&] {
    const Bytes other = cosign(log.head(6), relay_named("relay"), key_named("witness"), kTime);
    return log.head(7) + other.substr(log.head(6).size());
  }());
  add_cosigned(cases, "signature-of-the-note", "cosignature-invalid", "the witness key signed the head without header and time",
               with_octets(log, [&](Bytes& octets) {
                 octets.replace(12, 64, key_named("witness").sign_raw(parse_checkpoint(log.head(7))->text()));
               }));
}

// --- receipts

void add_receipt(Cases& cases, const std::string& name, std::string expect, std::string comment, Bytes bytes) {
  cases["receipt/" + name] = {"receipt", std::move(expect), std::move(comment), {}, {{"receipt", std::move(bytes)}}};
}

Receipt plain_receipt(const DeskLog& log) {
  return {log_id(log.project(), log.desk()), 7, log.root(7), kTime, 0, 7, {{1, 2, Absence::kErased}, {3, 5, Absence::kNotHeld}}};
}

template <typename Alter>
Bytes receipt_with(const DeskLog& log, Alter alter) {
  Receipt receipt = plain_receipt(log);
  alter(receipt);
  return serialise_receipt(receipt);
}

void add_receipts(Cases& cases, const DeskLog& log) {
  const auto malformed = [&](const std::string& name, std::string comment, Bytes bytes) {
    add_receipt(cases, name, "receipt-malformed", std::move(comment), std::move(bytes));
  };
  const Bytes good = serialise_receipt(plain_receipt(log));
  add_receipt(cases, "plain", "ok", "entry 1 is erased, of 3 and 4 something is not here", good);
  add_receipt(cases, "empty-log", "ok", "a desk that has published nothing", receipt_with(log, [](Receipt& receipt) {
                receipt.size = receipt.to = 0;
                receipt.root = sha256({});
                receipt.exceptions.clear();
              }));
  add_receipt(cases, "touching", "ok", "exceptions may touch", receipt_with(log, [](Receipt& receipt) {
                receipt.exceptions[0].to = 3;
              }));
  add_receipt(cases, "unknown-reason", "ok", "a reason of a later version",
              receipt_with(log, [](Receipt& receipt) { receipt.exceptions[0].absence = static_cast<Absence>(17); }));
  add_receipt(cases, "unknown-field", "ok", "passed over", good + bytes_field(100, "later"));
  add_receipt(cases, "too-large", "receipt-too-large", "64 KiB and one octet",
              good + bytes_field(100, Bytes(kReceiptBytesMax + 1 - good.size() - 5, 'x')));
  malformed("not-protobuf", "the message ends within a field", good.substr(0, good.size() - 1));
  malformed("log-31-octets", "a log id has 32 octets", good + bytes_field(1, Bytes(31, 'l')));
  malformed("root-31-octets", "a root has 32 octets", good + bytes_field(3, Bytes(31, 'r')));
  malformed("size-above-limit", "2^48 + 1", receipt_with(log, [](Receipt& receipt) { receipt.size = kLogSizeMax + 1; }));
  malformed("beyond-the-size", "the range ends at 8 in a log of 7", receipt_with(log, [](Receipt& receipt) { receipt.to = 8; }));
  malformed("range-backwards", "from 7 to 6", receipt_with(log, [](Receipt& receipt) {
              receipt.from = 7;
              receipt.to = 6;
              receipt.exceptions.clear();
            }));
  malformed("empty-log-other-root", "size 0 with a root that is not the empty one", receipt_with(log, [](Receipt& receipt) {
              receipt.size = receipt.to = 0;
              receipt.exceptions.clear();
            }));
  malformed("time-impossible", "the year 10000", good + number_field(4, 253402300800));
  malformed("exception-empty", "from 1 to 1", receipt_with(log, [](Receipt& receipt) { receipt.exceptions[0].to = 1; }));
  malformed("exceptions-overlap", "1 to 4, 3 to 5", receipt_with(log, [](Receipt& receipt) { receipt.exceptions[0].to = 4; }));
  malformed("exceptions-out-of-order", "3 to 5, 1 to 2",
            receipt_with(log, [](Receipt& receipt) { std::swap(receipt.exceptions[0], receipt.exceptions[1]); }));
  malformed("exception-before", "entry 1 in a range from 2 on", receipt_with(log, [](Receipt& receipt) { receipt.from = 2; }));
  malformed("exception-beyond", "up to 8 in a range up to 7", receipt_with(log, [](Receipt& receipt) { receipt.exceptions[1].to = 8; }));
  malformed("exception-without-reason", "0 is none",
            receipt_with(log, [](Receipt& receipt) { receipt.exceptions[0].absence = static_cast<Absence>(0); }));
  malformed("too-many-exceptions", "2,049 of one entry each", receipt_with(log, [](Receipt& receipt) {
              receipt.size = receipt.to = 4098;
              receipt.exceptions.clear();
              for (std::uint64_t i = 0; i < 2049; ++i) receipt.exceptions.push_back({2 * i, 2 * i + 1, Absence::kNotHeld});
            }));
}

// --- descriptors

void add_descriptor(Cases& cases, const std::string& name, std::string expect, std::string comment, Bytes bytes) {
  cases["relay-descriptor/" + name] = {
      "relay-descriptor", std::move(expect), std::move(comment), {}, {{"relay-descriptor", std::move(bytes)}}};
}

RelayDescriptor plain_descriptor() {
  return {relay_named("relay"), public_key_named("witness"), public_key_named("mirror"), "Тбилиси", "GE",
          {"relay.example:443", "[2001:db8::1]:443"}, kTime};
}

template <typename Alter>
Bytes descriptor_with(Alter alter) {
  RelayDescriptor descriptor = plain_descriptor();
  alter(descriptor);
  return sign_relay_descriptor(descriptor, key_named("relay"));
}

// Any octets as content, signed.
Bytes signed_content(BytesView content, std::string_view key = "relay") {
  return bytes_field(1, content) + number_field(2, 1) +
         bytes_field(3, key_named(key).sign_in_domain("relay-descriptor", content));
}

Bytes plain_content() {
  const Bytes whole = sign_relay_descriptor(plain_descriptor(), key_named("relay"));
  WireReader reader(whole);
  return Bytes(reader.next()->bytes);
}

void add_descriptors(Cases& cases) {
  const auto malformed = [&](const std::string& name, std::string comment, Bytes bytes) {
    add_descriptor(cases, name, "descriptor-malformed", std::move(comment), std::move(bytes));
  };
  const Bytes good = sign_relay_descriptor(plain_descriptor(), key_named("relay"));
  const Bytes content = plain_content();
  add_descriptor(cases, "plain", "ok", "two addresses", good);
  add_descriptor(cases, "silent", "ok", "no label, country or address", descriptor_with([](RelayDescriptor& descriptor) {
                   descriptor.label.clear();
                   descriptor.country.clear();
                   descriptor.addresses.clear();
                 }));
  add_descriptor(cases, "unknown-field", "ok", "signed with the rest", signed_content(content + bytes_field(100, "later")));
  add_descriptor(cases, "too-large", "descriptor-too-large", "above 16 KiB", good + bytes_field(100, Bytes(16 * 1024, 'x')));
  malformed("not-protobuf", "the envelope ends within a field", good.substr(0, good.size() - 1));
  malformed("content-not-protobuf", "the content ends within a field", signed_content(content.substr(0, content.size() - 1)));
  malformed("another-algorithm", "alg 2", good + number_field(2, 2));
  malformed("signature-63-octets", "a signature has 64 octets", good + bytes_field(3, Bytes(63, 's')));
  malformed("relay-31-octets", "a key has 32 octets", signed_content(content + bytes_field(1, Bytes(31, 'k'))));
  malformed("witness-key-bad", "32 zeros are no good key", signed_content(content + bytes_field(2, Bytes(32, '\0'))));
  malformed("mirror-key-missing", "three keys belong to a relay", signed_content(content + bytes_field(3, "")));
  malformed("one-key-twice", "witness and mirror key are one",
            descriptor_with([](RelayDescriptor& descriptor) { descriptor.mirror_key = descriptor.witness_key; }));
  malformed("identity-as-witness", "identity and witness key are one",
            descriptor_with([](RelayDescriptor& descriptor) { descriptor.witness_key = descriptor.relay.value; }));
  malformed("identity-as-mirror", "identity and mirror key are one",
            descriptor_with([](RelayDescriptor& descriptor) { descriptor.mirror_key = descriptor.relay.value; }));
  malformed("label-too-long", "1,025 octets",
            descriptor_with([](RelayDescriptor& descriptor) { descriptor.label = std::string(kTitleBytesMax + 1, 'l'); }));
  malformed("country-small", "two capital letters", descriptor_with([](RelayDescriptor& descriptor) { descriptor.country = "ge"; }));
  malformed("too-many-addresses", "17", descriptor_with([](RelayDescriptor& descriptor) { descriptor.addresses.resize(17, "a:1"); }));
  malformed("address-empty", "an address of no octets", descriptor_with([](RelayDescriptor& descriptor) { descriptor.addresses[0].clear(); }));
  malformed("address-too-long", "513 octets", descriptor_with([](RelayDescriptor& descriptor) { descriptor.addresses[0] = std::string(513, 'a'); }));
  malformed("time-impossible", "the year 10000", signed_content(content + number_field(7, 253402300800)));
  add_descriptor(cases, "by-another-key", "descriptor-signature-invalid", "signed by the witness key", signed_content(content, "witness"));
  add_descriptor(cases, "altered", "descriptor-signature-invalid", "the signature is of the content without the last field",
                 bytes_field(1, content + bytes_field(4, "Ереван")) + good.substr(bytes_field(1, content).size()));
}

}  // namespace

void add_witness_cases(Cases& cases) {
  DeskLog log(project_of(plain_charter()));
  log.fill(7);
  add_cosigned_heads(cases, log);
  add_receipts(cases, log);
  add_descriptors(cases);
}

}  // namespace tamizdat::format
