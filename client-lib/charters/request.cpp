#include "client-lib/charters/request.h"

#include <algorithm>

#include "client-lib/files/files.h"
#include "proto/format/archive.h"
#include "proto/format/limits.h"

namespace tamizdat::charters {
namespace {

bool contains(const std::vector<RootKeyId>& keys, const RootKeyId& key) { return std::ranges::find(keys, key) != keys.end(); }

unsigned missing(const format::Charter& authority, const std::vector<RootKeyId>& signers) {
  const auto counts = [&](const RootKeyId& key) { return contains(authority.root_keys, key); };
  const auto have = static_cast<unsigned>(std::ranges::count_if(signers, counts));
  return authority.threshold > have ? authority.threshold - have : 0;
}

Result<void> replace_signatures(Request& request, format::SignedCharter signed_charter) {
  auto proposed = format::check_proposed_charter(request.chain.in_force(), format::serialise_signed_charter(signed_charter));
  if (!proposed) return pass(proposed);
  request.proposed = *std::move(proposed);
  return {};
}

}  // namespace

unsigned Request::missing_of_current() const { return missing(chain.in_force().content(), proposed.signers); }
unsigned Request::missing_of_proposed() const { return missing(proposed.content, proposed.signers); }

std::vector<RootKeyId> Request::may_sign() const {
  const auto& now = chain.in_force().content().root_keys;
  const auto& next = proposed.content.root_keys;
  std::vector<RootKeyId> out;
  const auto add = [&](const RootKeyId& key) {
    if (!contains(proposed.signers, key) && !contains(out, key)) out.push_back(key);
  };
  for (const auto& key : now)
    if (contains(next, key)) add(key);
  if (missing_of_current() > 0) std::ranges::for_each(now, add);
  if (missing_of_proposed() > 0) std::ranges::for_each(next, add);
  return out;
}

Result<Request> make_request(Chain chain, const format::Charter& next) {
  auto proposed = format::check_proposed_charter(
      chain.in_force(), format::serialise_signed_charter({format::serialise_charter(next), {}}));
  if (!proposed) return pass(proposed);
  return Request{std::move(chain), *std::move(proposed)};
}

Result<Request> parse_request(BytesView file) {
  const auto records = format::parse_archive(file);
  const auto is_charter = [](const auto& record) { return record.kind == format::RecordKind::kSignedCharter; };
  if (!records || records->size() < 2 || !std::ranges::all_of(*records, is_charter))
    return fail(kNotARequest, "this is no charter request: tamizdat project update --out FILE makes one");
  std::vector<Bytes> charters;
  for (const auto& record : *records) charters.push_back(record.bytes);
  const Bytes last = std::move(charters.back());
  charters.pop_back();
  auto chain = Chain::verify(charters);
  if (!chain) return pass(chain);
  auto proposed = format::check_proposed_charter(chain->in_force(), last);
  if (!proposed) return pass(proposed);
  return Request{*std::move(chain), *std::move(proposed)};
}

Bytes serialise_request(const Request& request) {
  Bytes out;
  for (const auto& charter : request.chain.signed_charters())
    format::append_record(out, format::RecordKind::kSignedCharter, charter);
  format::append_record(out, format::RecordKind::kSignedCharter,
                        format::serialise_signed_charter(request.proposed.signed_charter));
  return out;
}

Result<Request> read_request(const std::filesystem::path& path) {
  constexpr std::uint64_t kFramingBytesMax = 64 * 1024;  // a few octets a charter
  const auto file = files::read_file(path, format::kCharterChainBytesMax + format::kSignedCharterBytesMax + kFramingBytesMax);
  if (!file) return tl::unexpected(file.error());
  auto request = parse_request(*file);
  if (!request) return fail(request.error().code, path.string() + ": " + request.error().text);
  return request;
}

Result<void> check_may_sign(const Request& request, const format::SigningKey& root_key) {
  const RootKeyId key(root_key.public_key());
  if (contains(request.chain.in_force().content().root_keys, key) || contains(request.proposed.content.root_keys, key)) return {};
  return fail(kNotARootKey, key.text() + " is no root key of this project, neither before this update nor after it");
}

Result<void> sign_request(Request& request, const format::SigningKey& root_key) {
  const RootKeyId key(root_key.public_key());
  if (contains(request.proposed.signers, key)) return {};
  if (auto may = check_may_sign(request, root_key); !may) return may;
  format::SignedCharter signed_charter = request.proposed.signed_charter;
  // Signatures that count for nothing are left out: there is room for 32.
  std::erase_if(signed_charter.signatures,
                [&](const format::CharterSignature& signature) { return !contains(request.proposed.signers, signature.key); });
  signed_charter.signatures.push_back(format::sign_charter(signed_charter.charter, root_key));
  return replace_signatures(request, std::move(signed_charter));
}

Result<void> merge_signatures(Request& request, const Request& other) {
  if (request.proposed.hash != other.proposed.hash)
    return fail(kRequestOfAnotherCharter, "these are requests for two different charters: submit them one after the other");
  format::SignedCharter signed_charter = request.proposed.signed_charter;
  for (const auto& signature : other.proposed.signed_charter.signatures)
    if (contains(other.proposed.signers, signature.key) && !contains(request.proposed.signers, signature.key))
      signed_charter.signatures.push_back(signature);
  return replace_signatures(request, std::move(signed_charter));
}

Result<Chain> finished_chain(const Request& request) {
  if (!request.is_complete()) {
    const unsigned count = std::max(request.missing_of_current(), request.missing_of_proposed());
    std::string text = "charter version " + std::to_string(request.proposed.content.version) + " lacks " + std::to_string(count) +
                       (count == 1 ? " signature" : " signatures") + ": sign it with tamizdat project sign, by root keys of";
    for (const auto& key : request.may_sign()) text += " " + key.text();
    return fail(format::kCharterBelowThreshold, text);
  }
  Chain chain = request.chain;
  if (auto done = chain.append(format::serialise_signed_charter(request.proposed.signed_charter)); !done) return pass(done);
  return chain;
}

}  // namespace tamizdat::charters
