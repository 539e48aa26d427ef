#include "proto/format/charter_fork.h"

#include "proto/base/check.h"
#include "proto/format/message.h"
#include "proto/format/statement_rules.h"
#include "proto/format/tamizdat.pb.h"

namespace tamizdat::format {
namespace {

tl::unexpected<Error> malformed(std::string what) {
  return fail(kCharterForkMalformed, "the charter fork " + std::move(what));
}

Result<std::uint64_t> version_of(BytesView signed_charter) {
  const auto parts = parse_signed_charter(signed_charter);
  if (!parts) return tl::unexpected(parts.error());
  const auto content = parse_charter(parts->charter);
  if (!content) return tl::unexpected(content.error());
  return content->version;
}

}  // namespace

Result<StatementFacts> verify_charter_fork(const StatementContext& context, const StatementParts& parts) {
  v1::CharterFork message;
  if (!parse_message(parts.content, message)) return malformed("is not a valid protobuf message");
  if (message.signed_charters_size() != 2) return malformed("does not consist of two charters");
  const auto version = version_of(message.signed_charters(0));
  if (!version) return tl::unexpected(version.error());
  const auto second = version_of(message.signed_charters(1));
  if (!second) return tl::unexpected(second.error());
  if (*version != *second || *version < 2) return malformed("has charters of two versions, or first ones");
  if (*version - 1 > context.chain.size())
    return fail(kCharterForkOfUnknownCharter, "the charter before the two of version " + std::to_string(*version) +
                                                  " is not in the project's chain: fetch its charters first");
  const VerifiedCharter& common = context.chain[static_cast<std::size_t>(*version - 2)];
  CharterFork out{*version, {}};
  for (const auto& signed_charter : message.signed_charters()) {
    auto branch = verify_charter_update(common, signed_charter);
    if (!branch) return pass(branch);
    out.branches.push_back(*std::move(branch));
  }
  if (!(out.branches[0].hash() < out.branches[1].hash()))
    return malformed("has its charters in the wrong order, or one charter twice");
  return StatementFacts{common.hash(), std::nullopt, std::move(out)};
}

Bytes make_charter_fork(const VerifiedCharter& one, const VerifiedCharter& other) {
  TMZ_CHECK(one.project() == other.project() && one.version() == other.version() && one.hash() != other.hash());
  const bool in_order = one.hash() < other.hash();
  v1::CharterFork message;
  message.add_signed_charters(Bytes((in_order ? one : other).signed_bytes()));
  message.add_signed_charters(Bytes((in_order ? other : one).signed_bytes()));
  return serialise_statement(StatementKind::kCharterFork, one.project(), serialise_message(message));
}

}  // namespace tamizdat::format
