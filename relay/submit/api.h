// The HTTP interface of a relay for desks, the CLI and mirrors, below /v1: charters and bundles in, the same bytes as on
// the link out. What each path does stands in relay/README.md. A submission is answered when it is durable. Loop thread.
#pragma once

#include <string>

#include "relay/env/environment.h"
#include "relay/http/message.h"
#include "relay/forks/charter_forks.h"
#include "relay/policy/admission.h"
#include "relay/store/intake.h"
#include "relay/submit/attachment_api.h"
#include "relay/submit/charter_directory.h"
#include "relay/submit/daily_count.h"
#include "relay/submit/own_receipts.h"
#include "relay/submit/statement_api.h"

namespace tamizdat::submit {

inline constexpr ErrorCode kNotFound{"not-found"};
inline constexpr ErrorCode kMethodNotAllowed{"method-not-allowed"};
// Its newsroom retracted the entry: it is not given out any more.
inline constexpr ErrorCode kEntryRetracted{"entry-retracted"};
// The operator of this relay does not give it out; others may.
inline constexpr ErrorCode kEntryWithheld{"entry-withheld"};
inline constexpr ErrorCode kParameterInvalid{"parameter-invalid"};
inline constexpr ErrorCode kArchiveUnexpected{"archive-unexpected"};

// What the relay says of itself to everybody.
struct Description {
  RelayId relay;
  Hash32 mirror_key;
  std::string label;
  std::string country;  // ISO 3166-1; empty if the operator does not say
  std::string version;
  Bytes descriptor;  // the same, signed: format::sign_relay_descriptor()
};

class Api : public http::Handler {
 public:
  // All references outlive the handler.
  Api(env::Environment& env, store::Store& store, store::Intake& intake, forks::CharterForks& charter_forks, store::Blobs& blobs,
      statements::Statements& statements, const policy::AdmissionRules& admission, Description description)
      : env_(env),
        store_(store),
        intake_(intake),
        charter_forks_(charter_forks),
        attachments_(blobs),
        statements_(statements),
        statement_api_(store, statements, admission),
        charter_directory_(store, statements),
        daily_count_(env, store),
        own_receipts_(env, store, statements, description.mirror_key),
        admission_(admission),
        description_(std::move(description)) {}

  // From now on. The rest of the description stays.
  void use_descriptor(Bytes descriptor) { description_.descriptor = std::move(descriptor); }

  std::size_t body_bytes_max(const http::Request& request) const override;
  env::awaitable<http::Response> handle(const http::Request& request) override;
  http::Response refusal(const http::Request& request, int status, const Error& error) const override;

 private:
  env::awaitable<Result<http::Response>> serve(const http::Request& request);
  env::awaitable<Result<http::Response>> serve_put(const http::Request& request);
  env::awaitable<Result<http::Response>> put_charters(const http::Request& request);
  env::awaitable<Result<http::Response>> put_bundle(const http::Request& request);
  env::awaitable<Result<http::Response>> get_bundle(std::string_view log, const http::Request& request);
  env::awaitable<Result<http::Response>> get_entry(std::string_view entry);
  Result<http::Response> get_projects() const;
  Result<http::Response> get_project(std::string_view project) const;
  Result<http::Response> get_charters(std::string_view project) const;
  Result<http::Response> get_statements(std::string_view project) const;
  Result<http::Response> get_head(std::string_view log) const;
  Result<http::Response> get_description() const;
  // Errors: kEntryRetracted, kEntryWithheld.
  Result<void> is_served(const EntryId& entry, const store::Store::Position& position) const;
  Result<void> admit(const format::VerifiedBundle& bundle) const;
  http::Response refuse(const http::Request& request, const Error& error) const;

  env::Environment& env_;
  store::Store& store_;
  store::Intake& intake_;
  forks::CharterForks& charter_forks_;
  AttachmentApi attachments_;
  statements::Statements& statements_;
  StatementApi statement_api_;
  CharterDirectory charter_directory_;
  DailyCount daily_count_;
  OwnReceipts own_receipts_;
  const policy::AdmissionRules& admission_;
  Description description_;
};

}  // namespace tamizdat::submit
