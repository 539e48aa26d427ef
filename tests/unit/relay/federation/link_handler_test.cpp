// What a stranger sees at the door of the link.
#include "relay/federation/link_handler.h"

#include <gtest/gtest.h>

#include "relay/http/response_writer.h"
#include "relay/store/memory_store.h"
#include "tests/support/blob_folder.h"
#include "tests/support/counting_random.h"
#include "tests/support/held_statements.h"
#include "tests/support/memory_stream.h"
#include "tests/support/project_builder.h"
#include "tests/support/recorded_log.h"
#include "tests/support/recorded_metrics.h"
#include "tests/support/test_loop.h"

namespace tamizdat::federation {
namespace {

class InlineWorkers final : public env::Workers {
 public:
  void post(std::function<void()> job) override { job(); }
};

class EmptySite final : public http::Handler {
 public:
  env::awaitable<http::Response> handle(const http::Request&) override { co_return http::make_error(404); }
};

class LinkHandlerTest : public testing::Test {
 protected:
  // All octets of the answer to this hello.
  Bytes answer(http::Handler& asked, const std::string& hello) {
    http::Request request;
    request.path = "/secret";
    request.headers.add("Upgrade", std::string(sync::kLinkProtocol));
    request.headers.add(std::string(sync::kLinkHeader), hello);
    request.connection = streams.second.get();
    const auto wire = http::wire_response(request, loop.run(asked.handle(request)), loop.clock().now(),
                                          http::Persistence::kKeepAlive, 512);
    return wire.head + Bytes(wire.body);
  }
  std::string hello_of(const format::SigningKey& initiator) {
    const sync::LinkEnds ends{RelayId(initiator.public_key()), RelayId(self.public_key())};
    return sync::make_link_hello(sync::LinkRole::kInitiator, ends, secret, initiator);
  }

  const format::SigningKey self = tests::key_from("self", 1);
  const format::SigningKey friendly = tests::key_from("friend", 1);
  const format::SigningKey stranger = tests::key_from("stranger", 1);
  const Hash32 secret = tests::octets_from("secret", 1);
  tests::MemoryStreamPair streams = tests::memory_stream_pair(secret);
  tests::TestLoop loop;
  InlineWorkers workers;
  tests::CountingRandom random;
  tests::MemoryNetwork network;
  tests::RecordedLog log;
  tests::RecordedMetrics metrics;
  env::Environment env{loop.executor(), loop.clock(), random, network, workers, log, metrics};
  store::MemoryStore store;
  store::Writer writer{store, workers, loop.executor()};
  store::Intake intake{store, writer, workers, loop.clock()};
  tests::BlobFolder folder;
  store::Blobs blobs{store, *folder.files, workers};
  tests::HeldStatements held{env, store};
  forks::CharterForks charter_forks{env, store, intake, held.statements};
  const sync::RelayAddress friends_address{RelayId(friendly.public_key()), "friend.example", 443, {}, "/path"};
  Federation federation{env, store, writer, intake, charter_forks, blobs, held.statements, self, {{friends_address}, {}}};
  EmptySite site;
  LinkHandler handler{federation, env, site};
};

TEST_F(LinkHandlerTest, AValidHelloOfAnUnknownRelayIsAnsweredLikeAPathThatDoesNotExist) {
  EXPECT_TRUE(answer(handler, hello_of(friendly)).starts_with("HTTP/1.1 101 "));
  const Bytes refused = answer(handler, hello_of(stranger));
  EXPECT_EQ(metrics.value("tamizdat_link_upgrades_refused_total{reason=\"peer-unknown\"}"), 1);
  EXPECT_EQ(refused, answer(site, hello_of(stranger)));
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 404 "));
}

}  // namespace
}  // namespace tamizdat::federation
