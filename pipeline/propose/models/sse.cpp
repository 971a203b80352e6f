#include "pipeline/propose/models/sse.h"

#include <algorithm>
#include <array>
#include <utility>

namespace triage::propose {

Result<void> SseParser::feed(std::string_view bytes, std::vector<SseEvent>& out) {
  while (!bytes.empty()) {
    if (after_cr_ && bytes.front() == '\n') bytes.remove_prefix(1);
    after_cr_ = false;
    const size_t end = bytes.find_first_of("\r\n");
    line_ += bytes.substr(0, end);
    if (line_.size() + event_.data.size() > bounds_.event_bytes) {
      return invalid_input("the model endpoint's stream holds an event over " +
                           std::to_string(bounds_.event_bytes >> 20U) + " MiB");
    }
    if (end == std::string_view::npos) return {};
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    TRY(end_line(out));
  }
  return {};
}

Result<void> SseParser::end_line(std::vector<SseEvent>& out) {
  std::string_view line = line_;
  if (std::exchange(first_line_, false) && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  if (line.empty()) {
    if (has_data_) {
      if (++count_ > bounds_.events) {
        return invalid_input("the model endpoint's stream holds too many events");
      }
      out.push_back(std::move(event_));
    }
    event_ = {};
    has_data_ = false;
  } else if (!line.starts_with(':')) {
    const size_t colon = line.find(':');
    std::string_view value;
    if (colon != std::string_view::npos) value = line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    field(line.substr(0, colon), value);
  }
  line_.clear();
  return {};
}

void SseParser::field(std::string_view name, std::string_view value) {
  if (name == "event") event_.name = value;
  if (name != "data") return;
  if (std::exchange(has_data_, true)) event_.data += '\n';
  event_.data += value;
}

Result<std::vector<SseEvent>> parse_sse(std::string_view body) {
  SseParser parser;
  std::vector<SseEvent> events;
  TRY(parser.feed(body, events));
  return events;
}

bool is_event_stream(std::string_view body, std::string_view content_type) {
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  body.remove_prefix(std::min(body.find_first_not_of(" \t\r\n"), body.size()));
  if (body.starts_with('{') || body.starts_with('[') || body.starts_with('<')) return false;
  constexpr std::array<std::string_view, 5> kStarts = {":", "data:", "event:", "id:", "retry:"};
  return std::ranges::any_of(kStarts, [&](auto start) { return body.starts_with(start); }) ||
         content_type.find("text/event-stream") != std::string_view::npos;
}

}  // namespace triage::propose
