#include "relay/submit/statement_api.h"

#include <boost/json.hpp>

#include "proto/format/archive.h"
#include "relay/submit/answers.h"
#include "relay/submit/api.h"

namespace tamizdat::submit {

namespace json = boost::json;

namespace {

// What was sent of it, one after the other: the first one that cannot be read is the last.
struct Submitted {
  std::vector<Result<format::StatementName>> names;
  std::vector<Bytes> statements;
};

Result<Submitted> parse(const Bytes& body) {
  if (format::count_records(body, StatementApi::kStatementsMax + 1) > StatementApi::kStatementsMax)
    return fail(kArchiveUnexpected, "this path takes " + std::to_string(StatementApi::kStatementsMax) +
                                        " statements at a time: send the others in further requests");
  auto records = format::parse_archive(body);
  if (!records) return tl::unexpected(records.error());
  Submitted out;
  for (auto& record : *records) {
    if (record.kind != format::RecordKind::kStatement)
      return fail(kArchiveUnexpected, "this path takes an archive of statements only: put charters to /v1/charters "
                                      "and bundles to /v1/bundles");
    if (!out.names.empty() && !out.names.back() && out.names.back().error().code == format::kStatementMalformed) continue;
    out.names.push_back(format::peek_statement(record.bytes));
    out.statements.push_back(std::move(record.bytes));
  }
  return out;
}

json::object answer_to(const Result<format::StatementName>& name, const Result<statements::Taken>& taken) {
  json::object out;
  if (name) {
    out["kind"] = format::name_of(name->kind);
    out["project"] = name->project.text();
  }
  if (taken) {
    out["state"] = taken->is_new ? "taken" : "held";
  } else {
    out["state"] = taken.error().code.name();
    out["text"] = taken.error().text;
  }
  return out;
}

}  // namespace

env::awaitable<Result<http::Response>> StatementApi::put(const Bytes& body) {
  auto submitted = parse(body);
  if (!submitted) co_return tl::unexpected(submitted.error());
  auto results = co_await take(std::move(submitted->statements), submitted->names);
  if (!results) co_return tl::unexpected(results.error());
  json::array answers;
  const Error* refused = nullptr;
  for (std::size_t i = 0; i < results->size(); ++i) {
    answers.push_back(answer_to(submitted->names[i], (*results)[i]));
    if (!(*results)[i] && refused == nullptr) refused = &(*results)[i].error();
  }
  json::object answer;
  if (refused != nullptr) {
    answer["error"] = refused->code.name();
    answer["text"] = refused->text;
  }
  answer["statements"] = std::move(answers);
  co_return json_response(refused != nullptr ? http_status(refused->code) : 200, json::serialize(answer));
}

// One result a statement: those that may come in are taken in one commit.
env::awaitable<Result<StatementApi::Results>> StatementApi::take(std::vector<Bytes> statements,
                                                                 const std::vector<Result<format::StatementName>>& names) {
  Results results;
  std::vector<Bytes> admitted;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto allowed = names[i] ? policy::admit_project(admission_, names[i]->project) : Result<void>();
    if (!allowed) {
      results.push_back(tl::unexpected(allowed.error()));
      continue;
    }
    places.push_back(i);
    results.emplace_back();
    admitted.push_back(std::move(statements[i]));
  }
  auto taken = co_await statements_.take_group(std::move(admitted));
  if (!taken) co_return tl::unexpected(taken.error());
  for (std::size_t i = 0; i < places.size(); ++i) results[places[i]] = std::move((*taken)[i]);
  co_return results;
}

http::Response StatementApi::get(const ProjectId& project) const {
  Bytes archive;
  for (const auto& statement : statements_.of(project))
    format::append_record(archive, format::RecordKind::kStatement, statement->octets());
  http::Response response = http::make_response(200, std::string(kArchiveType), std::move(archive));
  response.headers.add("Cache-Control", "no-cache");
  return response;
}

}  // namespace tamizdat::submit
