// links: tamizdat_format
// A statement of a project as its octets are: what is verified are exactly these, by their own account of project and
// kind, and no bit of its content or signature can change. And the content under an envelope that is signed for it, so
// that mutations pass the signature and meet the rule of the kind.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "proto/base/check.h"
#include "proto/format/hash.h"
#include "proto/format/statement.h"
#include "proto/format/wire.h"
#include "tests/vectors/newsroom.h"

namespace {

using namespace tamizdat;
using namespace tamizdat::format;

// As tests/vectors/cases_statement.cpp has it.
std::vector<VerifiedCharter> make_chain() {
  const Charter first = plain_charter();
  Charter second = successor(first);
  for (const std::string name : {"relay-1", "relay-2"})
    second.witness.relays.push_back({RelayId(public_key_named(name)), "GE", public_key_named(name + "-witness"),
                                     public_key_named(name + "-mirror")});
  second.witness.relays[1].country = "AM";
  second.witness.quorum = 2;
  std::vector<VerifiedCharter> out{verified(first)};
  out.push_back(verify_charter_update(out.front(), sign(second)).value());
  return out;
}

struct ReadStatement {
  BytesView content;
  BytesView signature;
};

ReadStatement read_statement(BytesView statement) {
  ReadStatement out;
  WireReader fields(statement);
  while (const auto field = fields.next()) {
    if (field->type != WireType::kBytes) continue;
    if (field->number == 3) out.content = field->bytes;
    if (field->number == 6) out.signature = field->bytes;
  }
  return out;
}

void check_one_bit(const StatementContext& context, BytesView statement, BytesView part) {
  if (part.empty()) return;
  const std::uint64_t picked = read_u64_be(sha256({statement}).view());
  const std::uint64_t bit = picked % (8 * part.size());
  Bytes changed(statement);
  char& octet = changed[static_cast<std::size_t>(part.data() - statement.data()) + bit / 8];
  octet = static_cast<char>(octet ^ static_cast<char>(1U << bit % 8));
  TMZ_CHECK(!verify_statement(context, changed));
}

void check_statement(const StatementContext& context, BytesView bytes) {
  const auto name = peek_statement(bytes);
  const auto statement = verify_statement(context, Bytes(bytes));
  if (!statement) return;
  TMZ_CHECK(name && name->kind == statement->kind() && name->project == statement->project());
  TMZ_CHECK(statement->octets() == bytes && statement->project() == context.in_force().project());
  TMZ_CHECK(!replaces(*statement, *statement));
  const ReadStatement read = read_statement(bytes);
  check_one_bit(context, bytes, read.signature);
  // A proof may have octets that it does not rest on (unknown fields); a signature covers all.
  if (!read.signature.empty()) check_one_bit(context, bytes, read.content);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<VerifiedCharter> chain = make_chain();
  static const SigningKey root = key_named("root-1");
  static const SigningKey witness = key_named("relay-1-witness");
  static const SigningKey relay = key_named("relay-1");
  const StatementContext context{chain};
  const BytesView bytes(reinterpret_cast<const char*>(data), size);
  check_statement(context, bytes);
  const Bytes content(read_statement(bytes).content.empty() ? bytes : read_statement(bytes).content);
  check_statement(context, sign_statement(StatementKind::kFreeze, chain.front().project(), content, root));
  check_statement(context, sign_statement(StatementKind::kCharterSeen, chain.front().project(), content, witness));
  check_statement(context, sign_statement(StatementKind::kWithholding, chain.front().project(), content, relay));
  check_statement(context, serialise_statement(StatementKind::kCharterFork, chain.front().project(), content));
  check_statement(context, serialise_statement(StatementKind::kForkProof, chain.front().project(), content));
  return 0;
}
