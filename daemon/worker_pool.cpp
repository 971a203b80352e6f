#include "daemon/worker_pool.h"

#include <exception>

namespace triage::daemon {

Status WorkerPool::start() {
  const std::lock_guard lock(mutex_);
  open_ = true;
  for (size_t i = threads_.size(); i < threads_wanted_; ++i)
    threads_.emplace_back([this] { serve(); });
  return {};
}

void WorkerPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

bool WorkerPool::submit(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (!open_ || queue_.size() >= limit_) return false;
    queue_.push_back(std::move(work));
  }
  wake_.notify_one();
  return true;
}

void WorkerPool::serve() {
  while (true) {
    std::function<void()> work;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return !queue_.empty() || !open_; });
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    try {
      work();
    } catch (const std::exception& error) {
      fault_(error.what());
    } catch (...) {
      fault_("an exception of unknown type");
    }
  }
}

}  // namespace triage::daemon
