// Ctrl-C and SIGTERM as the end of a watch: while this lives they end no process but are asked for.
#pragma once

#include <csignal>

#include <tamizdat/desk.h>

namespace tamizdat::cli {

class StopSignals final : public client::Pause {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals() override;
  void until(client::sys_seconds time) override;
  bool is_over() override;

 private:
  sigset_t before_{};
  int signals_;  // descriptor
};

}  // namespace tamizdat::cli
