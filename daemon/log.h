// The daemon's log: a line is a sentence with a run id. Text for people, JSON for machines.
//
// Thread-safe; writes to standard error (journald keeps it). Never given a secret or ticket text.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "config/settings.h"
#include "pipeline/base/clock.h"

namespace triage::daemon {

using LogFields = std::initializer_list<std::pair<std::string_view, std::string>>;

// One line without its end, whatever the message and fields hold. Text: time, level, sentence, then
// key=value of every field that is not empty. JSON: one object.
std::string log_line(bool json, TimePoint time, std::string_view level, std::string_view sentence,
                     LogFields fields);

class Log {
 public:
  using Fields = LogFields;

  explicit Log(const config::LogSettings& settings);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void debug(std::string_view sentence, Fields fields = {});
  void info(std::string_view sentence, Fields fields = {});
  void warn(std::string_view sentence, Fields fields = {});
  void error(std::string_view sentence, Fields fields = {});
  // Level and format, from a reloaded configuration.
  void configure(const config::LogSettings& settings);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace triage::daemon
