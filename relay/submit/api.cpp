#include "relay/submit/api.h"

#include <algorithm>
#include <charconv>

#include "proto/format/archive.h"
#include "proto/format/limits.h"
#include "relay/statements/standing.h"
#include "relay/statements/withholding.h"
#include "relay/store/retraction.h"
#include "relay/submit/answers.h"

namespace tamizdat::submit {
namespace {

constexpr env::MetricName kRefusedMetric{"tamizdat_submit_refused_total", "Submissions refused, by reason."};
constexpr env::MetricName kTakenMetric{"tamizdat_submit_entries_total", "Entries taken by submission."};

constexpr std::string_view kPrefix = "/v1/";
// A chain and the framing of its records.
constexpr std::size_t kCharterArchiveBytesMax = format::kCharterChainBytesMax + 64 * 1024;

// The path behind /v1/ as at most three parts: "logs", "<id>", "head".
struct Route {
  std::string_view collection, id, part;
};

std::optional<Route> parse_route(std::string_view path) {
  if (!path.starts_with(kPrefix)) return std::nullopt;
  path.remove_prefix(kPrefix.size());
  Route route;
  for (std::string_view* field : {&route.collection, &route.id, &route.part}) {
    const std::size_t end = path.find('/');
    *field = path.substr(0, end);
    path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
  }
  if (!path.empty()) return std::nullopt;
  return route;
}

bool takes_attachments(const Route& route) {
  return route.collection == "attachments" && (route.part == "leaves" || route.part == "blocks");
}

Result<std::uint64_t> number_parameter(const http::Request& request, std::string_view name, std::uint64_t otherwise) {
  const auto text = request.parameter(name);
  if (!text) return otherwise;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size())
    return fail(kParameterInvalid, "the parameter '" + std::string(name) + "' must be a number");
  return value;
}

tl::unexpected<Error> no_such_path() {
  return fail(kNotFound, "there is nothing at this path: see the list of paths in relay/README.md");
}

}  // namespace

std::size_t Api::body_bytes_max(const http::Request& request) const {
  if (request.method != http::Method::kPut) return http::Handler::body_bytes_max(request);
  if (request.path == "/v1/charters") return kCharterArchiveBytesMax;
  if (request.path == "/v1/bundles") return format::kBundleBytesMax;
  if (request.path == "/v1/statements") return StatementApi::kBodyBytesMax;
  const auto route = parse_route(request.path);
  if (route && takes_attachments(*route)) return AttachmentApi::body_bytes_max(route->id, route->part);
  return http::Handler::body_bytes_max(request);
}

env::awaitable<http::Response> Api::handle(const http::Request& request) {
  auto response = co_await serve(request);
  if (!response) co_return refuse(request, response.error());
  co_return *std::move(response);
}

http::Response Api::refusal(const http::Request&, int status, const Error& error) const {
  return json_response(status, error_json(error, std::nullopt));
}

http::Response Api::refuse(const http::Request& request, const Error& error) const {
  std::optional<std::uint64_t> held;
  if (request.method == http::Method::kPut) {
    env_.metrics.counter(kRefusedMetric, {{"reason", error.code.name()}}).add();
    env_.log.debug("submission refused", {{"error", error}});  // strangers must not fill the log; the metric counts
    if (error.code == store::kGap)
      if (const auto name = format::peek_log(request.body))
        if (const auto log = store_.log(format::log_id(name->project, name->desk))) held = log->size;
    if (error.code == store::kGap && !held) held = 0;
  }
  auto response = json_response(http_status(error.code), error_json(error, held));
  if (error.code == kEntryWithheld) http::say_blocked_here(response);
  return response;
}

env::awaitable<Result<http::Response>> Api::serve(const http::Request& request) {
  if (request.method == http::Method::kPut) {
    auto response = co_await serve_put(request);
    co_return response;
  }
  const auto route = parse_route(request.path);
  if (!route) co_return no_such_path();
  if (request.method != http::Method::kGet && request.method != http::Method::kHead)
    co_return fail(kMethodNotAllowed, "this path takes GET, and PUT where charters, bundles, statements and attachments are submitted");
  Result<http::Response> response = no_such_path();
  if (route->collection == "relay" && route->id.empty()) response = get_description();
  if (route->collection == "relay" && route->id == "descriptor" && route->part.empty())
    response = http::make_response(200, std::string(kDescriptorType), description_.descriptor);
  if (route->collection == "charters" && route->id.empty()) response = charter_directory_.get();
  if (route->collection == "projects" && route->id.empty()) response = get_projects();
  if (route->collection == "projects" && !route->id.empty() && route->part.empty()) response = get_project(route->id);
  if (route->collection == "projects" && route->part == "charters") response = get_charters(route->id);
  if (route->collection == "projects" && route->part == "statements") response = get_statements(route->id);
  if (route->collection == "logs" && route->part == "head") response = get_head(route->id);
  if (route->collection == "logs" && route->part == "bundles") response = co_await get_bundle(route->id, request);
  if (route->collection == "entries" && route->part.empty()) response = co_await get_entry(route->id);
  if (route->collection == "attachments" && (route->part.empty() || route->part == "leaves"))
    response = co_await attachments_.get(route->id, route->part);
  co_return response;
}

