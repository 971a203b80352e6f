// Finds stack traces in text: which error, which frames, which of them are the application's own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/json.h"

namespace triage::retrieval {

struct Frame {
  std::string path;  // as written in the trace; a module where no file is known; empty where neither
  std::uint32_t line = 0;
  std::string function;
  bool in_app = true;
};

struct Trace {
  // "python", "java", "kotlin", "javascript", "go", "rust", "ruby", "php", "csharp", "swift", "elixir",
  // "perl", "dart", "c++" (all native tools), "c" (the Linux kernel) …; the rest in retrieval/README.md
  std::string language;
  std::string exception;
  std::string message;
  std::vector<Frame> frames;  // innermost (where it broke) first
  std::vector<Trace> cause;   // at most one: what this one was caused by
};

// In order of appearance. Linear in the size of the text; never fails.
std::vector<Trace> parse_traces(std::string_view text);

Json to_json(const std::vector<Trace>& traces);

template <class V>
void describe(V& v, Frame& f) {
  v("path", f.path);
  v("line", f.line);
  v("function", f.function);
  v("in_app", f.in_app);
}

template <class V>
void describe(V& v, Trace& t) {
  v("language", t.language);
  v("exception", t.exception);
  v("message", t.message);
  v("frames", t.frames);
  v("cause", t.cause);
}

}  // namespace triage::retrieval
