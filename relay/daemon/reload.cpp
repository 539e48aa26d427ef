#include "relay/daemon/reload.h"

#include <utility>
#include <vector>

#include "proto/base/bytes.h"
#include "proto/base/check.h"
#include "relay/daemon/settings.h"

namespace tamizdat::daemon {
namespace {

std::string joined(const std::vector<std::string>& texts, std::string_view separator) {
  std::string out;
  for (const auto& text : texts) out.append(out.empty() ? "" : separator).append(text);
  return out;
}

Hash32 pin_of(const Installation& installation) {
  const auto pin = os::key_pin(installation.tls.certificate_pem);
  TMZ_CHECK(pin);  // checked when it was loaded
  return *pin;
}

}  // namespace

Result<std::string> compare_for_reload(const Installation& now, const Installation& next) {
  std::vector<std::string> differences;
  std::vector<std::string> faults;
  for (const Setting& setting : settings()) {
    if (setting.write(now.config) == setting.write(next.config)) continue;
    differences.emplace_back(setting.key);
    if (setting.taken_up == TakenUp::kAtRestart)
      faults.push_back(next.config.about(setting.key, "a change needs a restart: restart the relay, or put the old value back"));
  }
  if (now.keys != next.keys)
    faults.push_back(keys_folder(next.config.folder).string() +
                     " holds other keys than the relay runs with: put them back, or restart if it shall be another relay");
  if (pin_of(now) != pin_of(next)) {
    faults.push_back(next.config.about(
        "tls.key", "is a new key, and peers and newsrooms know this relay by the old one (pin " +
                       to_base64url(pin_of(now).view()) +
                       "): renew the certificate with the old key, or restart and give everybody the new address line"));
  } else if (now.tls.certificate_pem != next.tls.certificate_pem) {
    differences.emplace_back("the certificate");
  }
  if (!faults.empty()) return fail(kNeedsRestart, joined(faults, "\n"));
  return differences.empty() ? "nothing is different" : joined(differences, ", ");
}

void Reloads::request() {
  ++requested_;
  changed_.notify_all();
}

env::awaitable<Result<std::string>> Reloads::reload(std::stop_token stop) {
  request();
  const std::uint64_t wanted = requested_;
  while (finished_ < wanted) {
    const env::Wake wake = co_await changed_.wait(stop);
    if (wake == env::Wake::kStopped) co_return fail(env::kStopRequested, "the relay stops: nothing was changed");
  }
  co_return outcome_;
}

env::awaitable<void> Reloads::run(env::Workers& workers, std::stop_token stop) {
  while (!stop.stop_requested()) {
    if (finished_ == requested_) {
      co_await changed_.wait(stop);
      continue;
    }
    const std::uint64_t answered = requested_;  // who asks from now on may have changed the file since
    steps_.begin();
    auto load = steps_.load;
    auto next = co_await env::run_blocking(workers, std::move(load));
    outcome_ = next ? steps_.take_up(*std::move(next)) : Result<std::string>(tl::unexpected(next.error()));
    steps_.end(outcome_);
    finished_ = answered;
    changed_.notify_all();
  }
}

}  // namespace tamizdat::daemon