// ---- in ----

env::awaitable<Result<http::Response>> Api::serve_put(const http::Request& request) {
  Result<http::Response> response = no_such_path();
  if (request.path == "/v1/charters") response = co_await put_charters(request);
  if (request.path == "/v1/bundles") response = co_await put_bundle(request);
  if (request.path == "/v1/statements") response = co_await statement_api_.put(request.body);
  const auto route = parse_route(request.path);
  if (route && takes_attachments(*route)) {
    const auto from = number_parameter(request, "from", 0);
    if (!from) co_return tl::unexpected(from.error());
    response = co_await attachments_.put(route->id, route->part, *from, request.body);
  }
  co_return response;
}

env::awaitable<Result<http::Response>> Api::put_charters(const http::Request& request) {
  auto records = format::parse_archive(request.body);
  if (!records) co_return tl::unexpected(records.error());
  std::vector<Bytes> signed_charters;
  for (auto& record : *records) {
    if (record.kind != format::RecordKind::kSignedCharter)
      co_return fail(kArchiveUnexpected, "this path takes an archive of charters only: put bundles to /v1/bundles");
    signed_charters.push_back(std::move(record.bytes));
  }
  auto chain = co_await intake_.verify_charters(std::move(signed_charters), store::Intake::From::kStranger);
  if (!chain) co_return tl::unexpected(chain.error());
  if (auto allowed = policy::admit_project(admission_, chain->front().project()); !allowed)
    co_return tl::unexpected(allowed.error());
  const auto charter = co_await charter_forks_.take(*std::move(chain));
  if (!charter) co_return tl::unexpected(charter.error());
  co_return json_response(200, charter_taken_json(*charter));
}

env::awaitable<Result<http::Response>> Api::put_bundle(const http::Request& request) {
  const auto wait = number_parameter(request, "wait", 0);
  if (!wait) co_return tl::unexpected(wait.error());
  auto bundle = co_await intake_.verify_bundle(request.body);
  if (!bundle) co_return tl::unexpected(bundle.error());
  if (auto allowed = admit(*bundle); !allowed) co_return tl::unexpected(allowed.error());
  const LogId log = bundle->head().log();
  const ProjectId project = bundle->head().project();
  const std::uint64_t head_size = bundle->head().size();
  auto charter = store_.charter(project);
  const auto counted = co_await daily_count_.admit(*std::move(charter), *bundle);
  if (!counted.allowed) {
    auto response = refuse(request, counted.allowed.error());
    if (counted.retry_after > seconds(0)) response.headers.add("Retry-After", std::to_string(counted.retry_after.count()));
    co_return response;
  }
  const auto committed = co_await intake_.commit(*std::move(bundle));
  if (!committed) co_return tl::unexpected(committed.error());
  env_.metrics.counter(kTakenMetric).add(committed->size_after - committed->size_before);
  // More is to come under this head: only what is behind it is worth a wait.
  const seconds limit(committed->size_after < head_size ? 0 : std::min<std::uint64_t>(*wait, OwnReceipts::kWaitMax.count()));
  const Bytes receipt = co_await own_receipts_.wait_for(project, log, committed->size_after, limit);
  co_return json_response(200, bundle_taken_json(log, committed->size_after, receipt));
}

// A proof of a retraction is not enough here, as it is on a link. Anybody submits: a stolen key could sign a retraction under
// a head that no relay sees, and its thief bring the archive without its texts before the newsroom brings it whole.
Result<void> Api::admit(const format::VerifiedBundle& bundle) const {
  const auto was_erased = [&](const format::VerifiedEntry& entry) {
    return entry.absence() == format::Absence::kErased && store::is_retracted(store_, bundle, entry);
  };
  if (auto allowed = policy::admit_bundle(admission_, bundle, was_erased); !allowed) return allowed;
  const auto charter = store_.charter(bundle.head().project());
  if (!charter) return fail(store::kUnknownProject, "the project is not known here: send its charters first");
  const format::VerifiedHead& head = bundle.head();
  const auto log = store_.log(head.log());
  if (bundle.to() > (log ? log->size : 0))
    if (auto grows = statements::may_grow(statements_, *charter, head.desk()); !grows) return grows;
  return policy::admit_submission(*charter, bundle, env_.clock.now());
}

// ---- out ----

Result<http::Response> Api::get_description() const {
  return json_response(200, description_json(description_.relay, description_.label, description_.country,
                                             description_.version));
}

Result<http::Response> Api::get_projects() const { return json_response(200, projects_json(store_)); }

Result<http::Response> Api::get_project(std::string_view text) const {
  const auto project = ProjectId::parse(text);
  if (!project) return tl::unexpected(project.error());
  const auto charter = store_.charter(*project);
  if (!charter) return fail(store::kUnknownProject, "this relay does not hold the project");
  return json_response(200, project_json(store_, *charter));
}

