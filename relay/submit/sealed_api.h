// The sealed pool over HTTP, at /v1/sealed: a desk hands a slot to its first relay, and everybody fetches everything. Loop
// thread only.
//
//   PUT /v1/sealed                        a slot; the header Tamizdat-Desk shows whose share it takes. {"slot", "ends"}
//   GET /v1/sealed                        {"days": [{"ends", "slots": [id, ...]}, ...]}: all of them, by the day on which they end and by
//                                         their ids. So the list tells neither when they came nor who has read how far
//   GET /v1/sealed/<id>                   the slot; the id in hexadecimal
#pragma once

#include "relay/env/environment.h"
#include "relay/http/message.h"
#include "relay/policy/admission.h"
#include "relay/sealed/pool.h"
#include "relay/statements/statements.h"
#include "relay/store/store.h"

namespace tamizdat::submit {

class SealedApi : public http::Handler {
 public:
  // All references outlive the handler.
  SealedApi(env::Environment& env, sealed::Pool& pool, const store::Store& store, const policy::AdmissionRules& admission,
            const statements::Statements& statements, RelayId self)
      : env_(env), pool_(pool), store_(store), admission_(admission), statements_(statements), self_(self) {}

  std::size_t body_bytes_max(const http::Request& request) const override;
  env::awaitable<http::Response> handle(const http::Request& request) override;
  http::Response refusal(const http::Request& request, int status, const Error& error) const override;

 private:
  env::awaitable<Result<http::Response>> serve(const http::Request& request);
  env::awaitable<Result<http::Response>> put(const http::Request& request);
  Result<ProjectId> admit(const http::Request& request) const;
  http::Response list() const;

  env::Environment& env_;
  sealed::Pool& pool_;
  const store::Store& store_;
  const policy::AdmissionRules& admission_;
  const statements::Statements& statements_;
  RelayId self_;
};

}  // namespace tamizdat::submit
