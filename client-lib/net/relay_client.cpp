#include "client-lib/net/relay_client.h"

#include <boost/json.hpp>

#include <charconv>

#include "proto/format/archive.h"
#include "proto/format/attachment.h"
#include "proto/format/limits.h"

namespace tamizdat::net {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kSmallAnswerBytesMax = 64 * 1024;
// A receipt of format::kReceiptBytesMax in base64, and what is around it.
constexpr std::uint64_t kPutAnswerBytesMax = 128 * 1024;
static_assert(kPutAnswerBytesMax > format::kReceiptBytesMax * 4 / 3 + 4096);
// 64 desks and 240 closed ones with labels and hashes.
constexpr std::uint64_t kProjectBytesMax = std::uint64_t{1} << 20;
// 10,000 projects of 1 KiB each; a relay with more needs pages, which this version does not ask for.
constexpr std::uint64_t kProjectListBytesMax = std::uint64_t{16} << 20;
// 300 versions of the largest charter.
constexpr std::uint64_t kCharterChainBytesMax = std::uint64_t{24} << 20;

// 64 relays that say three things of each of 300 logs, and receipts with many exceptions.
constexpr std::uint64_t kStatementsBytesMax = std::uint64_t{64} << 20;
// kSlotsListedMax ids in hexadecimal, and 33 days.
constexpr std::uint64_t kSlotListBytesMax = std::uint64_t{5} << 20;
// Who takes longer for a small answer holds up what others would take: a line of 16 kbit/s brings it in half of that, and Tor
// begins within twenty seconds.
constexpr std::chrono::seconds kSmallAnswerTimeMax{60};

constexpr const char* kArchiveType = "application/vnd.tamizdat.archive";
constexpr const char* kBundleType = "application/vnd.tamizdat.bundle";

tl::unexpected<Error> broken(const RelayClient& relay, std::string_view what) {
  return fail(kRelayAnswerInvalid, "the server at " + relay.host_and_port() + " does not answer as a relay does (" +
                                       std::string(what) + "): check the address, or ask the operator");
}

Result<json::object> object_of(const RelayClient& relay, const HttpAnswer& answer) {
  json::error_code error;
  auto value = json::parse(answer.body, error);
  if (error || !value.is_object()) return broken(relay, "no JSON object");
  return std::move(value.get_object());
}

std::string text_in(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<std::uint64_t> number_in(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr) return std::nullopt;
  json::error_code error;
  const auto number = value->to_number<std::uint64_t>(error);
  if (error || number > format::kLogSizeMax) return std::nullopt;
  return number;
}

Result<std::uint64_t> required_number(const RelayClient& relay, const HttpAnswer& answer, std::string_view key) {
  const auto object = object_of(relay, answer);
  if (!object) return tl::unexpected(object.error());
  const auto number = number_in(*object, key);
  if (!number) return broken(relay, "no number \"" + std::string(key) + "\"");
  return *number;
}

// What the relay says is wrong: its code and its words to the sender.
struct Complaint {
  std::string code;
  std::string text;
  std::optional<std::uint64_t> held;
};

Complaint complaint_of(const RelayClient& relay, const HttpAnswer& answer) {
  const auto object = object_of(relay, answer);
  if (!object) return {"", "HTTP status " + std::to_string(answer.status), std::nullopt};
  return {text_in(*object, "error"), text_in(*object, "text"), number_in(*object, "held")};
}

tl::unexpected<Error> refused(const RelayClient& relay, const HttpAnswer& answer) {
  const Complaint complaint = complaint_of(relay, answer);
  const std::string why = complaint.text.empty() ? complaint.code : complaint.text;
  if (answer.status == 429 || answer.status >= 500)
    return fail(kRelayBusy, "the relay cannot take it now: " + why);
  return fail(kRelayRefused, "the relay refuses: " + why);
}

Result<RelayProject> project_of(const RelayClient& relay, const json::value& value) {
  if (!value.is_object()) return broken(relay, "a project that is no object");
  const json::object& object = value.get_object();
  RelayProject out;
  const auto id = ProjectId::parse(text_in(object, "project"));
  if (!id) return broken(relay, "a project without an id");
  out.project = *id;
  out.charter_version = number_in(object, "charter_version").value_or(0);
  const auto hash = from_hex(text_in(object, "charter_hash"));
  if (hash) out.charter_hash = Hash32::from(*hash);
  const auto* logs = object.if_contains("logs");
  if (logs == nullptr || !logs->is_array()) return out;
  for (const auto& item : logs->get_array()) {
    if (!item.is_object()) return broken(relay, "a log that is no object");
    const auto log = LogId::parse(text_in(item.get_object(), "log"));
    const auto size = number_in(item.get_object(), "size");
    if (!log || !size) return broken(relay, "a log without id and size");
    out.logs.push_back({*log, *size});
  }
  return out;
}

std::optional<HeldAttachment::Blocks> blocks_of(const json::value& value, const BlobId& blob) {
  const auto pair = json::try_value_to<std::pair<std::uint64_t, std::uint64_t>>(value);
  if (!pair) return std::nullopt;
  const std::uint64_t blocks = format::block_count(blob.size);
  const auto [first, count] = *pair;
  if (first >= blocks || count == 0 || count > blocks - first) return std::nullopt;
  return HeldAttachment::Blocks{first, count};
}

Result<HeldAttachment> attachment_of(const RelayClient& relay, const HttpAnswer& answer, const BlobId& blob) {
  if (answer.status != 200) return refused(relay, answer);
  const auto object = object_of(relay, answer);
  if (!object) return tl::unexpected(object.error());
  HeldAttachment out;
  const std::string state = text_in(*object, "state");
  if (state == "whole") return HeldAttachment{HeldAttachment::State::kWhole, {}};
  if (state != "part" && state != "unknown") return broken(relay, "an attachment in no known state");
  out.state = state == "part" ? HeldAttachment::State::kPart : HeldAttachment::State::kUnknown;
  const auto* const missing = object->if_contains("missing");
  if (missing == nullptr || !missing->is_array() || missing->get_array().empty())
    return broken(relay, "an attachment of which nothing is missing and which is not whole");
  for (const auto& item : missing->get_array()) {
    const auto blocks = blocks_of(item, blob);
    if (!blocks) return broken(relay, "missing blocks that the attachment has not");
    out.missing.push_back(*blocks);
  }
  return out;
}

// One of the days of a pool's list. False if it is none.
bool append_slots(std::vector<ListedSlot>& to, const json::value& day) {
  if (!day.is_object()) return false;
  const auto ends = parse_rfc3339(text_in(day.get_object(), "ends"));
  const auto* const slots = day.get_object().if_contains("slots");
  if (!ends || slots == nullptr || !slots->is_array()) return false;
  for (const auto& item : slots->get_array()) {
    const auto octets = item.is_string() ? from_hex(std::string_view(item.get_string())) : fail(kEncodingInvalid, "");
    const auto id = octets ? Hash32::from(*octets) : std::nullopt;
    if (!id) return false;
    to.push_back({*id, *ends});
  }
  return true;
}

std::string path_of(const BlobId& blob) { return "/v1/attachments/" + blob.text(); }

}  // namespace

