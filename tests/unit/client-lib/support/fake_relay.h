// A relay without sockets: it answers the HTTP API out of memory, verifies what it is sent as a real one does, and can be
// made to be down, to refuse, to forget, to lie. FakeNetwork routes requests to relays and pages by their address.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client-lib/net/http.h"
#include "proto/format/archive.h"
#include "proto/format/bundle.h"
#include "proto/format/hash.h"
#include "proto/format/relay_descriptor.h"
#include "proto/format/statement.h"
#include "proto/sync/relay_address.h"
#include "tests/support/project_builder.h"
#include "tests/unit/client-lib/support/fake_attachments.h"

namespace tamizdat::tests {

class FakeRelay {
 public:
  FakeRelay(std::string label, std::string country, std::uint16_t port)
      : label_(std::move(label)), country_(std::move(country)) {
    address_.relay = RelayId(key("identity").public_key());
    address_.host = "relay.example";
    address_.port = port;
    address_.key_pin = format::sha256({"pin ", label_});
    address_.link_path = "/link/" + std::to_string(port);
  }

  const sync::RelayAddress& address() const { return address_; }
  // "identity", "witness" or "mirror".
  format::SigningKey key(const std::string& role) const {
    return *format::SigningKey::from_seed(format::sha256({"relay ", label_, role}).view());
  }
  // As a charter lists it.
  format::PolicyRelay in_policy() const {
    return {address_.relay, country_, key("witness").public_key(), key("mirror").public_key()};
  }
  std::string line() const { return address_.text(); }
  std::uint64_t held(const LogId& log) const { return logs_.contains(log) ? logs_.at(log).leaves.size() : 0; }
  std::optional<LogId> only_log() const {
    if (logs_.size() != 1) return std::nullopt;
    return logs_.begin()->first;
  }
  // Bundles as they came in, in order.
  const std::vector<Bytes>& received() const { return received_; }

  std::vector<Bytes> said;  // what relays say, as it gives it out: true or not
  // That it signs at this time of the log's first `size` entries.
  void sign(const std::vector<format::VerifiedCharter>& chain, const LogBuilder& log, std::uint64_t size, Timestamp time) {
    const auto& charter = chain.back();
    said.push_back(format::make_charter_seen(charter.project(), {charter.version(), charter.hash(), std::nullopt, time}, key("witness")));
    said.push_back(format::make_cosigned_head(
        charter.project(), format::cosign(log.head_bytes(size), address_.relay, key("witness"), time)));
    said.push_back(format::make_receipt(charter.project(), {log.id(), size, log.root(size), time, 0, size, {}}, key("mirror")));
  }

  std::optional<Timestamp> signs_receipts_at;  // into its answers to bundles
  std::string signs_receipts_with = "mirror";  // its key

  bool down = false;
  std::string refusal;                              // of every bundle, if not empty
  std::function<void(Bytes&)> mangle_bundle;        // what it serves
  std::set<std::uint64_t> hidden;                   // entries of any log that it serves without their bodies
  format::Absence hidden_as = format::Absence::kNotHeld;
  std::optional<std::uint64_t> bundles_until_down;  // then the connection breaks
  bool entries_are_hidden = false;  // it gives none by its id
  bool key_changed = false;
  std::optional<std::vector<Bytes>> statements;  // that it took; none: it is too old to know of them
  const std::optional<format::VerifiedCharter>& charter_in_force() const { return charter_; }
  FakeAttachments attachments;
  std::optional<std::uint64_t> blocks_until_down;  // requests with blocks, then the connection breaks

  // As after a crash that lost its disk.
  void forget_all() {
    chain_.clear();
    charter_.reset();
    logs_.clear();
  }
  void forget_entries_from(std::uint64_t size) {
    for (auto& [id, log] : logs_) {
      log.leaves.resize(std::min<std::size_t>(log.leaves.size(), size));
      log.headers.resize(log.leaves.size());
      log.bodies.resize(log.leaves.size());
    }
  }
  // Takes them by themselves, as from another relay.
  void hold(const std::vector<format::VerifiedCharter>& charters, const std::vector<Bytes>& bundles) {
    for (const auto& charter : charters) {
      chain_.emplace_back(charter.signed_bytes());
      charter_ = charter;
    }
    for (const auto& bundle : bundles) take(bundle);
  }

