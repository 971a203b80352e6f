// How each language writes a frame and the line that names the error; one row per form.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "retrieval/traces.h"

namespace triage::retrieval {

// A line of a trace as one of the forms sees it.
struct FrameLine {
  Frame frame;
  std::string_view language;
};

struct ErrorLine {
  std::string_view language;
  std::string exception, message;
  bool caused_by = false;  // "Caused by:": what the trace before it was caused by
};

// `line` without its line end. Each is linear in the line, which the caller has cut to a sane length.
std::optional<FrameLine> read_frame(std::string_view line);
std::optional<ErrorLine> read_error(std::string_view line);

// Go and Rust name a function on one line and its place on the next.
std::optional<std::string> read_function_line(std::string_view line);
std::optional<Frame> read_place_line(std::string_view line);

// IPython heads each frame with its file and marks the line below it: "---> 41     return total".
std::optional<Frame> read_ipython_header(std::string_view line);
std::uint32_t read_ipython_arrow(std::string_view line);  // 0: no arrow

// Where UBSan saw it: "src/cart.c:41:3: runtime error: division by zero".
std::optional<Frame> read_runtime_error_place(std::string_view line);

// Whether a frame lies in a library or the language's runtime rather than in the application.
bool is_library(const Frame& frame);

std::string_view trim(std::string_view text);

}  // namespace triage::retrieval