RelayClient::RelayClient(Http& http, sync::RelayAddress address) : http_(http), address_(std::move(address)) {}

std::string host_and_port(const sync::RelayAddress& address) {
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

Result<HttpAnswer> RelayClient::get(const std::string& path, std::uint64_t answer_bytes_max, std::vector<std::string> headers) {
  HttpRequest request;
  request.headers = std::move(headers);
  request.url = "https://" + host_and_port() + path;
  request.key_pin = address_.key_pin;
  request.answer_bytes_max = answer_bytes_max;
  if (answer_bytes_max <= kSmallAnswerBytesMax) request.time_max = kSmallAnswerTimeMax;
  return http_.send(request);
}

Result<HttpAnswer> RelayClient::put(const std::string& path, const char* media_type, BytesView body,
                                    std::vector<std::string> headers) {
  HttpRequest request;
  request.method = "PUT";
  request.url = "https://" + host_and_port() + path;
  request.key_pin = address_.key_pin;
  request.headers = std::move(headers);
  request.headers.push_back(std::string("Content-Type: ") + media_type);
  request.body = body;
  request.answer_bytes_max = kPutAnswerBytesMax;
  return http_.send(request);
}

Result<RelaySelf> RelayClient::self() {
  const auto answer = get("/v1/relay", kSmallAnswerBytesMax);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status != 200) return refused(*this, *answer);
  const auto object = object_of(*this, *answer);
  if (!object) return tl::unexpected(object.error());
  if (text_in(*object, "relay") != address_.relay.text())
    return broken(*this, "it is not the relay " + address_.relay.text());
  return RelaySelf{text_in(*object, "label"), text_in(*object, "country")};
}

