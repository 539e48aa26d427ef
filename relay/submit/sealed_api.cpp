#include "relay/submit/sealed_api.h"

#include <boost/json.hpp>

#include "proto/format/letter.h"
#include "proto/format/limits.h"
#include "relay/statements/standing.h"
#include "relay/submit/answers.h"
#include "relay/submit/api.h"

namespace tamizdat::submit {
namespace {

namespace json = boost::json;

constexpr std::string_view kPath = "/v1/sealed";
constexpr env::MetricName kRefusedMetric{"tamizdat_sealed_refused_total", "Slots that desks handed in and that were refused, by reason."};

int status_of(ErrorCode code) {
  if (code == sealed::kSlotUnknown) return 404;
  if (code == sealed::kProjectQuota) return 429;
  if (code == sealed::kPoolFull) return 503;
  if (code == format::kSubmissionSignatureInvalid) return 403;
  return http_status(code);
}

}  // namespace

std::size_t SealedApi::body_bytes_max(const http::Request& request) const {
  return request.method == http::Method::kPut ? format::kSlotSizes.back() : http::Handler::body_bytes_max(request);
}

env::awaitable<http::Response> SealedApi::handle(const http::Request& request) {
  auto response = co_await serve(request);
  if (response) co_return *std::move(response);
  if (request.method == http::Method::kPut)
    env_.metrics.counter(kRefusedMetric, {{"reason", response.error().code.name()}}).add();
  co_return json_response(status_of(response.error().code), error_json(response.error(), std::nullopt));
}

http::Response SealedApi::refusal(const http::Request&, int status, const Error& error) const {
  return json_response(status, error_json(error, std::nullopt));
}

env::awaitable<Result<http::Response>> SealedApi::serve(const http::Request& request) {
  const std::string_view path = request.path;
  if (request.method == http::Method::kPut && path == kPath) {
    auto taken = co_await put(request);
    co_return taken;
  }
  if (request.method != http::Method::kGet && request.method != http::Method::kHead)
    co_return fail(kMethodNotAllowed, "slots are put to /v1/sealed, and fetched from it");
  if (path == kPath) co_return list();
  const auto octets = from_hex(path.substr(std::min(path.size(), kPath.size() + 1)));
  const auto id = octets ? Hash32::from(*octets) : std::nullopt;
  if (!id) co_return fail(kNotFound, "behind /v1/sealed/ stands the id of a slot, 64 hexadecimal digits");
  auto slot = co_await pool_.read(*id);
  if (!slot) co_return tl::unexpected(slot.error());
  co_return http::make_response(200, "application/octet-stream", *std::move(slot));
}

env::awaitable<Result<http::Response>> SealedApi::put(const http::Request& request) {
  const auto ends = format::parse_slot(request.body);
  if (!ends) co_return tl::unexpected(ends.error());
  const auto project = admit(request);
  if (!project) co_return tl::unexpected(project.error());
  const Hash32 id = format::slot_id(request.body);
  const sealed::Origin origin = *project;
  const auto taken = co_await pool_.put(request.body, origin);
  if (!taken) co_return tl::unexpected(taken.error());
  co_return json_response(200, json::serialize(json::object{{"slot", to_hex(id.view())}, {"ends", to_rfc3339(*ends)}}));
}

// Whose share it takes: the project of a desk that may publish now, and that is wanted here.
Result<ProjectId> SealedApi::admit(const http::Request& request) const {
  const auto header = request.headers.joined("Tamizdat-Desk");
  const auto desk = format::verify_submission(header, self_, format::slot_id(request.body));
  if (!desk) return tl::unexpected(desk.error());
  if (auto wanted = policy::admit_project(admission_, desk->project); !wanted) return tl::unexpected(wanted.error());
  const auto charter = store_.charter(desk->project);
  if (!charter) return fail(store::kUnknownProject, "the project is not known here: send its charters first");
  if (auto allowed = policy::admit_desk(*charter, desk->desk, env_.clock.now()); !allowed) return pass(allowed);
  if (auto allowed = statements::may_grow(statements_, *charter, desk->desk); !allowed) return pass(allowed);
  return desk->project;
}

http::Response SealedApi::list() const {
  json::array days;
  for (const auto& [ends, ids] : pool_.by_end()) {
    json::array slots;
    for (const auto& id : ids) slots.emplace_back(to_hex(id.view()));
    days.push_back(json::object{{"ends", to_rfc3339(ends)}, {"slots", std::move(slots)}});
  }
  auto response = json_response(200, json::serialize(json::object{{"days", std::move(days)}}));
  response.headers.set("Cache-Control", "no-store");
  return response;
}

}  // namespace tamizdat::submit
