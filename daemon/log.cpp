#include "daemon/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>

#include "pipeline/base/clock.h"
#include "pipeline/base/json.h"
#include "pipeline/base/utf8.h"

namespace triage::daemon {
namespace {

// One line whatever the message holds: a peer's text can't forge a second line.
std::string single_line(std::string_view text) {
  std::string out = repair_utf8(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return out;
}

// Values with blanks are quoted, so that where one ends is never in doubt.
std::string value_text(const std::string& value) {
  const std::string line = single_line(value);
  return line.find_first_of(" \"=") == std::string::npos ? line : json_quote(line);
}

}  // namespace

std::string log_line(bool json, TimePoint time, std::string_view level, std::string_view sentence,
                     LogFields fields) {
  if (json) {
    Json line = Json::object();
    line.set("time", to_rfc3339(time)).set("level", level).set("message", single_line(sentence));
    for (const auto& [key, value] : fields) line.set(key, value);
    return line.dump();
  }
  std::string line = to_rfc3339(time) + " " + std::string(level);
  line += std::string(level.size() < 5 ? 5 - level.size() : 0, ' ') + " " + single_line(sentence);
  for (const auto& [key, value] : fields) {
    if (!value.empty()) line += "  " + std::string(key) + "=" + value_text(value);
  }
  return line;
}

struct Log::Impl {
  std::shared_ptr<spdlog::logger> logger;
  std::atomic<bool> json{false};

  void write(spdlog::level::level_enum level, std::string_view name, std::string_view sentence,
             Fields fields) const {
    if (!logger->should_log(level)) return;
    logger->log(level, "{}", log_line(json, SystemClock().now(), name, sentence, fields));
  }
};

Log::Log(const config::LogSettings& settings) : impl_(std::make_unique<Impl>()) {
  impl_->logger = std::make_shared<spdlog::logger>(
      "triaged", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  impl_->logger->flush_on(spdlog::level::trace);
  impl_->logger->set_pattern("%v");
  configure(settings);
}

Log::~Log() = default;

void Log::configure(const config::LogSettings& settings) {
  impl_->json = settings.format == "json";
  impl_->logger->set_level(spdlog::level::from_str(settings.level));
}

void Log::debug(std::string_view sentence, Fields fields) {
  impl_->write(spdlog::level::debug, "debug", sentence, fields);
}
void Log::info(std::string_view sentence, Fields fields) {
  impl_->write(spdlog::level::info, "info", sentence, fields);
}
void Log::warn(std::string_view sentence, Fields fields) {
  impl_->write(spdlog::level::warn, "warn", sentence, fields);
}
void Log::error(std::string_view sentence, Fields fields) {
  impl_->write(spdlog::level::err, "error", sentence, fields);
}

}  // namespace triage::daemon