Result<format::RelayDescriptor> RelayClient::descriptor() {
  const auto answer = get("/v1/relay/descriptor", kSmallAnswerBytesMax);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status != 200) return refused(*this, *answer);
  auto descriptor = format::verify_relay_descriptor(answer->body);
  if (!descriptor) return broken(*this, descriptor.error().text);
  if (descriptor->relay != address_.relay) return broken(*this, "its descriptor is of another relay");
  return descriptor;
}

Result<std::vector<RelayProject>> RelayClient::projects() {
  const auto answer = get("/v1/projects", kProjectListBytesMax);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status != 200) return refused(*this, *answer);
  const auto object = object_of(*this, *answer);
  if (!object) return tl::unexpected(object.error());
  const auto* list = object->if_contains("projects");
  if (list == nullptr || !list->is_array()) return broken(*this, "no list \"projects\"");
  std::vector<RelayProject> out;
  for (const auto& item : list->get_array()) {
    auto project = project_of(*this, item);
    if (!project) return pass(project);
    out.push_back(*std::move(project));
  }
  return out;
}

Result<std::optional<RelayProject>> RelayClient::project(const ProjectId& id) {
  const auto answer = get("/v1/projects/" + id.text(), kProjectBytesMax);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status == 404) return std::optional<RelayProject>();
  if (answer->status != 200) return refused(*this, *answer);
  auto object = object_of(*this, *answer);
  if (!object) return pass(object);
  auto project = project_of(*this, json::value(*std::move(object)));
  if (!project) return pass(project);
  return std::optional(*std::move(project));
}

Result<std::vector<Bytes>> RelayClient::charters(const ProjectId& project) {
  const auto answer = get("/v1/projects/" + project.text() + "/charters?from=1", kCharterChainBytesMax);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status != 200) return refused(*this, *answer);
  auto records = format::parse_archive(answer->body);
  if (!records) return broken(*this, "no archive of charters");
  std::vector<Bytes> out;
  for (auto& record : *records)
    if (record.kind == format::RecordKind::kSignedCharter) out.push_back(std::move(record.bytes));
  return out;
}

Result<std::vector<format::ArchiveRecord>> RelayClient::all_charters() {
  const auto answer = get("/v1/charters", format::kCharterDirectoryBytesMax);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status != 200) return refused(*this, *answer);
  auto records = format::parse_archive(answer->body);
  if (!records) return broken(*this, "no archive of charters");
  return records;
}

Result<std::vector<Bytes>> RelayClient::statements(const ProjectId& id) {
  const auto answer = get("/v1/projects/" + id.text() + "/statements", kStatementsBytesMax);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status == 404) return std::vector<Bytes>();
  if (answer->status != 200) return refused(*this, *answer);
  auto records = format::parse_archive(answer->body);
  if (!records) return broken(*this, records.error().text);
  std::vector<Bytes> out;
  for (auto& record : *records)
    if (record.kind == format::RecordKind::kStatement) out.push_back(std::move(record.bytes));
  return out;
}