  net::HttpAnswer handle(const net::HttpRequest& request, const std::string& path) {
    if (path == "/v1/relay")
      return json("{\"relay\":\"" + address_.relay.text() + "\",\"label\":\"" + label_ + "\",\"country\":\"" + country_ +
                  "\",\"version\":\"0\"}");
    if (path == "/v1/relay/descriptor") {
      const format::RelayDescriptor descriptor{address_.relay, key("witness").public_key(), key("mirror").public_key(),
                                               label_,         country_,                    {"relay.example:443"},
                                               Timestamp()};
      return answer(200, format::sign_relay_descriptor(descriptor, key("identity")));
    }
    if (path.starts_with("/v1/projects/") && path.ends_with("/statements")) {
      Bytes archive;
      for (const auto& statement : said) format::append_record(archive, format::RecordKind::kStatement, statement);
      return answer(200, std::move(archive));
    }
    if (request.method == "PUT" && path == "/v1/charters") return put_charters(request.body);
    if (request.method == "PUT" && path == "/v1/statements" && statements) {
      auto records = *format::parse_archive(request.body);
      for (auto& record : records) statements->push_back(std::move(record.bytes));
      return json("{\"statements\":[]}");
    }
    if (request.method == "PUT" && path.starts_with("/v1/bundles")) return put_bundle(request.body);
    if (path == "/v1/projects") return json("{\"projects\":[" + (charter_ ? project_json() : "") + "]}");
    if (charter_ && path == "/v1/projects/" + charter_->project().text()) return json(project_json());
    if (charter_ && path.starts_with("/v1/projects/" + charter_->project().text() + "/charters")) return answer(200, charters());
    if (path.starts_with("/v1/logs/")) return serve_log(path.substr(9));
    if (path.starts_with("/b/")) return attachments.serve(request, path.substr(3));
    if (path.starts_with("/v1/attachments/"))
      return attachments.handle(request, path.substr(16), [this](const BlobId& blob) { return is_named(blob); });
    if (path.starts_with("/v1/entries/")) return serve_entry(path.substr(12));
    return error(404, "not-found", "there is nothing here");
  }

 private:
  struct Log {
    format::LogName name;
    std::vector<Bytes> headers, bodies;
    std::vector<Hash32> leaves;
    Bytes head;
    std::uint64_t head_size = 0;
  };

  bool is_named(const BlobId& blob) const {
    for (const auto& [id, log] : logs_)
      for (const auto& body : log.bodies)
        if (std::ranges::count(format::blobs_named_by(body), blob) > 0) return true;
    return false;
  }

  static net::HttpAnswer answer(int status, Bytes body) {
    net::HttpAnswer out;
    out.status = status;
    out.body = std::move(body);
    return out;
  }
  static net::HttpAnswer json(const std::string& text) { return answer(200, text); }
  static net::HttpAnswer error(int status, const std::string& code, const std::string& text, const std::string& more = "") {
    return answer(status, "{\"error\":\"" + code + "\",\"text\":\"" + text + "\"" + more + "}");
  }

  Bytes charters() const {
    Bytes out;
    for (const auto& charter : chain_) format::append_record(out, format::RecordKind::kSignedCharter, charter);
    return out;
  }

  std::string project_json() const {
    std::string logs;
    for (const auto& [id, log] : logs_)
      logs += std::string(logs.empty() ? "" : ",") + "{\"desk\":\"" + log.name.desk.text() + "\",\"label\":\"x\",\"log\":\"" +
              id.text() + "\",\"size\":" + std::to_string(log.leaves.size()) + ",\"root\":\"\"}";
    return "{\"project\":\"" + charter_->project().text() + "\",\"title\":\"x\",\"languages\":[],\"regions\":[]," +
           "\"charter_version\":" + std::to_string(charter_->version()) + ",\"charter_hash\":\"" + to_hex(charter_->hash().view()) + "\",\"logs\":[" + logs + "]}";
  }

  net::HttpAnswer put_charters(BytesView archive) {
    const auto records = format::parse_archive(archive);
    if (!records) return error(400, "archive-malformed", records.error().text);
    std::vector<Bytes> chain;
    for (const auto& record : *records) chain.push_back(record.bytes);
    const auto charter = format::verify_charter_chain(chain);
    if (!charter) return error(400, std::string(charter.error().code.name()), charter.error().text);
    chain_ = chain;
    charter_ = *charter;
    return json("{\"project\":\"" + charter->project().text() + "\",\"version\":" + std::to_string(charter->version()) + "}");
  }

