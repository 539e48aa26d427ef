#include "relay/submit/statement_api.h"

#include <boost/json.hpp>

#include "proto/format/archive.h"
#include "relay/submit/answers.h"
#include "relay/submit/api.h"

namespace tamizdat::submit {

namespace json = boost::json;

env::awaitable<Result<http::Response>> StatementApi::put(const Bytes& body) {
  auto records = format::parse_archive(body);
  if (!records) co_return tl::unexpected(records.error());
  for (const auto& record : *records)
    if (record.kind != format::RecordKind::kStatement)
      co_return fail(kArchiveUnexpected, "this path takes an archive of statements only: put charters to /v1/charters "
                                         "and bundles to /v1/bundles");
  json::array answers;
  std::optional<Error> refused;
  for (auto& record : *records) {
    const auto name = format::peek_statement(record.bytes);
    auto taken = co_await take(std::move(record.bytes));
    json::object answer;
    if (name) {
      answer["kind"] = format::name_of(name->kind);
      answer["project"] = name->project.text();
    }
    if (taken) {
      answer["state"] = taken->is_new ? "taken" : "held";
    } else {
      if (taken.error().code == statements::kStatementsFailed) co_return tl::unexpected(taken.error());
      answer["state"] = taken.error().code.name();
      answer["text"] = taken.error().text;
      if (!refused) refused = std::move(taken).error();
    }
    answers.push_back(std::move(answer));
  }
  json::object answer;
  if (refused) {
    answer["error"] = refused->code.name();
    answer["text"] = refused->text;
  }
  answer["statements"] = std::move(answers);
  co_return json_response(refused ? http_status(refused->code) : 200, json::serialize(answer));
}

env::awaitable<Result<statements::Taken>> StatementApi::take(Bytes statement) {
  if (const auto name = format::peek_statement(statement))
    if (auto allowed = policy::admit_project(admission_, name->project); !allowed) co_return pass(allowed);
  auto taken = co_await statements_.take(std::move(statement));
  co_return taken;
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
