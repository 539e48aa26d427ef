#include "proto/format/limits.h"
#include "proto/format/statement.h"
#include "tests/vectors/cases.h"
#include "tests/vectors/newsroom.h"
#include "tests/vectors/wire_writer.h"

namespace tamizdat::format {
namespace {

const Timestamp kNoon = *parse_rfc3339("2026-11-25T12:00:00Z");

// A project of two charters, the second of which has a witness policy of two relays.
struct Newsroom {
  Charter first = plain_charter();
  Charter second = successor(first);
  ProjectId project = project_of(first);

  Newsroom() {
    second.witness.relays = {relay("relay-1", "GE"), relay("relay-2", "AM")};
    second.witness.quorum = 2;
  }
  static PolicyRelay relay(const std::string& name, std::string country) {
    return {RelayId(public_key_named(name)), std::move(country), public_key_named(name + "-witness"),
            public_key_named(name + "-mirror")};
  }
  std::vector<Bytes> chain() const { return {sign(first), sign(second)}; }
  Hash32 hash() const { return charter_hash(serialise_charter(second)); }
};

void add(Cases& cases, const std::string& name, std::string expect, std::string comment, Bytes statement,
         std::vector<Bytes> charters = Newsroom().chain()) {
  Vector vector{"statement", std::move(expect), std::move(comment), {}, {}};
  for (auto& charter : charters) vector.payloads.emplace_back("charter", std::move(charter));
  vector.payloads.emplace_back("statement", std::move(statement));
  cases["statement/" + name] = std::move(vector);
}

// An envelope by hand; a field that is empty is left out.
struct Envelope {
  std::uint64_t kind = 0;
  ProjectId project = Newsroom().project;
  Bytes content;
  std::uint64_t alg = 0;
  Bytes key;
  Bytes signature;

