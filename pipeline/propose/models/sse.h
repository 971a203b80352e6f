// Server-sent events (WHATWG HTML §9.2): what an endpoint streams, as it comes.
//
// A pure parser: it is fed bytes in pieces of any size and hands out the events that are complete.
// An event that the end of the stream cuts is never handed out, so a cut can lose events but not
// alter one. Errors: invalid_input when one event or the number of events passes its bound.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/result.h"

namespace triage::propose {

struct SseEvent {
  std::string name;  // empty: "message"
  std::string data;  // its lines, joined by line feeds
};

struct SseBounds {
  size_t event_bytes = size_t{16} << 20U;
  size_t events = 1'000'000;
};

class SseParser {
 public:
  explicit SseParser(SseBounds bounds = {}) : bounds_(bounds) {}
  // Appends to `out` what these bytes complete.
  Result<void> feed(std::string_view bytes, std::vector<SseEvent>& out);

 private:
  Result<void> end_line(std::vector<SseEvent>& out);
  void field(std::string_view name, std::string_view value);

  SseBounds bounds_;
  std::string line_;
  SseEvent event_;
  bool has_data_ = false;
  bool after_cr_ = false;   // a line feed now belongs to the line that ended
  bool first_line_ = true;  // where a byte order mark may stand
  size_t count_ = 0;
};

// A body that is here already.
Result<std::vector<SseEvent>> parse_sse(std::string_view body);

// Whether a body is an event stream, by its own first bytes: content types are often wrong.
bool is_event_stream(std::string_view body, std::string_view content_type);

}  // namespace triage::propose
