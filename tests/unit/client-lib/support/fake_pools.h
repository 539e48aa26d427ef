// Relays as letters see them, without sockets: the charters of all projects, a sealed pool each, and every request that was
// made. Nothing is checked: a test says what a relay gives out, true or not.
#pragma once

#include <boost/json.hpp>

#include <map>
#include <string>
#include <vector>

#include "client-lib/net/relay_client.h"
#include "proto/format/archive.h"
#include "proto/format/slot.h"
#include "tests/support/project_builder.h"

namespace tamizdat::tests {

struct FakePool {
  std::vector<std::vector<format::VerifiedCharter>> chains;
  std::map<ProjectId, std::vector<Bytes>> statements;  // behind the chain of their project
  std::map<Hash32, Bytes> slots;
  std::map<Hash32, Timestamp> listed_ends;  // where they are not those of the slot
  std::string refusal;                      // of every slot that is put, a code
  bool down = false;
  std::vector<Bytes> taken;

  void add(const Bytes& slot) { slots.emplace(format::slot_id(slot), slot); }
};

class FakePools final : public net::Http {
 public:
  explicit FakePools(std::size_t relays) : pools(relays) {}

  std::vector<FakePool> pools;
  std::vector<std::string> requests;  // "GET /v1/sealed"

  std::vector<net::RelayClient> clients() {
    std::vector<net::RelayClient> out;
    for (std::size_t i = 0; i < pools.size(); ++i) out.emplace_back(*this, address(i));
    return out;
  }
  static sync::RelayAddress address(std::size_t relay) {
    sync::RelayAddress out;
    out.relay = RelayId(key_from("relay", relay).public_key());
    out.host = "relay.example";
    out.port = static_cast<std::uint16_t>(1000 + relay);
    out.key_pin = octets_from("pin", relay);
    out.link_path = "/link";
    return out;
  }

  Result<net::HttpAnswer> send(const net::HttpRequest& request) override {
    const auto colon = request.url.rfind(':');
    const auto slash = request.url.find('/', colon);
    FakePool& pool = pools.at(std::stoul(request.url.substr(colon + 1)) - 1000);
    const std::string path = request.url.substr(slash);
    requests.push_back(request.method + " " + path);
    if (pool.down) return fail(net::kUnreachable, "nothing answers");
    if (request.method == "PUT") return put(pool, request.body);
    if (path == "/v1/charters") return answer(200, charters(pool));
    if (path == "/v1/sealed") return answer(200, list(pool));
    const auto octets = from_hex(path.substr(path.rfind('/') + 1));
    const auto slot = octets ? pool.slots.find(*Hash32::from(*octets)) : pool.slots.end();
    return slot == pool.slots.end() ? answer(404, "{}") : answer(200, slot->second);
  }

 private:
  static net::HttpAnswer answer(int status, Bytes body) {
    net::HttpAnswer out;
    out.status = status;
    out.body = std::move(body);
    return out;
  }
  static net::HttpAnswer put(FakePool& pool, const Bytes& slot) {
    if (!pool.refusal.empty()) return answer(403, "{\"error\":\"" + pool.refusal + "\",\"text\":\"not here\"}");
    pool.taken.push_back(slot);
    return answer(200, "{}");
  }
  static Bytes charters(const FakePool& pool) {
    Bytes out;
    for (const auto& chain : pool.chains) {
      for (const auto& charter : chain) format::append_record(out, format::RecordKind::kSignedCharter, charter.signed_bytes());
      if (const auto said = pool.statements.find(chain.front().project()); said != pool.statements.end())
        for (const auto& statement : said->second) format::append_record(out, format::RecordKind::kStatement, statement);
    }
    return out;
  }
  static std::string list(const FakePool& pool) {
    std::map<Timestamp, boost::json::array> days;
    for (const auto& [id, slot] : pool.slots) {
      const auto told = pool.listed_ends.find(id);
      days[told != pool.listed_ends.end() ? told->second : *format::parse_slot(slot)].emplace_back(to_hex(id.view()));
    }
    boost::json::array out;
    for (auto& [ends, slots] : days) out.push_back(boost::json::object{{"ends", to_rfc3339(ends)}, {"slots", std::move(slots)}});
    return boost::json::serialize(boost::json::object{{"days", std::move(out)}});
  }
};

}  // namespace tamizdat::tests