  net::HttpAnswer put_bundle(const Bytes& bytes) {
    if (!refusal.empty()) return error(403, "project-not-listed", refusal);
    if (!charter_) return error(404, "unknown-project", "send its charters first");
    const auto bundle = format::verify_bundle(*charter_, bytes);
    if (!bundle) return error(400, std::string(bundle.error().code.name()), bundle.error().text);
    Log& log = logs_[bundle->head().log()];
    if (bundle->from() > log.leaves.size())
      return error(409, "gap", "send from there", ",\"held\":" + std::to_string(log.leaves.size()));
    received_.push_back(bytes);
    take(bytes);
    std::string receipt;
    if (signs_receipts_at && log.leaves.size() == bundle->head().size())
      receipt = ",\"receipt\":\"" + to_base64(format::make_receipt(charter_->project(),
                {bundle->head().log(), bundle->head().size(), bundle->head().root(), *signs_receipts_at, 0, bundle->head().size(), {}},
                key(signs_receipts_with))) + "\"";
    return json("{\"log\":\"" + bundle->head().log().text() + "\",\"held\":" + std::to_string(log.leaves.size()) + receipt + "}");
  }

  void take(BytesView bytes) {
    const auto bundle = format::verify_bundle(*charter_, bytes);
    Log& log = logs_[bundle->head().log()];
    log.name = {bundle->head().project(), bundle->head().desk()};
    if (bundle->head().size() >= log.head_size) {
      log.head = Bytes(bundle->head().bytes());
      log.head_size = bundle->head().size();
    }
    for (std::uint64_t i = log.leaves.size(); i < bundle->to(); ++i) {
      const auto& entry = bundle->entries()[static_cast<std::size_t>(i - bundle->from())];
      log.headers.emplace_back(entry.header_bytes());
      log.bodies.push_back(entry.body().value_or(""));
      log.leaves.push_back(entry.id().value);
    }
  }

  static Hash32 perfect(const Log& log, unsigned level, std::uint64_t index) {
    if (level == 0) return log.leaves[static_cast<std::size_t>(index)];
    return format::node_hash(perfect(log, level - 1, 2 * index), perfect(log, level - 1, 2 * index + 1));
  }

  // All entries from `from` to `to` under the newest head; everything of it is held.
  Bytes bundle_of(const Log& log, std::uint64_t from, std::uint64_t to) const {
    std::vector<format::BundleEntry> entries;
    for (std::uint64_t i = from; i < to; ++i) {
      format::BundleEntry entry{log.headers[static_cast<std::size_t>(i)], {}, hidden_as};
      if (!hidden.contains(i)) entry.body = log.bodies[static_cast<std::size_t>(i)];
      entries.push_back(entry);
    }
    std::vector<Hash32> proof;
    for (const auto& subtree : format::proof_subtrees(from, to, log.leaves.size()))
      proof.push_back(format::subtree_hash(subtree, [&](unsigned level, std::uint64_t index) { return perfect(log, level, index); }));
    return format::serialise_bundle(log.head, from, entries, proof);
  }

  net::HttpAnswer serve_log(const std::string& rest) {
    const auto slash = rest.find('/');
    const auto id = LogId::parse(rest.substr(0, slash));
    if (!id || !logs_.contains(*id)) return error(404, "unknown-log", "not held");
    const Log& log = logs_.at(*id);
    const std::string part = rest.substr(slash + 1);
    if (part == "head") {
      net::HttpAnswer out = answer(200, log.head);
      out.headers["tamizdat-held"] = std::to_string(log.leaves.size());
      return out;
    }
    const std::uint64_t from = std::stoull(part.substr(part.find('=') + 1));
    if (from >= log.leaves.size() || log.leaves.size() != log.head_size) return answer(204, "");
    // Small bundles, so that a log takes several.
    constexpr std::uint64_t kEntriesMax = 4;
    Bytes bundle = bundle_of(log, from, std::min<std::uint64_t>(from + kEntriesMax, log.leaves.size()));
    if (mangle_bundle) mangle_bundle(bundle);
    return answer(200, std::move(bundle));
  }

  net::HttpAnswer serve_entry(const std::string& text) {
    const auto id = EntryId::parse(text);
    if (entries_are_hidden) return error(410, "retracted", "it was retracted");
    for (const auto& [log_id, log] : logs_)
      for (std::size_t i = 0; id && i < log.leaves.size(); ++i)
        if (log.leaves[i] == id->value) {
          Bytes archive = charters();
          format::append_record(archive, format::RecordKind::kBundle, bundle_of(log, i, i + 1));
          return answer(200, std::move(archive));
        }
    return error(404, "unknown-entry", "not held");
  }

