#include "relay/federation/upgrade.h"

#include "relay/http/client.h"

namespace tamizdat::federation {
namespace {

constexpr env::milliseconds kUpgradeMax{15'000};

}  // namespace

env::awaitable<Result<OpenedLink>> open_link(env::Environment& env, const sync::RelayAddress& peer,
                                             const format::SigningKey& identity, std::stop_token stop) {
  env::Address address(peer.host, peer.port);
  auto stream = co_await env.network.connect(address, peer.key_pin, stop);
  if (!stream) co_return tl::unexpected(stream.error());
  const auto exporter = (*stream)->exporter();
  if (!exporter) co_return tl::unexpected(exporter.error());
  const RelayId self(identity.public_key());
  const sync::LinkEnds ends{self, peer.relay};

  http::ClientRequest request("GET", peer.link_path, address.text());
  request.headers.add("Connection", "Upgrade");
  request.headers.add("Upgrade", std::string(sync::kLinkProtocol));
  request.headers.add(std::string(sync::kLinkHeader),
                      sync::make_link_hello(sync::LinkRole::kInitiator, ends, *exporter, identity));
  auto response = co_await http::request_head(env.clock, kUpgradeMax, **stream, std::move(request));
  if (!response) co_return tl::unexpected(response.error());
  if (response->status != 101)
    co_return fail(kUpgradeRefused, "the peer answers " + std::to_string(response->status) +
                                        ": its operator must add this relay's address line, or its link path is "
                                        "another than in the line configured here");
  const auto hello = response->headers.find(sync::kLinkHeader);
  const auto welcomed =
      sync::verify_link_hello(sync::LinkRole::kResponder, hello.value_or(std::string_view()), self, *exporter);
  if (!welcomed) co_return tl::unexpected(welcomed.error());
  if (welcomed->responder != peer.relay)
    co_return fail(sync::kHelloForAnotherRelay, "the peer is relay " + welcomed->responder.text() +
                                                    ", not the one in its configured address line");
  co_return OpenedLink{*std::move(stream), std::move(response->already_read)};
}

}  // namespace tamizdat::federation