  Bytes bytes() const {
    Bytes out = number_field(1, kind) + bytes_field(2, project.view()) + bytes_field(3, content);
    if (alg != 0) out += number_field(4, alg);
    if (!key.empty()) out += bytes_field(5, key);
    if (!signature.empty()) out += bytes_field(6, signature);
    return out;
  }
};

Envelope signed_by(std::uint64_t kind, std::string_view domain, Bytes content, std::string_view key_name) {
  Envelope out;
  out.kind = kind;
  out.alg = 1;
  out.key = Bytes(public_key_named(key_name).view());
  out.signature = key_named(key_name).sign_in_domain(domain, Bytes(out.project.view()) + content);
  out.content = std::move(content);
  return out;
}

Bytes freeze_content(const Hash32& charter, std::int64_t time) {
  return bytes_field(1, charter.view()) + number_field(2, static_cast<std::uint64_t>(time));
}

void add_envelopes(Cases& cases) {
  const Newsroom newsroom;
  const Bytes content = freeze_content(newsroom.hash(), unix_seconds(kNoon));
  const Envelope good = signed_by(1, "freeze", content, "root-3");
  const auto altered = [&](auto change) {
    Envelope out = good;
    change(out);
    return out.bytes();
  };
  add(cases, "unknown-fields", "ok", "unknown fields are kept and not looked at", good.bytes() + bytes_field(99, "later"));
  add(cases, "no-message", "statement-malformed", "a text", "this is no statement");
  add(cases, "no-project", "statement-malformed", "the project has 31 octets",
      number_field(1, 1) + bytes_field(2, Bytes(31, 'p')) + bytes_field(3, content));
  add(cases, "kind-0", "statement-kind-unknown", "no kind", altered([](Envelope& e) { e.kind = 0; }));
  add(cases, "kind-of-later-version", "statement-kind-unknown", "kind 99", altered([](Envelope& e) { e.kind = 99; }));
  add(cases, "another-project", "statement-of-another-project", "of a project with other charters",
      altered([](Envelope& e) { e.project = ProjectId(charter_hash("another")); }));
  add(cases, "no-algorithm", "statement-malformed", "alg is 0", altered([](Envelope& e) { e.alg = 0; }));
  add(cases, "another-algorithm", "statement-malformed", "alg is 2", altered([](Envelope& e) { e.alg = 2; }));
  add(cases, "no-key", "statement-malformed", "the key is missing", altered([](Envelope& e) { e.key.clear(); }));
  add(cases, "signature-short", "statement-malformed", "63 octets", altered([](Envelope& e) { e.signature.pop_back(); }));
  add(cases, "signature-wrong", "statement-signature-invalid", "one bit of the signature is another",
      altered([](Envelope& e) { e.signature[5] ^= 1; }));
  add(cases, "content-altered", "statement-signature-invalid", "the content has one field more",
      altered([](Envelope& e) { e.content += number_field(9, 1); }));
  add(cases, "another-domain", "statement-signature-invalid", "signed as a charter-seen",
      signed_by(1, "charter-seen", content, "root-3").bytes());
  Envelope bare = good;
  bare.signature = key_named("root-3").sign_in_domain("freeze", content);
  add(cases, "project-not-signed", "statement-signature-invalid", "the signature does not cover the project", bare.bytes());
  add(cases, "content-too-large", "statement-too-large", "a freeze of more than 4 KiB",
      signed_by(1, "freeze", content + bytes_field(9, Bytes(kSmallStatementBytesMax, 'x')), "root-3").bytes());
  add(cases, "too-large", "statement-too-large", "above 800 KiB", Bytes(kStatementBytesMax + 1, 'x'));
}

void add_freezes(Cases& cases) {
  const Newsroom newsroom;
  const Hash32 first = charter_hash(serialise_charter(newsroom.first));
  add(cases, "freeze", "ok", "any one root key of the charter in force",
      make_freeze(newsroom.project, newsroom.hash(), kNoon, key_named("root-3")));
  add(cases, "freeze-of-former-charter", "ok", "it stays valid, and is of no effect any more",
      make_freeze(newsroom.project, first, kNoon, key_named("root-1")));
  add(cases, "freeze-of-unknown-charter", "freeze-of-unknown-charter", "a charter that is not in the chain",
      make_freeze(newsroom.project, charter_hash("another"), kNoon, key_named("root-1")));
  add(cases, "freeze-by-desk", "statement-signer-unknown", "a desk key does not freeze",
      make_freeze(newsroom.project, newsroom.hash(), kNoon, key_named("desk")));
  Charter without = successor(newsroom.second);
  std::erase(without.root_keys, RootKeyId(public_key_named("root-3")));
  std::vector<Bytes> longer = newsroom.chain();
  longer.push_back(sign(without));
  add(cases, "freeze-by-removed-root-key", "statement-signer-unknown", "root-3 has left with version 3",
      make_freeze(newsroom.project, charter_hash(serialise_charter(without)), kNoon, key_named("root-3")), longer);
  const auto by_root = [](Bytes content) { return signed_by(1, "freeze", std::move(content), "root-1").bytes(); };
  add(cases, "freeze-without-charter", "freeze-malformed", "the hash is missing", by_root(number_field(2, 1)));
  add(cases, "freeze-no-message", "freeze-malformed", "the content is a text", by_root("freeze it"));
  add(cases, "freeze-time", "freeze-malformed", "one second after the year 9999",
      by_root(freeze_content(newsroom.hash(), unix_seconds(kTimestampMax) + 1)));
}

// Two histories of one desk that part at entry `common`.
struct Fork {
  DeskLog one;
  DeskLog other;

