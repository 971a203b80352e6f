// The Asio side of IoThread: its context, for the files of this folder that own sockets on it.
// Whoever may outlive the IoThread (a reply in a worker's hands) holds the Impl by shared_ptr.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <list>
#include <mutex>

#include "daemon/io_thread.h"

namespace triage::daemon {

struct IoThread::Impl {
  explicit Impl(OnFault fault) : on_fault(std::move(fault)) {}

  OnFault on_fault;
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
      context.get_executor()};
  std::mutex mutex;
  std::list<boost::asio::signal_set> signals;
};

}  // namespace triage::daemon
