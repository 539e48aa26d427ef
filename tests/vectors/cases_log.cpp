#include "proto/format/merkle.h"
#include "tests/vectors/bad_checkpoints.h"
#include "tests/vectors/cases.h"
#include "tests/vectors/odd_signatures.h"

namespace tamizdat::format {
namespace {

Bytes replaced(Bytes text, std::string_view what, std::string_view with) {
  const std::size_t at = text.find(what);
  TMZ_CHECK(at != Bytes::npos);
  return text.replace(at, what.size(), with);
}

Bytes joined(std::span<const Hash32> hashes) {
  Bytes out;
  for (const auto& hash : hashes) out += hash.view();
  return out;
}

Bytes with_signature(const DeskLog& log, std::uint64_t size, Bytes signature) {
  auto checkpoint = parse_checkpoint(log.head(size)).value();
  checkpoint.signature = std::move(signature);
  return serialise_checkpoint(checkpoint);
}

// --- runs

struct Run {
  std::uint64_t size, from;
  std::vector<Hash32> leaves, proof;
};

void add_run(Cases& cases, const std::string& name, std::string expect, std::string comment, const Run& run) {
  cases["run/" + name] = {"run",
                          std::move(expect),
                          std::move(comment),
                          {{"size", std::to_string(run.size)}, {"from", std::to_string(run.from)}},
                          {{"leaves", joined(run.leaves)}, {"proof", joined(run.proof)}}};
}

// The leaves that Certificate Transparency implementations test with.
std::vector<Hash32> published_leaves() {
  std::vector<Hash32> out;
  for (const auto hex : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"})
    out.push_back(leaf_hash(from_hex(hex).value()));
  return out;
}

Run run_of(const std::vector<Hash32>& leaves, std::uint64_t from, std::uint64_t to, std::uint64_t size) {
  Run run{size, from, {}, {}};
  for (std::uint64_t i = from; i < to; ++i) run.leaves.push_back(leaves.at(i));
  plain_proof(leaves, 0, size, from, to, run.proof);
  return run;
}

void add_runs(Cases& cases) {
  const auto leaves = published_leaves();
  for (std::uint64_t size = 1; size <= 8; ++size)
    add_run(cases, "rfc6962-all-of-" + std::to_string(size), "ok", "the well-known leaves of Certificate Transparency",
            run_of(leaves, 0, size, size));
  add_run(cases, "one-of-seven", "ok", "RFC 6962 section 2.1.3, the proof of d3", run_of(leaves, 3, 4, 7));
  add_run(cases, "middle-of-seven", "ok", "a proof on both sides", run_of(leaves, 3, 5, 7));
  add_run(cases, "end-of-eight", "ok", "a proof on the left only", run_of(leaves, 5, 8, 8));

  Run run = run_of(leaves, 3, 5, 7);
  run.proof.pop_back();
  add_run(cases, "proof-too-short", "proof-too-short", "the last hash is missing", run);
  run = run_of(leaves, 3, 5, 7);
  run.proof.push_back(run.proof.back());
  add_run(cases, "proof-too-long", "proof-too-long", "one hash more", run);
  run = run_of(leaves, 5, 8, 8);
  run.size = 7;
  add_run(cases, "beyond-the-size", "run-out-of-range", "the run ends at 8 in a tree of 7", run);
  run = run_of(leaves, 0, 1, 1);
  run.from = ~std::uint64_t{0};
  add_run(cases, "from-overflows", "run-out-of-range", "from plus one is 2^64", run);
  run = run_of(leaves, 0, 1, 1);
  run.leaves.clear();
  add_run(cases, "empty", "run-out-of-range", "no leaves", run);
}

// --- checkpoints

void add_checkpoint(Cases& cases, const std::string& name, std::string expect, std::string comment, Bytes bytes) {
  cases["checkpoint/" + name] = {
      "checkpoint", std::move(expect), std::move(comment), {}, {{"checkpoint", std::move(bytes)}}};
}

void add_checkpoints(Cases& cases, const DeskLog& log) {
  add_checkpoint(cases, "plain", "ok", "a head of seven entries", log.head(7));
  add_checkpoint(cases, "empty-log", "ok", "size 0 and the root of nothing", log.head(0));
  add_checkpoint(cases, "largest", "ok", "size 2^48",
                 sign_checkpoint(log.project(), std::uint64_t{1} << 48, log.root(1), key_named("desk")));
  add_checkpoint(cases, "wrong-signature", "ok", "the parser does not look at the signature",
                 with_signature(log, 7, Bytes(kSignatureBytes, '\0')));
  for (const auto& bad : bad_checkpoints(log)) add_checkpoint(cases, bad.name, bad.expect, bad.comment, bad.bytes);
}

// --- heads

void add_head(Cases& cases, const std::string& name, std::string expect, std::string comment,
              std::vector<Bytes> charters, Bytes checkpoint) {
  Vector vector{"head", std::move(expect), std::move(comment), {}, {}};
  for (auto& charter : charters) vector.payloads.emplace_back("charter", std::move(charter));
  vector.payloads.emplace_back("checkpoint", std::move(checkpoint));
  cases["head/" + name] = std::move(vector);
}

void add_closed_heads(Cases& cases, const Charter& first, const DeskLog& log) {
  Charter closing = successor(first);
  closing.desks.clear();
  closing.closed_desks = {{log.desk(), "Екатеринбург", 5, log.root(5)}};
  const std::vector<Bytes> charters{sign(first), sign(closing)};
  add_head(cases, "closed-desk", "ok", "the size and root of the closing", charters, log.head(5));
  add_head(cases, "closed-desk-later", "head-of-closed-desk", "a larger head than the closing", charters, log.head(7));
  add_head(cases, "closed-desk-earlier", "head-of-closed-desk", "a smaller head: a closing replaces every head", charters,
           log.head(4));
  add_head(cases, "closed-desk-other-branch", "head-of-closed-desk", "the size of the closing, another root", charters,
           sign_checkpoint(log.project(), 5, log.root(4), key_named("desk")));
  const auto unsigned_head = with_signature(log, 5, Bytes(kSignatureBytes, '\0'));
  add_head(cases, "closed-desk-unsigned", "ok", "the closing's size and root; the charter vouches, so no signature is needed",
           charters, unsigned_head);
  add_head(cases, "closed-desk-unsigned-later", "head-of-closed-desk", "unsigned, and not of the closing's size", charters,
           with_signature(log, 7, Bytes(kSignatureBytes, '\0')));
  add_head(cases, "closed-desk-badly-signed", "head-signature-invalid", "a signature that is neither the desk's nor none",
           charters, with_signature(log, 5, Bytes(kSignatureBytes, '\1')));
  add_head(cases, "open-desk-unsigned", "head-signature-invalid", "no closing vouches for it", {sign(first)}, unsigned_head);
}

void add_heads(Cases& cases, const Charter& first, const DeskLog& log) {
  const std::vector<Bytes> charters{sign(first)};
  add_head(cases, "plain", "ok", "a head of seven entries", charters, log.head(7));
  add_head(cases, "empty-log", "ok", "a desk that has published nothing", charters, log.head(0));
  add_head(cases, "later-charter", "ok", "the desk is still listed in version 2", {sign(first), sign(successor(first))},
           log.head(7));
  Charter other = first;
  other.title = "Другая газета";
  add_head(cases, "another-project", "head-of-another-project", "signed by this project's desk for another project",
           charters, DeskLog(project_of(other)).head(0));
  add_head(cases, "unknown-desk", "head-of-unknown-desk", "signed by a key that the charter does not list", charters,
           DeskLog(log.project(), "stranger").head(0));
  add_head(cases, "root-key", "head-of-unknown-desk", "a root key is no desk", charters,
           DeskLog(log.project(), "root-1").head(0));
  add_head(cases, "signature-of-another-head", "head-signature-invalid", "the signature of the head before", charters,
           with_signature(log, 7, parse_checkpoint(log.head(6))->signature));
  const Bytes text = parse_checkpoint(log.head(7))->text();
  add_head(cases, "signature-s-not-reduced", "head-signature-invalid", "S + L", charters,
           with_signature(log, 7, with_s_plus_order(key_named("desk").sign_raw(text))));
  add_head(cases, "signature-r-mixed-order", "head-signature-invalid", "the equation holds with the cofactor only",
           charters, with_signature(log, 7, signature_with_mixed_order_r("desk", text)));
  add_closed_heads(cases, first, log);
  for (const auto& bad : bad_checkpoints(log))
    add_head(cases, "checkpoint-" + bad.name, bad.expect, bad.comment, charters, bad.bytes);
}

}  // namespace

std::vector<BadCheckpoint> bad_checkpoints(const DeskLog& log) {
  const std::uint64_t size = log.size();
  const Bytes good = log.head(size);
  const std::string line = '\n' + std::to_string(size) + '\n';
  const std::string root = to_base64(log.root(size).view());
  const std::string signature_line = good.substr(good.find("\n\n") + 2);
  const Checkpoint other_key{log.project(), DeskId(public_key_named("stranger")), size, log.root(size),
                             Bytes(kSignatureBytes, '\0')};
  const Bytes stranger = serialise_checkpoint(other_key);
  return {
      {"too-large", "checkpoint-too-large", "two signature lines are above 512 octets", good + signature_line},
      {"extension-line", "checkpoint-malformed", "C2SP allows extension lines, a head has none",
       replaced(good, "\n\n", "\nextension\n\n")},
      {"second-signature", "checkpoint-malformed", "cosignatures travel apart", good + "— witness AAAAAAAA\n"},
      {"no-last-newline", "checkpoint-malformed", "cut by one octet", good.substr(0, good.size() - 1)},
      {"size-with-plus", "checkpoint-malformed", "no sign", replaced(good, line, "\n+7\n")},
      {"size-above-limit", "checkpoint-malformed", "2^48 + 1", replaced(good, line, "\n281474976710657\n")},
      {"size-leading-zero", "checkpoint-not-canonical", "a number has one form", replaced(good, line, "\n0" + line.substr(1))},
      {"root-31-octets", "checkpoint-malformed", "a root has 32 octets", replaced(good, root, to_base64(Bytes(31, 'r')))},
      {"root-spare-bits", "checkpoint-malformed", "the last character of the root has spare bits that are not zero",
       replaced(good, root, Bytes(root).replace(42, 1, root[42] == 'B' ? "C" : "B"))},
      {"empty-log-other-root", "checkpoint-malformed", "size 0 with a root that is not the empty one",
       replaced(good, line, "\n0\n")},
      {"carriage-returns", "id-invalid", "lines end with a line feed alone", replaced(good, line, "\r" + line)},
      {"origin-typing-error", "id-invalid", "one character of the project id differs",
       replaced(good, "tzproject1", "tzproject1q")},
      {"origin-another-kind", "id-of-another-kind", "a desk id where the project id belongs",
       replaced(good, log.project().text(), log.desk().text())},
      {"origin-other-word", "checkpoint-malformed", "the origin begins with tamizdat/",
       replaced(good, "tamizdat/", "samizdat/")},
      {"key-name-differs", "checkpoint-not-canonical", "the signature line names another key than the origin line",
       replaced(good, "— tamizdat/", "— samizdat/")},
      {"key-id", "checkpoint-key-id", "the key id of another key",
       good.substr(0, good.rfind(' ') + 1) + stranger.substr(stranger.rfind(' ') + 1)},
  };
}

void add_log_cases(Cases& cases) {
  const Charter first = plain_charter();
  DeskLog log(project_of(first));
  log.fill(7);
  add_runs(cases);
  add_checkpoints(cases, log);
  add_heads(cases, first, log);
}

}  // namespace tamizdat::format