  explicit Fork(std::uint64_t common) : one(Newsroom().project), other(Newsroom().project) {
    one.fill(common);
    other.fill(common);
    one.fill(13);
    other.publish("Иная история");
    other.fill(11);
  }
};

// The hashes that cut the tree of `size` at `cut`: those of [0, cut), then those of [cut, size), in order.
void cut_tree(const std::vector<Hash32>& leaves, std::uint64_t begin, std::uint64_t end, std::uint64_t cut,
              std::vector<Hash32>& out) {
  if (cut <= begin || end <= cut) return out.push_back(plain_root(leaves, begin, end));
  const std::uint64_t middle = begin + std::bit_floor(end - begin - 1);
  cut_tree(leaves, begin, middle, cut, out);
  cut_tree(leaves, middle, end, cut, out);
}

std::vector<Hash32> cut_of(const DeskLog& log, std::uint64_t size, std::uint64_t cut) {
  std::vector<Hash32> out;
  cut_tree(log.leaves(), 0, size, cut, out);
  return out;
}

void add_fork_proofs(Cases& cases) {
  const Newsroom newsroom;
  const Fork fork(7);
  const auto prove = [&](BytesView smaller, BytesView larger, std::span<const Hash32> proof) {
    return make_fork_proof(newsroom.project, smaller, larger, proof);
  };
  const std::vector<Hash32> hashes = cut_of(fork.one, 13, 11);
  add(cases, "fork-proof", "ok", "13 entries, and 11 of another history",
      prove(fork.other.head(11), fork.one.head(13), hashes));
  add(cases, "fork-proof-same-size", "ok", "two heads of one size need no hash",
      prove(fork.other.head(11), fork.one.head(11), {}));
  add(cases, "fork-proof-tiny", "ok", "a thief's log of one entry",
      prove(Fork(0).other.head(1), fork.one.head(13), cut_of(fork.one, 13, 1)));
  Charter closing = successor(newsroom.second);
  closing.desks.clear();
  closing.closed_desks.push_back({DeskId(public_key_named("desk")), "closed", 13, fork.one.root(13)});
  std::vector<Bytes> closed = newsroom.chain();
  closed.push_back(sign(closing));
  add(cases, "fork-proof-of-closed-desk", "ok", "a proof does not lapse when the desk is closed",
      prove(fork.other.head(11), fork.one.head(13), hashes), closed);
  add(cases, "fork-proof-signed", "statement-malformed", "what proves itself has no signature",
      prove(fork.other.head(11), fork.one.head(13), hashes) + number_field(4, 1));
  add(cases, "fork-proof-consistent", "fork-proof-consistent", "the smaller head is of the same history",
      prove(fork.one.head(11), fork.one.head(13), hashes));
  add(cases, "fork-proof-same-head", "fork-proof-consistent", "one head twice", prove(fork.one.head(11), fork.one.head(11), {}));
  add(cases, "fork-proof-empty-log", "fork-proof-consistent", "an empty log contradicts nothing",
      prove(fork.other.head(0), fork.one.head(13), cut_of(fork.one, 13, 0)));
  add(cases, "fork-proof-wrong-order", "fork-proof-malformed", "the larger head comes first",
      prove(fork.one.head(13), fork.other.head(11), hashes));
  std::vector<Hash32> altered = hashes;
  altered.front() = sha256({"another"});
  add(cases, "fork-proof-hash-altered", "fork-proof-root-mismatch", "the hashes do not lead to the larger root",
      prove(fork.other.head(11), fork.one.head(13), altered));
  add(cases, "fork-proof-hash-missing", "proof-too-short", "one hash is missing",
      prove(fork.other.head(11), fork.one.head(13), std::span(hashes).subspan(1)));
  altered = hashes;
  altered.push_back(hashes.back());
  add(cases, "fork-proof-hash-too-many", "proof-too-long", "one hash too many",
      prove(fork.other.head(11), fork.one.head(13), altered));
  add(cases, "fork-proof-same-size-with-hash", "proof-too-long", "two heads of one size, and a hash",
      prove(fork.other.head(11), fork.one.head(11), std::span(hashes).first(1)));
  add(cases, "fork-proof-hashes-97", "proof-too-long", "more than any log needs",
      prove(fork.other.head(11), fork.one.head(13), std::vector<Hash32>(97)));
  Envelope odd;
  odd.kind = 2;
  odd.content = bytes_field(1, fork.other.head(11)) + bytes_field(2, fork.one.head(11)) + bytes_field(3, "no hash");
  add(cases, "fork-proof-odd-hash", "fork-proof-malformed", "a hash of 7 octets", odd.bytes());
  odd.content = "no message";
  add(cases, "fork-proof-no-message", "fork-proof-malformed", "the content is a text", odd.bytes());
  DeskLog stranger(newsroom.project, "stranger");
  stranger.fill(2);
  add(cases, "fork-proof-unknown-desk", "head-of-unknown-desk", "a desk that the charter does not list",
      prove(stranger.head(1), stranger.head(2), cut_of(stranger, 2, 1)));
  DeskLog elsewhere(ProjectId(charter_hash("another")));
  elsewhere.fill(2);
  add(cases, "fork-proof-another-project", "head-of-another-project", "heads of another project",
      prove(elsewhere.head(1), elsewhere.head(2), cut_of(elsewhere, 2, 1)));
  add(cases, "fork-proof-no-head", "checkpoint-malformed", "a head that is a text", prove("no head", fork.one.head(13), hashes));
  Checkpoint unsigned_head = *parse_checkpoint(fork.other.head(11));
  unsigned_head.signature = Bytes(64, 'x');
  add(cases, "fork-proof-unsigned-head", "head-signature-invalid", "a head that the desk did not sign",
      prove(serialise_checkpoint(unsigned_head), fork.one.head(13), hashes));
  Charter two = newsroom.first;
  Desk second_desk = two.desks.front();
  second_desk.id = DeskId(public_key_named("desk-2"));
  two.desks.push_back(second_desk);
  DeskLog left(project_of(two)), right(project_of(two), "desk-2");
  left.fill(1);
  right.fill(1);
  add(cases, "fork-proof-two-logs", "fork-proof-malformed", "heads of two desks",
      make_fork_proof(project_of(two), left.head(1), right.head(1), {}), {sign(two)});
}

// A log of three articles and the retraction of the second.
struct Retracted {
  DeskLog log{Newsroom().project};
  EntryId target;
  EntryId retraction;