Result<std::optional<RelayHead>> RelayClient::head(const LogId& log) {
  auto answer = get("/v1/logs/" + log.text() + "/head", kSmallAnswerBytesMax);
  if (!answer) return pass(answer);
  if (answer->status == 404) return std::optional<RelayHead>();
  if (answer->status != 200) return refused(*this, *answer);
  const std::string_view held = answer->header("tamizdat-held");
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(held.data(), held.data() + held.size(), number);
  if (error != std::errc{} || end != held.data() + held.size()) return broken(*this, "no header Tamizdat-Held");
  return std::optional(RelayHead{std::move(answer->body), number});
}

Result<std::optional<Bytes>> RelayClient::bundle(const LogId& log, std::uint64_t from, std::uint64_t entries_max) {
  const std::string max = entries_max == 0 ? "" : "&max=" + std::to_string(entries_max);
  auto answer = get("/v1/logs/" + log.text() + "/bundles?from=" + std::to_string(from) + max, format::kBundleBytesMax);
  if (!answer) return pass(answer);
  if (answer->status == 204) return std::optional<Bytes>();
  if (answer->status != 200) return refused(*this, *answer);
  return std::optional(std::move(answer->body));
}

Result<std::optional<Bytes>> RelayClient::entry(const EntryId& entry) {
  auto answer = get("/v1/entries/" + entry.text(), kCharterChainBytesMax + format::kArchiveRecordBytesMax);
  if (!answer) return pass(answer);
  if (answer->status == 404) return std::optional<Bytes>();
  if (answer->status != 200) return refused(*this, *answer);
  return std::optional(std::move(answer->body));
}

Result<std::uint64_t> RelayClient::put_charters(std::span<const Bytes> chain) {
  Bytes archive;
  for (const auto& charter : chain) format::append_record(archive, format::RecordKind::kSignedCharter, charter);
  const auto answer = put("/v1/charters", kArchiveType, archive);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status != 200) return refused(*this, *answer);
  return required_number(*this, *answer, "version");
}

Result<PutAnswer> RelayClient::put_bundle(BytesView bundle) {
  const auto answer = put("/v1/bundles?wait=1", kBundleType, bundle);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status == 200) {
    const auto object = object_of(*this, *answer);
    if (!object) return tl::unexpected(object.error());
    const auto held = number_in(*object, "held");
    if (!held) return broken(*this, "no number \"held\"");
    return PutAnswer{PutAnswer::Outcome::kTaken, *held, from_base64(text_in(*object, "receipt")).value_or(Bytes())};
  }
  const Complaint complaint = complaint_of(*this, *answer);
  if (complaint.code == "gap" && complaint.held) return PutAnswer{PutAnswer::Outcome::kGap, *complaint.held};
  if (complaint.code == "unknown-project" || complaint.code == "charter-outdated" ||
      complaint.code == "head-of-unknown-desk")
    return PutAnswer{PutAnswer::Outcome::kCharterNeeded, 0};
  return refused(*this, *answer);
}

Result<void> RelayClient::put_statement(BytesView statement) {
  Bytes archive;
  format::append_record(archive, format::RecordKind::kStatement, statement);
  const auto answer = put("/v1/statements", kArchiveType, archive);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status != 200) return refused(*this, *answer);
  return {};
}

Result<HeldAttachment> RelayClient::attachment(const BlobId& blob) {
  const auto answer = get(path_of(blob), kSmallAnswerBytesMax);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status == 404 && complaint_of(*this, *answer).code == "blob-unknown") return HeldAttachment{};
  return attachment_of(*this, *answer, blob);
}

