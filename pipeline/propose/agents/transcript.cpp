#include "pipeline/propose/agents/transcript.h"

#include <algorithm>

#include "pipeline/base/utf8.h"

namespace triage::propose {

size_t Transcript::add(std::string_view by, std::string what, std::string_view detail) {
  constexpr size_t kMaxDetail = 300;
  if (events.size() >= kMaxEvents) {
    ++left_out;
    return kMaxEvents;
  }
  std::string line(truncate_utf8(detail, kMaxDetail));
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  if (line.size() < detail.size()) line += " …";
  events.push_back({std::string(by), std::move(what), std::move(line), std::nullopt});
  return events.size() - 1;
}

void EventStream::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    if (line_.size() + part.size() > kMaxLine) too_long_ = true;
    if (!too_long_) line_ += part;
    if (end == std::string_view::npos) return;
    take_line(line_);
    line_.clear();
    bytes.remove_prefix(end + 1);
  }
}

Transcript EventStream::finish() {
  if (!line_.empty() || too_long_) take_line(line_);
  line_.clear();
  return std::move(transcript_);
}

void EventStream::take_line(std::string_view line) {
  if (std::exchange(too_long_, false)) {
    ++transcript_.garbage;
    return;
  }
  const size_t first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return;
  // A flood of lines that only look like events is not worth parsing.
  if (line[first] != '{' || is_flooded()) {
    ++transcript_.garbage;
    return;
  }
  const auto event = parse_json(line);
  if (event && (*event)["type"].is_string()) {
    read_(*event, transcript_);
  } else {
    ++transcript_.garbage;
  }
}

}  // namespace triage::propose