  std::string label_, country_;
  sync::RelayAddress address_;
  std::vector<Bytes> chain_;
  std::optional<format::VerifiedCharter> charter_;
  std::map<LogId, Log> logs_;
  std::vector<Bytes> received_;
};

struct FakePage {
  int status = 200;
  std::string body;
  std::string content_type;
  std::string etag;
  std::map<std::string, std::string> headers = {};  // more of them, names in lower case
};

class FakeNetwork {
 public:
  FakeRelay& add_relay(const std::string& label, const std::string& country) {
    relays_.push_back(std::make_unique<FakeRelay>(label, country, static_cast<std::uint16_t>(8440 + relays_.size())));
    return *relays_.back();
  }
  std::map<std::string, FakePage> pages;  // by their URL
  std::vector<net::HttpRequest> requests;
  // How often a page was asked for.
  std::size_t asked(const std::string& url) const {
    return static_cast<std::size_t>(std::ranges::count(requests, url, &net::HttpRequest::url));
  }

  // Does something, once, while the first request whose URL ends so is on its way.
  void meanwhile(const std::string& url_end, std::function<void()> event) { meanwhile_ = {url_end, std::move(event)}; }

  std::function<void(const net::HttpRequest&)> on_request;  // of each

  Result<net::HttpAnswer> send(const net::HttpRequest& request) {
    const std::lock_guard one_at_a_time(lock_);  // a freeze goes to all relays at once
    requests.push_back(request);
    if (on_request) on_request(request);
    if (meanwhile_.second && request.url.ends_with(meanwhile_.first)) std::exchange(meanwhile_, {}).second();
    for (const auto& relay : relays_) {
      const std::string base = "https://relay.example:" + std::to_string(relay->address().port);
      if (!request.url.starts_with(base + "/")) continue;
      return send_to(*relay, request, request.url.substr(base.size()));
    }
    const auto page = pages.find(request.url);
    if (page == pages.end()) return fail(net::kUnreachable, "nothing answers at that address");
    return serve(page->second, request);
  }

  // An Http that forwards to this network, which outlives it.
  std::unique_ptr<net::Http> http() {
    class Forward final : public net::Http {
     public:
      explicit Forward(FakeNetwork& network) : network_(network) {}
      Result<net::HttpAnswer> send(const net::HttpRequest& request) override {
        if (gives_up()) return fail(net::kUnreachable, "given up");
        return network_.send(request);
      }

     private:
      FakeNetwork& network_;
    };
    return std::make_unique<Forward>(*this);
  }

 private:
  static Result<net::HttpAnswer> send_to(FakeRelay& relay, const net::HttpRequest& request, const std::string& path) {
    if (relay.key_changed || request.key_pin != relay.address().key_pin)
      return fail(net::kKeyPinMismatch, "the server does not have the key of the relay's address");
    if (relay.bundles_until_down && request.method == "PUT" && path.starts_with("/v1/bundles")) {
      if (*relay.bundles_until_down == 0) relay.down = true;
      --*relay.bundles_until_down;
    }
    if (relay.blocks_until_down && (path.find("/blocks?") != std::string::npos || path.starts_with("/b/"))) {
      if (*relay.blocks_until_down == 0) relay.down = true;
      --*relay.blocks_until_down;
    }
    if (relay.down) return fail(net::kUnreachable, "nothing answers at relay.example");
    auto answer = relay.handle(request, path);
    if (answer.body.size() > request.answer_bytes_max) return fail(net::kAnswerTooLarge, "too large");
    return answer;
  }

  static Result<net::HttpAnswer> serve(const FakePage& page, const net::HttpRequest& request) {
    net::HttpAnswer answer;
    answer.url = request.url;
    answer.headers = page.headers;
    answer.headers["etag"] = page.etag;
    answer.headers["content-type"] = page.content_type;
    const bool same = !page.etag.empty() && std::ranges::find(request.headers, "If-None-Match: " + page.etag) != request.headers.end();
    answer.status = same ? 304 : page.status;
    if (!same) answer.body = page.body;
    return answer;
  }

  std::vector<std::unique_ptr<FakeRelay>> relays_;
  std::pair<std::string, std::function<void()>> meanwhile_;
  std::recursive_mutex lock_;
};

}  // namespace tamizdat::tests