Result<std::optional<std::vector<Hash32>>> RelayClient::leaves(const BlobId& blob) {
  const std::uint64_t octets = format::block_count(blob.size) * sizeof(Hash32::octets);
  const auto answer = get(path_of(blob) + "/leaves", std::max(octets, kSmallAnswerBytesMax));
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status == 404) return std::optional<std::vector<Hash32>>();
  if (answer->status != 200) return refused(*this, *answer);
  std::vector<Hash32> out;
  BytesView rest = answer->body;
  for (; rest.size() >= sizeof(Hash32::octets); rest.remove_prefix(sizeof(Hash32::octets)))
    out.push_back(*Hash32::from(rest.substr(0, sizeof(Hash32::octets))));
  if (!rest.empty() || answer->body.size() != octets) return broken(*this, "leaf hashes in a wrong number");
  return std::optional(std::move(out));
}

Result<std::optional<Bytes>> RelayClient::blocks(const BlobId& blob, std::uint64_t first, std::uint64_t count) {
  const std::uint64_t from = first * format::kBlockBytes;
  const std::uint64_t octets = std::min(count * format::kBlockBytes, blob.size - from);
  const bool is_all = octets == blob.size;
  std::vector<std::string> range;
  if (!is_all) range.push_back("Range: bytes=" + std::to_string(from) + "-" + std::to_string(from + octets - 1));
  auto answer = get("/b/" + blob.text(), std::max(octets, kSmallAnswerBytesMax), std::move(range));
  if (!answer) return pass(answer);
  if (answer->status == 404) return std::optional<Bytes>();
  if (answer->status != (is_all ? 200 : 206)) return refused(*this, *answer);
  if (answer->body.size() != octets) return broken(*this, "another part of an attachment than was asked for");
  return std::optional(std::move(answer->body));
}

Result<HeldAttachment> RelayClient::put_of(const BlobId& blob, const std::string& part, BytesView octets) {
  const auto answer = put(path_of(blob) + "/" + part, "application/octet-stream", octets);
  if (!answer) return tl::unexpected(answer.error());
  return attachment_of(*this, *answer, blob);
}

Result<HeldAttachment> RelayClient::put_leaves(const BlobId& blob, std::span<const Hash32> leaves) {
  Bytes octets;
  for (const auto& leaf : leaves) octets += leaf.view();
  return put_of(blob, "leaves", octets);
}

Result<HeldAttachment> RelayClient::put_blocks(const BlobId& blob, std::uint64_t first, BytesView octets) {
  return put_of(blob, "blocks?from=" + std::to_string(first), octets);
}

Result<std::vector<ListedSlot>> RelayClient::slots() {
  const auto answer = get("/v1/sealed", kSlotListBytesMax);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status != 200) return refused(*this, *answer);
  const auto object = object_of(*this, *answer);
  if (!object) return tl::unexpected(object.error());
  const auto* const days = object->if_contains("days");
  if (days == nullptr || !days->is_array()) return broken(*this, "no list of slots");
  std::vector<ListedSlot> out;
  for (const auto& day : days->get_array())
    if (!append_slots(out, day) || out.size() > format::kSlotsListedMax) return broken(*this, "no list of slots");
  return out;
}

Result<std::optional<Bytes>> RelayClient::slot(const Hash32& id) {
  auto answer = get("/v1/sealed/" + to_hex(id.view()), format::kSlotSizes.back());
  if (!answer) return pass(answer);
  if (answer->status == 404) return std::optional<Bytes>();
  if (answer->status != 200) return refused(*this, *answer);
  return std::optional(std::move(answer->body));
}

Result<void> RelayClient::put_slot(BytesView slot, const std::string& submission) {
  const auto answer = put("/v1/sealed", "application/octet-stream", slot, {"Tamizdat-Desk: " + submission});
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status == 200) return {};
  const Complaint complaint = complaint_of(*this, *answer);
  if (complaint.code == "unknown-project" || complaint.code == "desk-closed")
    return fail(kRelayLacksCharter, "the relay does not know this desk: " + complaint.text);
  return refused(*this, *answer);
}

}  // namespace tamizdat::net
