#include "relay/submit/statement_api.h"

#include <algorithm>
#include <memory>

#include <boost/json.hpp>

#include "proto/format/archive.h"
#include "proto/format/hash.h"
#include "relay/submit/answers.h"
#include "relay/submit/api.h"

namespace tamizdat::submit {

namespace json = boost::json;
using statements::Statements;

namespace {

tl::unexpected<Error> not_held(std::string what) {
  return fail(kStatementOfNothingHeld, "this relay does not hold the " + std::move(what) + ": send that first");
}

}  // namespace

Result<void> is_about_what_is_held(const store::Store& store, const format::VerifiedStatement& statement) {
  if (const auto* const receipt = statement.as<format::RelayReceipt>(); receipt != nullptr && !store.log(receipt->receipt.log))
    return not_held("log of which this is a receipt");
  if (const auto* const notice = statement.as<format::Withholding>(); notice != nullptr && !store.find(notice->entry))
    return not_held("entry that this is a notice about");
  return {};
}

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
  statements::Statements::IsWanted is_wanted = [&store = store_](const format::VerifiedStatement& statement) {
    return is_about_what_is_held(store, statement);
  };
  auto taken = co_await statements_.take_group(std::move(admitted), std::move(is_wanted));
  if (!taken) co_return tl::unexpected(taken.error());
  for (std::size_t i = 0; i < places.size(); ++i) results[places[i]] = std::move((*taken)[i]);
  co_return results;
}

namespace {

// Octets that are made at a time.
constexpr std::size_t kReadBytes = 64 * 1024;

// The archive, of which only what is asked for is made.
class Archive {
 public:
  explicit Archive(std::vector<Statements::Numbered> statements) : statements_(std::move(statements)) {
    for (const auto& item : statements_) {
      begins_.push_back(size_);
      size_ += format::record_size(item.statement->octets().size());
    }
  }
  std::uint64_t size() const { return size_; }
  // Some octets from `offset` on, which is below size().
  Bytes read(std::uint64_t offset) const {
    auto at = static_cast<std::size_t>(std::ranges::upper_bound(begins_, offset) - begins_.begin()) - 1;
    const auto skipped = static_cast<std::size_t>(offset - begins_[at]);
    Bytes out;
    for (; at < statements_.size() && out.size() < skipped + kReadBytes; ++at)
      format::append_record(out, format::RecordKind::kStatement, statements_[at].statement->octets());
    return out.substr(skipped);
  }
  // No other archive has it: within an epoch a number is given once.
  std::string tag(BytesView epoch) const {
    Bytes numbers(epoch);
    for (const auto& item : statements_) append_u64_be(numbers, item.sequence);
    return to_hex(format::sha256({numbers}).view());
  }

 private:
  std::vector<Statements::Numbered> statements_;
  std::vector<std::uint64_t> begins_;
  std::uint64_t size_ = 0;
};

env::awaitable<Result<Bytes>> read_from(std::shared_ptr<const Archive> archive, std::uint64_t offset) {
  co_return archive->read(offset);
}

}  // namespace

http::Response StatementApi::get(const ProjectId& project) const {
  const auto archive = std::make_shared<const Archive>(statements_.numbered(project));
  http::Response response = http::make_response(200, std::string(kArchiveType), Bytes());
  response.headers.add("Cache-Control", "no-cache");
  if (archive->size() <= kReadBytes) {
    response.content = std::make_shared<const http::Content>(archive->size() == 0 ? Bytes() : archive->read(0));
    return response;
  }
  response.tag = archive->tag(statements_.epoch());
  response.source = http::Source{archive->size(), [archive](std::uint64_t offset) { return read_from(archive, offset); }};
  return response;
}

}  // namespace tamizdat::submit
