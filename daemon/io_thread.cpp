#include "daemon/io_thread.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <system_error>

#include "daemon/io_thread_internal.h"

namespace triage::daemon {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Boost.Beast 1.81 can throw out of run() on hostile input: that costs one connection, not the daemon.
void run_until_stopped(IoThread::Impl& impl) {
  for (;;) {
    std::string what = "unknown exception";
    try {
      impl.context.run();
      return;
    } catch (const std::exception& error) {
      what = error.what();
    } catch (...) {
    }
    if (impl.on_fault) impl.on_fault(what);
  }
}

void wait_for_signal(asio::signal_set& set, std::function<void(int)> handler) {
  set.async_wait([&set, handler = std::move(handler)](error_code error, int number) {
    if (error) return;
    wait_for_signal(set, handler);
    handler(number);
  });
}

}  // namespace

IoThread::IoThread(OnFault on_fault) : impl_(std::make_shared<Impl>(std::move(on_fault))) {}

IoThread::~IoThread() { stop(); }

Result<void> IoThread::start() {
  if (thread_.joinable()) return internal_error("the I/O thread is already running");
  impl_->context.restart();
  try {
    thread_ = std::thread([impl = impl_.get()] { run_until_stopped(*impl); });
  } catch (const std::system_error& error) {
    return Error{ErrorKind::exhausted, std::string("start the I/O thread: ") + error.what()};
  }
  return {};
}

void IoThread::stop() {
  impl_->context.stop();
  if (thread_.joinable()) thread_.join();
}

void IoThread::post(Work work) { asio::post(impl_->context, std::move(work)); }

void IoThread::after(Milliseconds delay, Work work) {
  auto timer = std::make_shared<asio::steady_timer>(impl_->context, delay);
  timer->async_wait([timer, work = std::move(work)](error_code error) {
    if (!error) work();
  });
}

Result<void> IoThread::on_signal(const std::vector<int>& signals, std::function<void(int)> handler) {
  const std::lock_guard lock(impl_->mutex);
  asio::signal_set& set = impl_->signals.emplace_back(impl_->context);
  for (const int number : signals) {
    error_code error;
    set.add(number, error);
    if (error) {
      impl_->signals.pop_back();
      return invalid_input("can't wait for signal " + std::to_string(number) + ": " +
                           error.message());
    }
  }
  wait_for_signal(set, std::move(handler));
  return {};
}

}  // namespace triage::daemon
