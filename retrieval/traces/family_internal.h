// The table of trace formats. A family reads the traces of one runtime or tool: it is asked at
// every line whether a trace of its kind begins there and, if so, reads it to its end. To add one:
// a function of the type `Read` in a file of its own, declared here, a row in families.cpp, and its
// samples in tests/retrieval/traces_<family>_test.cpp.
// Promises: a family looks at a bounded number of lines before it says no, never at lines before
// `floor`, and ends behind the last line it understood. So the whole is linear.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "retrieval/traces/lines_internal.h"
#include "retrieval/traces/scan_internal.h"

namespace triage::retrieval::traces {

struct Found {
  std::vector<Trace> traces;  // none: the lines are of the format but say nothing
  size_t end = 0;             // the first line behind them
  bool sure = false;          // also one frame without an error is a trace
};

// `at`: where it may begin. Lines from `floor` to `at` belong to no trace; an error named there
// may be this one's.
using Read = std::optional<Found> (*)(const Lines& lines, size_t at, size_t floor);

// `needs`: the first line of a trace holds one of these characters, or the family is not asked.
struct Family {
  std::string_view name;
  Read read;
  std::string_view needs;
};

std::span<const Family> families();

// All traces of a text, in order of appearance.
std::vector<Trace> read_all(const Lines& lines);

std::optional<Found> read_python(const Lines&, size_t, size_t);
std::optional<Found> read_ipython(const Lines&, size_t, size_t);
std::optional<Found> read_pytest(const Lines&, size_t, size_t);
std::optional<Found> read_jvm(const Lines&, size_t, size_t);
std::optional<Found> read_javascript(const Lines&, size_t, size_t);
std::optional<Found> read_dotnet(const Lines&, size_t, size_t);
std::optional<Found> read_go(const Lines&, size_t, size_t);
std::optional<Found> read_rust(const Lines&, size_t, size_t);
std::optional<Found> read_ruby(const Lines&, size_t, size_t);
std::optional<Found> read_php(const Lines&, size_t, size_t);
std::optional<Found> read_dart(const Lines&, size_t, size_t);
std::optional<Found> read_beam(const Lines&, size_t, size_t);
std::optional<Found> read_perl(const Lines&, size_t, size_t);
std::optional<Found> read_lua(const Lines&, size_t, size_t);
std::optional<Found> read_sanitizer(const Lines&, size_t, size_t);
std::optional<Found> read_valgrind(const Lines&, size_t, size_t);
std::optional<Found> read_debugger(const Lines&, size_t, size_t);
std::optional<Found> read_backtrace(const Lines&, size_t, size_t);
std::optional<Found> read_assertion(const Lines&, size_t, size_t);
std::optional<Found> read_windbg(const Lines&, size_t, size_t);
std::optional<Found> read_minidump(const Lines&, size_t, size_t);
std::optional<Found> read_apple(const Lines&, size_t, size_t);
std::optional<Found> read_kernel(const Lines&, size_t, size_t);

// ---- what several families share

// The error named in the lines above `at`, its message with the lines that follow it.
std::optional<ErrorText> error_above(const Lines& lines, size_t at, size_t floor, size_t reach);

// Outermost first; each is the cause of the one before it.
Trace nest(std::vector<Trace> chain);

enum class Mark { none, skip, cause, wrapped, aside };
struct Marked {
  Mark mark = Mark::none;
  std::string_view rest;  // the error behind the mark
};

// How a runtime that writes one frame a line, innermost first, below the error does it.
struct Dialect {
  std::string_view language;
  std::optional<Frame> (*frame)(std::string_view text);
  Marked (*mark)(std::string_view text);
  size_t reach;  // lines a message may go on for
};
Found read_chain(const Lines& lines, size_t at, size_t floor, const Dialect& dialect);

}  // namespace triage::retrieval::traces
