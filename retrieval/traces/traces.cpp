// Asks the families of trace formats at every line, and writes the answer as JSON.
#include "retrieval/traces.h"

#include <algorithm>
#include <array>

#include "pipeline/base/codec.h"
#include "retrieval/traces/family_internal.h"

namespace triage::retrieval {

namespace {

constexpr size_t kMostTraces = 200;

std::optional<traces::Found> read_at(const traces::Lines& lines, size_t at, size_t floor) {
  // Most lines of a ticket are prose: few families are asked about those.
  std::array<bool, 128> held{};
  for (const char c : lines[at].text) held[static_cast<unsigned char>(c) & 127U] = true;
  for (const traces::Family& family : traces::families()) {
    const bool fits = std::ranges::any_of(
        family.needs, [&](char c) { return held[static_cast<unsigned char>(c)]; });
    if (!fits) continue;
    if (auto found = family.read(lines, at, floor)) return found;
  }
  return std::nullopt;
}

// One line that looks like a frame, with no error near it, is no trace.
bool is_trace(const Trace& trace, bool sure) {
  const bool named = !trace.exception.empty() || !trace.message.empty();
  return named || trace.frames.size() > (sure ? 0 : 1);
}

}  // namespace

namespace traces {

std::vector<Trace> read_all(const Lines& lines) {
  std::vector<Trace> all;
  size_t floor = 0;
  for (size_t at = 0; at < lines.size() && all.size() < kMostTraces;) {
    auto found = lines[at].text.empty() ? std::nullopt : read_at(lines, at, floor);
    if (!found) {
      ++at;
      continue;
    }
    at = std::max(found->end, at + 1);
    bool any = false;
    for (Trace& trace : found->traces) {
      if (!is_trace(trace, found->sure) || all.size() >= kMostTraces) continue;
      all.push_back(std::move(trace));
      any = true;
    }
    // Lines that came to nothing may still name the error of a trace below them.
    if (any) floor = at;
  }
  return all;
}

}  // namespace traces

std::vector<Trace> parse_traces(std::string_view text) {
  return traces::read_all(traces::Lines(text));
}

namespace {

Json trace_json(const Trace& trace) {
  Json::Array frames;
  for (const Frame& frame : trace.frames) frames.push_back(codec::write(frame));
  Json json = Json::object();
  json.set("language", trace.language).set("exception", trace.exception);
  json.set("message", trace.message).set("frames", std::move(frames));
  json.set("cause", trace.cause.empty() ? Json() : trace_json(trace.cause.front()));
  return json;
}

}  // namespace

Json to_json(const std::vector<Trace>& traces) {
  Json::Array items;
  for (const Trace& trace : traces) items.push_back(trace_json(trace));
  return Json::object().set("traces", std::move(items));
}

}  // namespace triage::retrieval