  Retracted() {
    log.fill(3);
    target = EntryId(log.leaves()[1]);
    Body why;
    why.salt = Bytes(kSaltBytes, 's');
    why.reason = RetractionReason::kSourceAtRisk;
    const Bytes body = serialise_body(why);
    EntryHeader header = log.next_header(body, EntryKind::kRetraction);
    header.target = target;
    log.append(serialise_header(header), body);
    retraction = EntryId(log.leaves()[3]);
  }
};

void add_retractions(Cases& cases) {
  const Newsroom newsroom;
  const Retracted retracted;
  const auto prove = [&](BytesView bundle) { return make_retraction_proof(newsroom.project, bundle); };
  const Bytes proof = retracted.log.bundle(3, 4, 4);
  add(cases, "retraction", "ok", "the retracting entry by itself", prove(proof));
  const auto not_held = [](BytesView) { return std::optional(Absence::kNotHeld); };
  add(cases, "retraction-without-its-text", "ok", "the header is the proof", prove(*without_bodies(proof, not_held)));
  add(cases, "retraction-of-two", "retraction-proof-malformed", "two entries", prove(retracted.log.bundle(2, 4, 4)));
  add(cases, "retraction-of-article", "retraction-proof-malformed", "an entry that retracts nothing",
      prove(retracted.log.bundle(1, 2, 4)));
  add(cases, "retraction-no-bundle", "bundle-empty", "no entry at all", prove({}));
  add(cases, "retraction-signed", "statement-malformed", "what proves itself has no signature", prove(proof) + number_field(4, 1));
  add(cases, "retraction-too-large", "statement-too-large", "more than 16 KiB",
      prove(proof + bytes_field(99, Bytes(kRetractionProofBytesMax, 'x'))));
  DeskLog stranger(newsroom.project, "stranger");
  stranger.fill(1);
  add(cases, "retraction-unknown-desk", "head-of-unknown-desk", "a desk that the charter does not list",
      prove(stranger.bundle(0, 1, 1)));
  Charter closing = successor(newsroom.second);
  closing.desks.clear();
  closing.closed_desks.push_back({DeskId(public_key_named("desk")), "closed", 3, retracted.log.root(3)});
  std::vector<Bytes> closed = newsroom.chain();
  closed.push_back(sign(closing));
  add(cases, "retraction-cut-by-closing", "head-of-closed-desk", "the closing ends the entry, and with it its proof", prove(proof),
      closed);

  const auto cosign = [&](std::string_view key) {
    return make_retraction_cosignature(newsroom.project, retracted.retraction, key_named(key));
  };
  add(cases, "retraction-cosignature", "ok", "by a root key", cosign("root-2"));
  add(cases, "retraction-cosignature-by-desk", "ok", "by a desk of the charter", cosign("desk"));
  add(cases, "retraction-cosignature-by-stranger", "statement-signer-unknown", "by a key that is in no charter", cosign("stranger"));
  add(cases, "retraction-cosignature-by-closed-desk", "statement-signer-unknown", "by a desk that was closed", cosign("desk"), closed);
  const auto by_root = [](Bytes content) {
    return signed_by(5, "retraction-cosignature", std::move(content), "root-1").bytes();
  };
  add(cases, "retraction-cosignature-short", "retraction-cosignature-malformed", "an id of 31 octets",
      by_root(bytes_field(1, Bytes(31, 'e'))));
  add(cases, "retraction-cosignature-no-message", "retraction-cosignature-malformed", "the content is a text", by_root("yes"));
}

// Two charters of version 3, and what else root keys that sign twice could give out.
void add_charter_forks(Cases& cases) {
  const Newsroom newsroom;
  Charter left = successor(newsroom.second);
  left.title = "Вестник Исети";
  Charter right = successor(newsroom.second);
  right.title = "Захваченный вестник";
  const auto hash = [](const Charter& charter) { return charter_hash(serialise_charter(charter)); };
  if (hash(right) < hash(left)) std::swap(left, right);
  const auto content = [](const std::vector<Bytes>& charters) {
    Bytes out;
    for (const Bytes& charter : charters) out += bytes_field(1, charter);
    return out;
  };
  const auto prove = [](Bytes octets) {
    Envelope out;
    out.kind = 3;
    out.content = std::move(octets);
    return out.bytes();
  };
  const auto fork = [&](const std::vector<Bytes>& charters) { return prove(content(charters)); };
  const Bytes good = fork({sign(left), sign(right)});
  add(cases, "charter-fork", "ok", "two charters of version 3 that both follow version 2", good);
  std::vector<Bytes> later = newsroom.chain();
  later.push_back(sign(right));
  later.push_back(sign(successor(right)));
  add(cases, "charter-fork-of-former-version", "ok", "it stays valid when later charters follow", good, later);
  add(cases, "charter-fork-other-signers", "ok", "signed by other root keys each",
      fork({sign(left, {"root-1", "root-3"}), sign(right, {"root-2", "root-3"})}));
  add(cases, "charter-fork-signed", "statement-malformed", "what proves itself has no signature", good + number_field(4, 1));
  add(cases, "charter-fork-wrong-order", "charter-fork-malformed", "the higher hash comes first", fork({sign(right), sign(left)}));
  add(cases, "charter-fork-of-one", "charter-fork-malformed", "one charter twice", fork({sign(left), sign(left)}));
  add(cases, "charter-fork-other-signatures", "charter-fork-malformed", "one charter with other signatures is no other charter",
      fork({sign(left), sign(left, {"root-2", "root-3"})}));
  add(cases, "charter-fork-single", "charter-fork-malformed", "a charter by itself", fork({sign(left)}));
  add(cases, "charter-fork-three", "charter-fork-malformed", "three charters", fork({sign(left), sign(right), sign(right)}));
  add(cases, "charter-fork-two-versions", "charter-fork-malformed", "a charter and the one after it",
      fork({sign(left), sign(successor(left))}));
  add(cases, "charter-fork-first", "charter-fork-malformed", "two first charters are of two projects",
      fork({sign(newsroom.first), sign(newsroom.first)}));
  add(cases, "charter-fork-no-message", "charter-fork-malformed", "the content is a text", prove("two charters"));
  add(cases, "charter-fork-no-charter", "charter-malformed", "texts in the place of charters", fork({"one", "other"}));
  add(cases, "charter-fork-too-large", "statement-too-large", "above two signed charters",
      prove(content({sign(left), sign(right)}) + bytes_field(9, Bytes(kCharterForkBytesMax, 'x'))));
  add(cases, "charter-fork-ahead", "charter-fork-of-unknown-charter", "version 2 of the chain is missing", good,
      {newsroom.chain().front()});
  Charter other_second = newsroom.second;
  other_second.title = "Иная вторая";
  add(cases, "charter-fork-of-another-branch", "charter-wrong-previous", "they follow another version 2", good,
      {sign(newsroom.first), sign(other_second)});
  add(cases, "charter-fork-below-threshold", "charter-below-threshold", "only one root key signed the second one",
      fork({sign(left), sign(right, {"root-1"})}));
  add(cases, "charter-fork-signature-invalid", "charter-signature-invalid", "signatures of the other one",
      fork({sign(left), serialise_signed_charter({serialise_charter(right), parse_signed_charter(sign(left))->signatures})}));
  Charter dropped = successor(newsroom.second);
  dropped.title = "Без редакции";
  dropped.desks.clear();
  const bool is_first = hash(dropped) < hash(left);
  add(cases, "charter-fork-desk-dropped", "charter-desk-dropped", "one that does not follow version 2 by all rules",
      is_first ? fork({sign(dropped), sign(left)}) : fork({sign(left), sign(dropped)}));
}

void add_charters_seen(Cases& cases) {
  const Newsroom newsroom;
  const auto seen = [&](CharterSeenContent content, std::string_view key) {
    return make_charter_seen(newsroom.project, content, key_named(key));
  };
  const CharterSeenContent plain{2, newsroom.hash(), {}, kNoon};
  add(cases, "charter-seen", "ok", "by a relay of the policy", seen(plain, "relay-1-witness"));
  CharterSeenContent frozen = plain;
  frozen.freeze = sha256({"the content of a freeze"});
  add(cases, "charter-seen-frozen", "ok", "and the project is frozen there", seen(frozen, "relay-2-witness"));
  CharterSeenContent other = plain;
  other.hash = charter_hash("another");
  add(cases, "charter-seen-other-charter", "ok", "of a charter that is not in this chain: a fork, or a later one",
      seen(other, "relay-1-witness"));
  Charter third = successor(newsroom.second);
  third.witness = {};
  std::vector<Bytes> chain = newsroom.chain();
  chain.push_back(sign(third));
  add(cases, "charter-seen-by-former-policy", "ok", "the relays of the charter before decide between two of this version",
      seen(plain, "relay-1-witness"), chain);
  chain.push_back(sign(successor(third)));
  add(cases, "charter-seen-by-older-policy", "statement-signer-unknown", "but not those of an older one",
      seen(plain, "relay-1-witness"), chain);
  Charter moved = successor(newsroom.second);
  moved.witness.relays = {Newsroom::relay("relay-3", "RS")};
  moved.witness.quorum = 1;
  std::vector<Bytes> long_chain = newsroom.chain();
  for (Charter next = moved; long_chain.size() < 5; next = successor(next)) long_chain.push_back(sign(next));
  CharterSeenContent contested = plain;
  contested.version = 3;
  contested.hash = charter_hash("another");
  add(cases, "charter-seen-of-other-branch", "ok", "who decided between two of version 3 keeps a say in it, in a slot of its own",
      seen(contested, "relay-1-witness"), long_chain);
  add(cases, "charter-seen-by-stranger", "statement-signer-unknown", "a relay that is not in the policy",
      seen(plain, "relay-3-witness"));
  add(cases, "charter-seen-by-identity", "statement-signer-unknown", "the identity key is no witness key",
      seen(plain, "relay-1"));
  add(cases, "charter-seen-by-mirror", "statement-signer-unknown", "the mirror key is no witness key",
      seen(plain, "relay-1-mirror"));
  const auto by_relay = [](Bytes content) {
    return signed_by(6, "charter-seen", std::move(content), "relay-1-witness").bytes();
  };
  const Bytes hash = bytes_field(2, newsroom.hash().view());
  add(cases, "charter-seen-version-0", "charter-seen-malformed", "version 0", by_relay(hash + number_field(4, 1)));
  add(cases, "charter-seen-no-hash", "charter-seen-malformed", "no hash", by_relay(number_field(1, 2)));
  add(cases, "charter-seen-odd-freeze", "charter-seen-malformed", "a freeze of 5 octets",
      by_relay(number_field(1, 2) + hash + bytes_field(3, "short")));
  add(cases, "charter-seen-time", "charter-seen-malformed", "before the year 0000",
      by_relay(number_field(1, 2) + hash + number_field(4, static_cast<std::uint64_t>(unix_seconds(kTimestampMin) - 1))));
  add(cases, "charter-seen-no-message", "charter-seen-malformed", "the content is a text", by_relay("seen it"));
}

DeskLog log_of_seven() {
  DeskLog log(Newsroom().project);
  log.fill(7);
  return log;
}

Bytes cosigned_head(const DeskLog& log, std::string_view relay, std::string_view key) {
  return make_cosigned_head(log.project(), cosign(log.head(7), RelayId(public_key_named(relay)), key_named(key), kNoon));
}

void add_cosigned_heads(Cases& cases) {
  const DeskLog log = log_of_seven();
  add(cases, "cosigned-head", "ok", "kind 7, by the witness key of a relay of the policy",
      cosigned_head(log, "relay-1", "relay-1-witness"));
  add(cases, "cosigned-head-of-an-unlisted-relay", "statement-signer-unknown", "a good cosignature of a relay that the policy does not list",
      cosigned_head(log, "relay-3", "relay-3-witness"));
  add(cases, "cosigned-head-by-the-mirror-key", "cosignature-key-id", "the relay is listed, but this is its key for receipts",
      cosigned_head(log, "relay-1", "relay-1-mirror"));
  add(cases, "cosigned-head-by-another-relay", "cosignature-key-id", "the key of relay-2 under the name of relay-1",
      cosigned_head(log, "relay-1", "relay-2-witness"));
  add(cases, "cosigned-head-of-another-project", "head-of-another-project", "the head is of another project than the statement", [&] {
    Charter other = plain_charter();
    other.title = "Другая газета";
    DeskLog strange(project_of(other));
    strange.fill(7);
    return make_cosigned_head(log.project(), cosign(strange.head(7), RelayId(public_key_named("relay-1")), key_named("relay-1-witness"), kNoon));
  }());
  add(cases, "cosigned-head-altered", "cosignature-invalid", "the time is another one", [&] {
    Bytes statement = cosigned_head(log, "relay-1", "relay-1-witness");
    const Bytes other = cosign(log.head(7), RelayId(public_key_named("relay-1")), key_named("relay-1-witness"), kNoon + seconds(1));
    const Bytes note = cosign(log.head(7), RelayId(public_key_named("relay-1")), key_named("relay-1-witness"), kNoon);
    Bytes mixed = note;
    mixed.replace(mixed.rfind(' ') + 1, 16, other.substr(other.rfind(' ') + 1, 16));
    return statement.replace(statement.find(note), note.size(), mixed);
  }());
  add(cases, "cosigned-head-malformed", "cosignature-malformed", "a text without a line", make_cosigned_head(log.project(), "head"));
  add(cases, "cosigned-head-too-large", "statement-too-large", "769 octets", make_cosigned_head(log.project(), Bytes(769, 'x')));
}

Receipt receipt_of_seven(const DeskLog& log) {
  return {log_id(log.project(), log.desk()), 7, log.root(7), kNoon, 0, 7, {{1, 2, Absence::kErased}}};
}

void add_receipts(Cases& cases) {
  const DeskLog log = log_of_seven();
  const Bytes content = serialise_receipt(receipt_of_seven(log));
  add(cases, "receipt", "ok", "kind 8, by the mirror key of a relay of the policy",
      signed_by(8, "receipt", content, "relay-2-mirror").bytes());
  add(cases, "receipt-by-the-witness-key", "statement-signer-unknown", "a cosigner's key says nothing about copies",
      signed_by(8, "receipt", content, "relay-2-witness").bytes());
  add(cases, "receipt-of-an-unlisted-relay", "statement-signer-unknown", "the policy does not list it",
      signed_by(8, "receipt", content, "relay-3-mirror").bytes());
  add(cases, "receipt-relabelled-cosignature", "statement-signature-invalid", "the signature of a cosigned head, with its key", [&] {
    Envelope out = signed_by(8, "receipt", content, "relay-1-witness");
    const Bytes note = cosign(log.head(7), RelayId(public_key_named("relay-1")), key_named("relay-1-witness"), kNoon);
    out.signature = parse_cosigned_head(note)->signature;
    return out.bytes();
  }());
  add(cases, "receipt-in-another-domain", "statement-signature-invalid", "signed as a charter-seen",
      signed_by(8, "charter-seen", content, "relay-2-mirror").bytes());
  Receipt strange = receipt_of_seven(log);
  strange.log = log_id(log.project(), DeskId(public_key_named("stranger")));
  add(cases, "receipt-of-an-unknown-log", "receipt-of-unknown-log", "a log of no desk of the charter",
      signed_by(8, "receipt", serialise_receipt(strange), "relay-2-mirror").bytes());
  add(cases, "receipt-malformed", "receipt-malformed", "no message", signed_by(8, "receipt", "receipt", "relay-2-mirror").bytes());
}

void add_withholdings(Cases& cases) {
  const Newsroom newsroom;
  const EntryId entry(log_of_seven().leaves()[3]);
  const WithholdingContent plain{entry, "GE", "По решению суда в Тбилиси от 20 ноября 2026 г.", kNoon};
  const auto withhold = [&](const WithholdingContent& content, std::string_view key) {
    return make_withholding(newsroom.project, content, key_named(key));
  };
  add(cases, "withholding", "ok", "kind 9, by the identity key of a relay of the policy", withhold(plain, "relay-1"));
  WithholdingContent other = plain;
  other.kept_from_peers = true;
  add(cases, "withholding-kept-from-peers", "ok", "links too go without it; the slot is the same", withhold(other, "relay-1"));
  other = plain;
  other.lifted = true;
  other.reason.clear();
  other.time += seconds(60);
  add(cases, "withholding-lifted", "ok", "served again; that needs no reason", withhold(other, "relay-1"));
  add(cases, "withholding-by-another-relay", "ok", "each relay has a slot of its own for the entry", withhold(plain, "relay-2"));
  add(cases, "withholding-by-stranger", "statement-signer-unknown", "the policy does not list it", withhold(plain, "relay-3"));
  add(cases, "withholding-by-witness-key", "statement-signer-unknown", "it is the identity key that says it",
      withhold(plain, "relay-1-witness"));
  add(cases, "withholding-in-another-domain", "statement-signature-invalid", "signed as a receipt", [&] {
    Bytes content = bytes_field(1, entry.view()) + bytes_field(2, "GE") + bytes_field(3, "a court") + number_field(4, 1);
    return signed_by(9, "receipt", std::move(content), "relay-1").bytes();
  }());

  const auto malformed = [&](const std::string& name, std::string comment, Bytes content) {
    add(cases, "withholding-" + name, "withholding-malformed", std::move(comment),
        signed_by(9, "withholding", std::move(content), "relay-1").bytes());
  };
  const Bytes id = bytes_field(1, entry.view()), country = bytes_field(2, "GE"), reason = bytes_field(3, "a court");
  const Bytes time = number_field(4, static_cast<std::uint64_t>(unix_seconds(kNoon)));
  malformed("no-message", "the content is a text", "withheld");
  malformed("entry-31-octets", "an entry id has 32", bytes_field(1, Bytes(31, 'e')) + country + reason + time);
  malformed("no-country", "nobody's order", id + reason + time);
  malformed("country-small", "two capital letters", id + bytes_field(2, "ge") + reason + time);
  malformed("no-reason", "readers are told why", id + country + time);
  malformed("reason-too-long", "1,025 octets", id + country + bytes_field(3, Bytes(1025, 'r')) + time);
  malformed("reason-not-utf-8", "a text", id + country + bytes_field(3, "\xff") + time);
  malformed("time", "the year 10000", id + country + reason + number_field(4, 253402300800));
}

}  // namespace

void add_statement_cases(Cases& cases) {
  add_envelopes(cases);
  add_freezes(cases);
  add_fork_proofs(cases);
  add_retractions(cases);
  add_charter_forks(cases);
  add_charters_seen(cases);
  add_cosigned_heads(cases);
  add_receipts(cases);
  add_withholdings(cases);
}

}  // namespace tamizdat::format
