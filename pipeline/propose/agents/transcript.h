// What an agent says about its own work, read from its stream of events line by line.
//
// Nothing of it is believed further than to be shown: what counts is the files it leaves and what the
// verify room finds. Events are read by key, unknown ones are kept as "other", and everything is
// bounded: lines, events, texts. Pure; texts are not sealed yet.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/json.h"
#include "pipeline/propose/models/model.h"
#include "pipeline/run.h"

namespace triage::propose {

struct Transcript {
  static constexpr size_t kMaxEvents = 500;
  static constexpr size_t kMaxText = 64 * 1024;

  std::vector<AgentEvent> events;
  std::string text;   // the last message
  TokenUsage usage;   // as the agent counts
  enum class Ending { none, completed, failed } ending = Ending::none;
  std::string error;  // in its own words: of the failure, else the last it complained about
  size_t left_out = 0;  // events beyond kMaxEvents
  size_t garbage = 0;   // lines that are no events
  std::map<std::string, size_t> open_calls;  // tool calls without a result yet → event

  // Returns its index, or kMaxEvents where there was no room.
  size_t add(std::string_view by, std::string what, std::string_view detail);
};

using ReadEvent = void (*)(const Json& event, Transcript& into);

// `codex exec --json`: thread, turn and item events.
void read_codex_event(const Json& event, Transcript& into);
// `claude -p --output-format stream-json`: system, assistant, user and result events.
void read_claude_event(const Json& event, Transcript& into);

// Cuts a stream into lines, each an event.
class EventStream {
 public:
  static constexpr size_t kMaxLine = 4 * 1024 * 1024;
  static constexpr size_t kMaxGarbage = 10'000;  // lines; what follows them is not parsed

  explicit EventStream(ReadEvent read) : read_(read) {}
  void feed(std::string_view bytes);
  // Nobody who speaks in events writes so much else.
  bool is_flooded() const { return transcript_.garbage > kMaxGarbage; }
  // After the last byte: what stands in the last line counts too.
  Transcript finish();

 private:
  void take_line(std::string_view line);

  ReadEvent read_;
  Transcript transcript_;
  std::string line_;
  bool too_long_ = false;
};

}  // namespace triage::propose
