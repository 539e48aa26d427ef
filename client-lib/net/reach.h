// How far an address may lead: what a stranger names must not reach into the newsroom's own network. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace tamizdat::net {

enum class Reach : std::uint8_t {
  kAnywhere,    // wherever the address itself leads; from a redirect to another host on, kPublicOnly
  kPublicOnly,  // no private, loopback or link-local address, whatever the name resolves to, nor after a redirect
};

// The host of a web address, without its port; empty if it has none, or a user's name in front of it.
std::string_view host_name(std::string_view url);

// Of an address that is named by what lies at `source`, a web address or a path: public addresses only; unless `source`
// is written as an address such as 127.0.0.1 or 192.168.0.7 itself: then that one too.
Reach reach_of(std::string_view url, std::string_view source);

// Of the redirect `to` in answer to what was asked for at `from`.
Reach reach_after(Reach reach, std::string_view from, std::string_view to);

}  // namespace tamizdat::net
