// What the library takes from outside besides files. The program uses system_edges(); tests bring a fixed clock, a
// seeded generator, a fake relay, a cheap passphrase check and pictures without the program that encodes them.
#pragma once

#include <tamizdat/desk.h>

#include <functional>
#include <memory>
#include <string>

#include "client-lib/attachments/prepare.h"
#include "client-lib/edges/edges.h"
#include "client-lib/net/http.h"
#include "proto/keys/key_file.h"

namespace tamizdat::client {

struct Edges {
  const edges::Clock& clock;
  edges::Random& random;
  std::function<std::unique_ptr<net::Http>(const std::string& proxy)> make_http;
  keys::KeyCost key_cost;  // of new key files
  attachments::Reencode reencode;  // of pictures
};

// Lives as long as the process.
Edges& system_edges();

// Of `edges`, telling `progress`, if there is one, what goes over the line.
std::unique_ptr<net::Http> make_http(Edges& edges, const std::string& proxy, const Progress& progress);

}  // namespace tamizdat::client