Result<http::Response> Api::get_charters(std::string_view text) const {
  const auto project = ProjectId::parse(text);
  if (!project) return tl::unexpected(project.error());
  Bytes archive = charter_archive(store_, *project);
  if (archive.empty()) return fail(store::kUnknownProject, "this relay does not hold the project");
  return http::make_response(200, std::string(kArchiveType), std::move(archive));
}

Result<http::Response> Api::get_statements(std::string_view text) const {
  const auto project = ProjectId::parse(text);
  if (!project) return tl::unexpected(project.error());
  if (!store_.charter(*project)) return fail(store::kUnknownProject, "this relay does not hold the project");
  return statement_api_.get(*project);
}

Result<http::Response> Api::get_head(std::string_view text) const {
  const auto id = LogId::parse(text);
  if (!id) return tl::unexpected(id.error());
  const auto log = store_.log(*id);
  if (!log) return fail(store::kUnknownLog, "this relay does not hold the log");
  http::Response response = http::make_response(200, "text/plain; charset=utf-8", Bytes(log->head.bytes()));
  response.headers.add("Tamizdat-Held", std::to_string(log->size));
  response.headers.add("Cache-Control", "no-store");
  return response;
}

env::awaitable<Result<http::Response>> Api::get_bundle(std::string_view text, const http::Request& request) {
  const auto id = LogId::parse(text);
  if (!id) co_return tl::unexpected(id.error());
  const auto from = number_parameter(request, "from", 0);
  if (!from) co_return tl::unexpected(from.error());
  const auto max = number_parameter(request, "max", format::kBundleEntriesMax);
  if (!max) co_return tl::unexpected(max.error());
  const auto log = store_.log(*id);
  if (!log) co_return fail(store::kUnknownLog, "this relay does not hold the log");
  if (*max == 0 || *from > log->size)
    co_return fail(kParameterInvalid, "'from' must not exceed the " + std::to_string(log->size) +
                                          " entries held, and 'max' must be at least 1");
  if (*from == log->size) co_return http::make_response(204, std::string(kBundleType), Bytes());
  auto read = [this, &id, &from, &max] { return store_.bundle(*id, *from, *max); };
  auto bundle = co_await env::run_blocking(env_.workers, std::move(read));
  if (!bundle) co_return tl::unexpected(bundle.error());
  http::Response response = http::make_response(200, std::string(kBundleType), std::move(bundle->bytes));
  response.headers.add("Cache-Control", "no-cache");
  co_return response;
}

Result<void> Api::is_served(const EntryId& id, const store::Store::Position& position) const {
  if (const auto retraction = store::retraction_of(store_, id))
    return fail(kEntryRetracted, "the newsroom retracted this entry with " + retraction->id.text() + ", and this relay hid it on " +
                                     to_rfc3339(retraction->received_at));
  const auto log = store_.log(position.log);
  const auto notice = log ? statements::withholding_in_force(statements_, log->name.project, id, description_.relay) : nullptr;
  if (!notice) return {};
  const auto& withholding = *notice->as<format::Withholding>();
  return fail(kEntryWithheld, "the operator of this relay withholds this entry since " + to_rfc3339(withholding.time) + ", by the law of " +
                                  withholding.country + ": " + withholding.reason + ". Other relays may have it");
}

env::awaitable<Result<http::Response>> Api::get_entry(std::string_view text) {
  const auto id = EntryId::parse(text);
  if (!id) co_return tl::unexpected(id.error());
  const auto position = store_.find(*id);
  if (!position) co_return fail(store::kUnknownEntry, "this relay does not hold the entry");
  if (auto served = is_served(*id, *position); !served) co_return tl::unexpected(served.error());
  auto read = [this, &position] { return store_.bundle(position->log, position->index, 1); };
  const auto bundle = co_await env::run_blocking(env_.workers, std::move(read));
  if (!bundle) co_return tl::unexpected(bundle.error());
  const auto log = store_.log(position->log);  // a charter may have closed the desk meanwhile
  if (!log) co_return fail(store::kUnknownLog, "this relay does not serve the log now");
  Bytes archive = charter_archive(store_, log->name.project);
  format::append_record(archive, format::RecordKind::kBundle, bundle->bytes);
  // So that a reader sees how old the word of relays about it is, and needs nobody for that.
  for (const auto& statement : statements_.of(log->name.project)) {
    const auto* const head = statement->as<format::WitnessedHead>();
    if (statement->as<format::CharterSeen>() != nullptr || (head != nullptr && head->log == log->id))
      format::append_record(archive, format::RecordKind::kStatement, statement->octets());
  }
  http::Response response = http::make_response(200, std::string(kArchiveType), std::move(archive));
  response.headers.add("Content-Disposition", "attachment; filename=\"" + id->text() + ".tamizdat\"");
  co_return response;
}

}  // namespace tamizdat::submit
