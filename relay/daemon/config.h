// What relay.toml says, typed and checked: one value of it is made at start and given to the composition root. Where a
// key comes from, its default and its range stand in settings.cpp. Paths are kept as written; at() resolves them.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/base/ids.h"
#include "proto/sync/relay_address.h"
#include "relay/env/log.h"
#include "relay/env/network.h"
#include "relay/policy/admission.h"

namespace tamizdat::daemon {

enum class StoreBackend {
  kSegments,  // durable: segment files and an index
  kMemory,    // for trials: everything is gone at the end
};

struct Config {
  std::filesystem::path folder;  // where relay.toml lies

  std::string operator_name;
  std::string country;  // ISO 3166-1 alpha-2; empty if the operator does not say
  std::string label;
  env::Address listen;
  std::vector<env::Address> public_addresses;
  std::string link_path;
  std::vector<sync::RelayAddress> peers;

  policy::Admission admission = policy::Admission::kOpen;
  std::vector<ProjectId> projects;  // with Admission::kListed

  std::filesystem::path data_folder;
  StoreBackend store_backend = StoreBackend::kSegments;
  std::int64_t erase_delay_of_tests = -1;  // seconds; -1: what the charters say

  std::int64_t sealed_pool_mib = 0;
  std::int64_t sealed_project_mib_per_day = 0;

  std::filesystem::path passphrase_file;  // empty: `run --passphrase-file` names it

  std::filesystem::path tls_certificate;
  std::filesystem::path tls_key;

  std::int64_t connections_max = 0;
  std::chrono::seconds stop_time_max{0};

  std::optional<env::Address> admin_listen;  // nothing: neither metrics nor health are served
  env::LogLevel log_level = env::LogLevel::kInfo;

  // For messages: how its file is called, and on which line it sets a key last.
  std::string file;
  std::map<std::string, std::uint32_t, std::less<>> lines;

  // `path` as seen from relay.toml.
  std::filesystem::path at(const std::filesystem::path& path) const { return folder / path; }
  // `text` about a key, with its place in front: "relay.toml:12: tls.key: cannot read ...".
  std::string about(std::string_view key, std::string_view text) const;
};

}  // namespace tamizdat::daemon
