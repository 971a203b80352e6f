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

}  // namespace

struct Log::Impl {
  std::shared_ptr<spdlog::logger> logger;
  std::atomic<bool> json{false};

  void write(spdlog::level::level_enum level, std::string_view sentence, Fields fields) const {
    if (!logger->should_log(level)) return;
    if (json) {
      Json line = Json::object();
      line.set("time", to_rfc3339(SystemClock().now()));
      line.set("level", std::string_view(spdlog::level::to_string_view(level).data()));
      line.set("message", single_line(sentence));
      for (const auto& [key, value] : fields) line.set(key, value);
      logger->log(level, "{}", line.dump());
      return;
    }
    std::string line = single_line(sentence);
    for (const auto& [key, value] : fields) {
      if (!value.empty()) line += "  " + std::string(key) + "=" + single_line(value);
    }
    logger->log(level, "{}", line);
  }
};

Log::Log(const config::LogSettings& settings) : impl_(std::make_unique<Impl>()) {
  impl_->logger = std::make_shared<spdlog::logger>(
      "triaged", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  impl_->logger->flush_on(spdlog::level::trace);
  configure(settings);
}

Log::~Log() = default;

void Log::configure(const config::LogSettings& settings) {
  impl_->json = settings.format == "json";
  impl_->logger->set_pattern(impl_->json ? "%v" : "%Y-%m-%d %H:%M:%S.%e %-5l %v");
  impl_->logger->set_level(spdlog::level::from_str(settings.level));
}

void Log::debug(std::string_view sentence, Fields fields) {
  impl_->write(spdlog::level::debug, sentence, fields);
}
void Log::info(std::string_view sentence, Fields fields) {
  impl_->write(spdlog::level::info, sentence, fields);
}
void Log::warn(std::string_view sentence, Fields fields) {
  impl_->write(spdlog::level::warn, sentence, fields);
}
void Log::error(std::string_view sentence, Fields fields) {
  impl_->write(spdlog::level::err, sentence, fields);
}

}  // namespace triage::daemon
