// A few threads for the HTTP API's work, so that the I/O thread never waits for a disk.
//
// Thread-safe. A full queue refuses work: the caller answers 503 and the client comes again. Work
// that throws ends alone: `fault` hears of it, the thread goes on.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "daemon/service.h"

namespace triage::daemon {

class WorkerPool final : public Service {
 public:
  using Fault = std::function<void(std::string_view what)>;

  WorkerPool(size_t threads, size_t queue_limit, Fault fault)
      : threads_wanted_(threads), limit_(queue_limit), fault_(std::move(fault)) {}
  ~WorkerPool() override { stop(); }
  Status start() override;
  // Finishes what is queued.
  void stop() override;
  // False when the queue is full or the pool stopped.
  bool submit(std::function<void()> work);

 private:
  void serve();

  const size_t threads_wanted_;
  const size_t limit_;
  const Fault fault_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool open_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace triage::daemon
