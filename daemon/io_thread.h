// The one thread that waits for sockets, timers and signals.
//
// Work handed to it runs there, one piece at a time, and must not block: long work belongs to a
// worker. All methods may be called from any thread, before start() too; what is still waiting when
// stop() is called never runs. An exception that escapes a piece of work is reported to on_fault and
// the thread goes on with the next piece.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "daemon/service.h"
#include "pipeline/base/clock.h"

namespace triage::daemon {

class IoThread final : public Service {
 public:
  using Work = std::function<void()>;
  using OnFault = std::function<void(std::string_view what)>;

  explicit IoThread(OnFault on_fault = {});
  ~IoThread() override;
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  Result<void> start() override;
  void stop() override;

  void post(Work work);
  void after(Milliseconds delay, Work work);
  // Takes these signals away from their default action; handler runs once for each that arrives.
  Result<void> on_signal(const std::vector<int>& signals, std::function<void(int)> handler);

  struct Impl;  // io_thread_internal.h: the Asio side, for the HTTP server only
  const std::shared_ptr<Impl>& impl() const { return impl_; }

 private:
  std::shared_ptr<Impl> impl_;
  std::thread thread_;
};

}  // namespace triage::daemon
