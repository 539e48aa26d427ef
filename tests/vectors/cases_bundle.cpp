#include "proto/format/limits.h"
#include "tests/vectors/bad_checkpoints.h"
#include "tests/vectors/bad_headers.h"
#include "tests/vectors/cases.h"
#include "tests/vectors/odd_signatures.h"
#include "tests/vectors/wire_writer.h"

namespace tamizdat::format {
namespace {

// The parts of a bundle, to be altered one by one.
struct Parts {
  Bytes head;
  std::uint64_t from = 0;
  std::vector<Bytes> entries;  // the content of field 3
  std::vector<Bytes> proof;

  Bytes bytes() const {
    Bytes out = bytes_field(1, head);
    if (from != 0) out += number_field(2, from);
    for (const auto& entry : entries) out += bytes_field(3, entry);
    for (const auto& hash : proof) out += bytes_field(4, hash);
    return out;
  }
};

Bytes entry_with_body(BytesView header, BytesView body) { return bytes_field(1, header) + bytes_field(2, body); }
Bytes entry_without_body(BytesView header, std::uint64_t absence) {
  return bytes_field(1, header) + number_field(3, absence);
}

Parts parts_of(const DeskLog& log, std::uint64_t from, std::uint64_t to, std::uint64_t size) {
  Parts parts{log.head(size), from, {}, {}};
  for (std::uint64_t i = from; i < to; ++i)
    parts.entries.push_back(log.body(i) ? entry_with_body(log.header(i), *log.body(i))
                                        : entry_without_body(log.header(i), 1));
  for (const auto& hash : log.proof(from, to, size)) parts.proof.emplace_back(hash.view());
  return parts;
}

class BundleCases {
 public:
  explicit BundleCases(Cases& cases) : cases_(cases), first_(plain_charter()), log_(project_of(first_)) { log_.fill(13); }

  void add_all() {
    add_runs();
    add_contents();
    add_odd_bytes();
    add_closed();
    add_wrong_envelopes();
    add_wrong_heads();
    add_wrong_places();
    add_wrong_bodies();
    add_wrong_proofs();
  }

 private:
  void add(const std::string& name, std::string expect, std::string comment, Bytes bundle,
           std::vector<Bytes> charters = {}) {
    if (charters.empty()) charters = {sign(first_)};
    Vector vector{"bundle", std::move(expect), std::move(comment), {}, {}};
    for (auto& charter : charters) vector.payloads.emplace_back("charter", std::move(charter));
    vector.payloads.emplace_back("bundle", std::move(bundle));
    cases_["bundle/" + name] = std::move(vector);
  }

  // A log of its own with one more entry, and the bundle of that entry.
  void add_entry(const std::string& name, std::string expect, std::string comment, BytesView header,
                 std::optional<Bytes> body) {
    DeskLog log = log_;
    log.append(header, std::move(body));
    add(name, std::move(expect), std::move(comment), parts_of(log, 13, 14, 14).bytes());
  }

  void add_runs() {
    DeskLog one(log_.project());
    one.publish("Единственная");
    add("one-of-one", "ok", "an article with its proof: no hashes at all", one.bundle());
    add("all", "ok", "a whole log of 13", log_.bundle());
    add("first", "ok", "entry 0 of 13", log_.bundle(0, 1, 13));
    add("middle", "ok", "entries 5 to 8 of 13, a proof on both sides", log_.bundle(5, 9, 13));
    add("last", "ok", "entry 12 of 13", log_.bundle(12, 13, 13));
    add("older-head", "ok", "entries 2 to 4 under the head of 7", log_.bundle(2, 5, 7));
    add("later-charter", "ok", "verified under version 2", log_.bundle(0, 2, 13), {sign(first_), sign(successor(first_))});
  }

