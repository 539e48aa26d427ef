// Reading and signing a charter request, on a machine that may have neither a home nor a line.
#include <tamizdat/charter.h>

#include <algorithm>

#include "client-lib/client/charter_edit.h"
#include "client-lib/client/charter_request.h"
#include "client-lib/client/problem.h"
#include "client-lib/files/files.h"
#include "client-lib/keys/key_files.h"
#include "client-lib/keys/signed_charters.h"

namespace tamizdat::client {
namespace {

using charters::Request;

constexpr std::string_view kNotShown = "changes that this version of tamizdat cannot show: update tamizdat, and look again";

std::vector<std::string> texts_of(const std::vector<RootKeyId>& keys) {
  std::vector<std::string> out;
  for (const auto& key : keys) out.push_back(key.text());
  return out;
}

// The octets are what is signed: what does not come out of them again as it is shown here was not shown.
bool is_shown_whole(const Request& request, const std::vector<std::string>& changes) {
  const Bytes& octets = request.proposed.signed_charter.charter;
  return !changes.empty() && format::is_known_whole(octets) && format::serialise_charter(request.proposed.content) == octets;
}

Result<void> sign(Request& request, const std::string& root_key_file, const Passphrase& passphrase, const SigningConsent& consent) {
  const auto sealed = keys::read_key_file(root_key_file);
  if (!sealed) return tl::unexpected(sealed.error());
  const auto key = keys::open_key(*sealed, keys::KeyRole::kRoot, passphrase.secret().view());
  if (!key) return fail(key.error().code, root_key_file + ": " + key.error().text);
  if (auto listed = charters::check_may_sign(request, *key); !listed) return listed;
  const keys::SignedCharters record(root_key_file);
  const auto other = consent.another ? keys::OtherOfVersion::kSign : keys::OtherOfVersion::kRefuse;
  if (auto noted = record.note({request.chain.project(), request.proposed.content.version, request.proposed.hash}, other); !noted) return noted;
  return charters::sign_request(request, *key);
}

}  // namespace

RequestInfo request_info(const Request& request, const std::string& file) {
  const format::Charter& before = request.chain.in_force().content();
  RequestInfo out;
  out.project = request.chain.project().text();
  out.title = before.title;
  out.version = request.proposed.content.version;
  out.charter_hash = to_hex(request.proposed.hash.view());
  out.issued_at = request.proposed.content.issued_at;
  out.expires_at = request.proposed.content.expires_at;
  out.changes = changes_between(before, request.proposed.content);
  out.is_shown_whole = is_shown_whole(request, out.changes);
  if (!out.is_shown_whole) out.changes.emplace_back(kNotShown);
  out.warnings = warnings_about(before, request.proposed.content);
  out.signed_by = texts_of(request.proposed.signers);
  if (!request.is_complete()) out.may_sign = texts_of(request.may_sign());
  out.signatures_missing = std::max(request.missing_of_current(), request.missing_of_proposed());
  out.file = file;
  return out;
}

Outcome<RequestInfo> read_request(const std::string& file) {
  const auto request = charters::read_request(file);
  if (!request) return problem(request, ProblemKind::kNotVerified);
  return request_info(*request, file);
}

Outcome<RequestInfo> sign_request(const std::string& file, const std::string& root_key_file, const Passphrase& passphrase,
                                  const SigningConsent& consent) {
  auto request = charters::read_request(file);
  if (!request) return problem(request, ProblemKind::kNotVerified);
  if (!consent.unshown && !request_info(*request, file).is_shown_whole)
    return tl::unexpected(problem_of({kChangesNotShown, file + " asks for " + std::string(kNotShown) +
                                                            ". Nothing was signed; --sign-unshown signs it without your seeing what it does"},
                                     ProblemKind::kNotVerified));
  if (auto done = sign(*request, root_key_file, passphrase, consent); !done) return problem(done);
  if (auto done = files::replace_file(file, charters::serialise_request(*request), files::Visibility::kPublic); !done)
    return problem(done);
  return request_info(*request, file);
}

}  // namespace tamizdat::client
