// A table of traces: what a text looks like and what is read of it. Each row is also its own
// control: with another line number in the text the answer has that number.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <span>
#include <string>
#include <string_view>

#include "retrieval/traces.h"
#include "retrieval/traces/family_internal.h"

namespace triage::retrieval {

struct Sample {
  std::string_view name, text, expected;
};

// "language|exception|message", then a line "*path:line function" for each frame, the star where it
// is the application's; causes behind "<- ", traces apart by "==".
inline std::string show(const Trace& trace) {
  std::string out = trace.language + "|" + trace.exception + "|" + trace.message;
  for (const Frame& frame : trace.frames)
    out += "\n" + std::string(frame.in_app ? "*" : " ") + frame.path + ":" +
           std::to_string(frame.line) + " " + frame.function;
  for (const Trace& cause : trace.cause) out += "\n<- " + show(cause);
  return out;
}

inline std::string show_all(std::string_view text) {
  std::string out;
  for (const Trace& trace : parse_traces(text)) out += (out.empty() ? "" : "\n==\n") + show(trace);
  return out;
}

inline std::string with_other_line(std::string_view text) {
  std::string out(text);
  for (size_t at = out.find("41"); at != std::string::npos; at = out.find("41", at))
    out[at + 1] = '2';
  return out;
}

inline size_t depth(const Trace& trace) {
  return 1 + (trace.cause.empty() ? 0 : depth(trace.cause.front()));
}

// What holds for any bytes.
inline void check_bounds(std::string_view text) {
  CAPTURE(text);
  const traces::Lines lines(text);
  const std::vector<Trace> all = traces::read_all(lines);
  CHECK(all.size() <= 200);
  CHECK(lines.steps() <= 4000 + 2000 * lines.size());
  for (const Trace& outer : all) {
    CHECK(depth(outer) <= 40);
    for (const Trace* trace = &outer;; trace = &trace->cause.front()) {
      CHECK(!trace->language.empty());
      CHECK(trace->frames.size() <= traces::kMostFrames + 1);
      CHECK(trace->message.size() <= traces::kLongestMessage);
      for (const Frame& frame : trace->frames)
        CHECK(frame.path.size() + frame.function.size() < 17'000);
      if (trace->cause.empty()) break;
    }
  }
  CHECK(!to_json(all).dump().empty());
}

// Bytes and lines changed, lost, doubled and exchanged, the same ones in every run.
inline std::string mutated(std::string text, std::mt19937& random) {
  static constexpr std::string_view kBytes = "\n\t (){}[]<>:;,.'`\"\\/|#@=+-0129aZ\xff\x80";
  const auto below = [&](size_t n) {
    return static_cast<size_t>(random() % std::max<size_t>(n, 1));
  };
  for (size_t changes = 1 + below(8); changes > 0 && !text.empty(); --changes) {
    const size_t at = below(text.size());
    const size_t length = std::min(below(60), text.size() - at);
    switch (below(6)) {
      case 0: text[at] = kBytes[below(kBytes.size())]; break;
      case 1: text.erase(at, length); break;
      case 2: text.insert(at, text.substr(below(text.size()), length)); break;
      case 3: text.insert(at, 1, kBytes[below(kBytes.size())]); break;
      case 4: text.insert(at, 300, text[at]); break;
      default: text.resize(at + length); break;
    }
  }
  return text;
}

inline void check_mutations(std::span<const Sample> samples) {
  std::mt19937 random(7);
  for (const Sample& sample : samples) {
    for (int round = 0; round < 20; ++round) {
      const std::string_view other = samples[random() % samples.size()].text;
      check_bounds(mutated(std::string(sample.text) + std::string(other), random));
    }
  }
}

inline void check_samples(std::span<const Sample> samples) {
  for (const Sample& sample : samples) {
    CAPTURE(sample.name);
    CHECK(show_all(sample.text) == sample.expected);
    CHECK(show_all(with_other_line(sample.text)) == with_other_line(sample.expected));
  }
}

}  // namespace triage::retrieval