  void add_contents() {
    for (const std::uint64_t absence : {1U, 2U, 3U, 4U, 9U}) {
      Parts parts = parts_of(log_, 4, 6, 13);
      parts.entries[1] = entry_without_body(log_.header(5), absence);
      add("absence-" + std::to_string(absence), "ok",
          absence == 9 ? "a reason of a later version" : "a header without its body", parts.bytes());
    }
    const Bytes body = serialise_body(DeskLog::plain_body("Поправка"));
    EntryHeader header = log_.next_header(body, EntryKind::kCorrection);
    header.target = EntryId(log_.leaves()[3]);
    add_entry("correction", "ok", "entry 13 corrects entry 3", serialise_header(header), body);
    add_entry("kind-of-later-version", "ok", "stored and forwarded, not rendered",
              serialise_header(log_.next_header("sealed", static_cast<EntryKind>(9))), "sealed");
    const Bytes largest(kBodyBytesMax, 'x');
    add_entry("largest-body", "ok", "768 KiB; verification takes a body as opaque bytes",
              serialise_header(log_.next_header(largest)), largest);
    add_entry("empty-body", "ok", "a body may have no octets", serialise_header(log_.next_header("")), "");
  }

  void add_odd_bytes() {
    const Parts parts = parts_of(log_, 5, 7, 13);
    add("unknown-fields", "ok", "in the envelope and in an entry",
        number_field(900, 1) + parts.bytes() + bytes_field(901, group_field(1)));
    Parts in_entry = parts;
    in_entry.entries[0] = fixed64_field(902) + in_entry.entries[0] + bytes_field(903, "later");
    add("unknown-fields-in-entry", "ok", "beside header and body", in_entry.bytes());
    Bytes reordered;
    for (auto hash = parts.proof.begin(); hash != parts.proof.end(); ++hash) reordered += bytes_field(4, *hash);
    for (const auto& entry : parts.entries) reordered += bytes_field(3, entry);
    add("reordered", "ok", "proof, entries, from, head", reordered + number_field(2, 5) + bytes_field(1, parts.head));
    Parts padded = parts;
    padded.entries[1] = bytes_field(1, log_.header(6), {5, 5}) + bytes_field(2, *log_.body(6), {3, 4});
    padded.from = 0;
    add("non-minimal-varint", "ok", "tags, lengths and numbers longer than they need to be",
        padded.bytes() + number_field(2, 5, {4, 10}));
    add("last-one-counts", "ok", "head and from come twice", bytes_field(1, "no head") + number_field(2, 77) + parts.bytes());
    Parts content = parts;
    content.entries[0] = number_field(3, 1) + bytes_field(2, "another body") + content.entries[0];
    add("last-content-counts", "ok", "an absence, a body and the body", content.bytes());
    const Bytes body = *log_.body(0);
    const Bytes header = serialise_header(log_.next_header(body));
    const Bytes odd = bytes_field(901, "later") + header.substr(34) + header.substr(0, 34) + number_field(3, 13, {5, 10});
    add_entry("odd-header", "ok", "a header out of order, with an unknown field and a long varint: the leaf is its bytes",
              odd, body);
  }

  void add_closed() {
    Charter closing = successor(first_);
    closing.desks.clear();
    closing.closed_desks = {{log_.desk(), "", 7, log_.root(7)}};
    const std::vector<Bytes> charters{sign(first_), sign(closing)};
    add("closed-desk", "ok", "under the head of the closing", log_.bundle(2, 5, 7), charters);
    Parts unsigned_parts = parts_of(log_, 2, 5, 7);
    unsigned_parts.head = closing_checkpoint(log_.project(), log_.desk(), 7, log_.root(7));
    add("closed-desk-unsigned", "ok", "under the head of the closing, which nobody signed", unsigned_parts.bytes(), charters);
    add("closed-desk-later", "head-of-closed-desk", "an entry below the closing, proven by a later head",
        log_.bundle(2, 5, 13), charters);
  }

  void add_wrong_envelopes() {
    const Parts parts = parts_of(log_, 5, 7, 13);
    add("too-large", "bundle-too-large", "1 MiB and one octet", Bytes(kBundleBytesMax + 1, '\0'));
    add("no-message", "bundle-malformed", "a text", "this is no message");
    add("group", "bundle-malformed", "groups are refused", parts.bytes() + group_field(900));
    add("cut", "bundle-malformed", "the last octet is missing", parts.bytes().substr(0, parts.bytes().size() - 1));
    Parts bad = parts;
    bad.entries[1] += group_field(900);
    add("entry-group", "bundle-malformed", "in an entry too", bad.bytes());
    bad = parts;
    bad.proof[0].pop_back();
    add("proof-hash-31-octets", "bundle-malformed", "a hash has 32", bad.bytes());
    bad = parts;
    bad.entries.assign(kBundleEntriesMax + 1, "");
    add("too-many-entries", "bundle-malformed", "8193", bad.bytes());
    bad = parts;
    bad.entries.clear();
    add("no-entries", "bundle-empty", "a head and a proof, but nothing proven", bad.bytes());
    add("empty", "bundle-empty", "no octets", "");
  }

  void add_wrong_heads() {
    const Parts parts = parts_of(log_, 5, 7, 7);
    DeskLog seven(log_.project());
    seven.fill(7);
    for (const auto& checkpoint : bad_checkpoints(seven)) {
      Parts bad = parts;
      bad.head = checkpoint.bytes;
      add("checkpoint-" + checkpoint.name, checkpoint.expect, checkpoint.comment, bad.bytes());
    }
    Parts bad = parts;
    bad.head.clear();
    add("no-head", "checkpoint-malformed", "the head is missing", bad.bytes());
    Charter other = first_;
    other.title = "Другая газета";
    DeskLog elsewhere(project_of(other));
    elsewhere.fill(2);
    add("head-of-another-project", "head-of-another-project", "whole and right, but of another project",
        elsewhere.bundle());
    DeskLog stranger(log_.project(), "stranger");
    stranger.fill(2);
    add("head-of-unknown-desk", "head-of-unknown-desk", "whole and right, by a key that the charter does not list",
        stranger.bundle());
    auto checkpoint = parse_checkpoint(log_.head(7)).value();
    checkpoint.signature = key_named("root-1").sign_raw(checkpoint.text());
    bad.head = serialise_checkpoint(checkpoint);
    add("head-signature", "head-signature-invalid", "signed by another key", bad.bytes());
  }

  void add_wrong_places() {
    const Bytes body = *log_.body(0);
    EntryHeader header = log_.next_header(body);
    header.project = ProjectId(charter_hash("another project"));
    add_entry("entry-of-another-project", "entry-of-another-log", "a header of another project",
              serialise_header(header), body);
    header = log_.next_header(body);
    header.desk = DeskId(public_key_named("desk-2"));
    add_entry("entry-of-another-desk", "entry-of-another-log", "a header of another desk", serialise_header(header), body);
    header = log_.next_header(body);
    header.index = 14;
    add_entry("entry-with-another-index", "entry-index-wrong", "the log itself has index 14 at place 13",
              serialise_header(header), body);
    Parts bad = parts_of(log_, 5, 8, 13);
    bad.from = 6;
    add("run-shifted", "entry-index-wrong", "the run is said to start one later", bad.bytes());
    bad = parts_of(log_, 5, 8, 13);
    std::swap(bad.entries[0], bad.entries[1]);
    add("entries-out-of-order", "entry-index-wrong", "two entries change places", bad.bytes());
    bad = parts_of(log_, 5, 8, 13);
    bad.entries[1] = bad.entries[0];
    add("entry-twice", "entry-index-wrong", "the first entry again in the place of the second", bad.bytes());
    bad = parts_of(log_, 5, 8, 13);
    bad.entries.erase(bad.entries.begin() + 1);
    add("entry-left-out", "entry-index-wrong", "the second of three is missing", bad.bytes());
    for (const auto& bad_header : bad_headers(log_, body))
      add_entry("header-" + bad_header.name, bad_header.expect, bad_header.comment, bad_header.bytes, body);
  }

  void add_wrong_bodies() {
    Parts bad = parts_of(log_, 5, 7, 13);
    Bytes other = *log_.body(5);
    other.back() ^= 1;
    bad.entries[0] = entry_with_body(log_.header(5), other);
    add("body-altered", "body-commitment-wrong", "one bit of a body differs", bad.bytes());
    bad.entries[0] = entry_with_body(log_.header(5), *log_.body(5) + "x");
    add("body-longer", "body-size-wrong", "one octet more than the header states", bad.bytes());
    bad.entries[0] = entry_with_body(log_.header(5), Bytes(kBodyBytesMax + 1, 'x'));
    add("body-too-large", "body-too-large", "768 KiB and one octet", bad.bytes());
    bad.entries[0] = bytes_field(1, log_.header(5));
    add("body-missing", "body-missing-reason", "neither a body nor a reason", bad.bytes());
    bad.entries[0] = entry_without_body(log_.header(5), 0);
    add("absence-zero", "body-missing-reason", "0 is no reason", bad.bytes());
    bad.entries[0] = entry_without_body(log_.header(5), ~std::uint64_t{0});
    add("absence-negative", "body-missing-reason", "an enum is a signed number of 32 bits", bad.bytes());
  }

  void add_wrong_proofs() {
    Parts bad = parts_of(log_, 5, 8, 13);
    bad.proof.pop_back();
    add("proof-too-short", "proof-too-short", "the last hash is missing", bad.bytes());
    bad = parts_of(log_, 5, 8, 13);
    bad.proof.push_back(bad.proof.back());
    add("proof-too-long", "proof-too-long", "one hash more", bad.bytes());
    bad.proof.assign(kProofHashesMax + 1, Bytes(32, 'h'));
    add("proof-of-97-hashes", "proof-too-long", "more than any run needs", bad.bytes());
    bad = parts_of(log_, 5, 8, 13);
    bad.head = log_.head(7);
    add("run-beyond-head", "run-out-of-range", "entries 5 to 7 under a head of seven entries", bad.bytes());
    const Bytes body = *log_.body(0);
    EntryHeader header = log_.next_header(body);
    header.index = ~std::uint64_t{0};
    bad = parts_of(log_, 5, 6, 13);
    bad.from = header.index;
    bad.entries = {entry_with_body(serialise_header(header), body)};
    add("from-overflows", "run-out-of-range", "an entry at 2^64 - 1", bad.bytes());

    bad = parts_of(log_, 5, 8, 13);
    std::swap(bad.proof[0], bad.proof[1]);
    add("proof-swapped", "bundle-root-mismatch", "two hashes change places", bad.bytes());
    bad = parts_of(log_, 5, 8, 13);
    bad.proof[2][7] ^= 1;
    add("proof-altered", "bundle-root-mismatch", "one bit of a hash differs", bad.bytes());
    bad = parts_of(log_, 5, 8, 13);
    bad.head = log_.head(12);
    add("proof-of-another-head", "bundle-root-mismatch", "the hashes lead to the head of 13 entries, not of 12",
        bad.bytes());
    bad = parts_of(log_, 5, 8, 13);
    bad.entries[1] = entry_with_body(log_.header(6) + number_field(900, 1), *log_.body(6));
    add("entry-altered", "bundle-root-mismatch", "an unknown field was added to a header", bad.bytes());
    header = log_.next_header(body);
    header.index = 6;
    bad.entries[1] = entry_with_body(serialise_header(header), body);
    add("entry-replaced", "bundle-root-mismatch", "a good header and body that were never in the log", bad.bytes());
  }

  Cases& cases_;
  Charter first_;
  DeskLog log_;
};

}  // namespace

void add_bundle_cases(Cases& cases) { BundleCases(cases).add_all(); }

}  // namespace tamizdat::format
