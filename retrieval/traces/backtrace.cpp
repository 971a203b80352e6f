// Stacks that native programs print of themselves.
//   ./shop(_ZN4Cart5totalEv+0x1d) [0x4008dd]                glibc's backtrace_symbols
//    0# Cart::total() at /src/cart.cc:41                    boost::stacktrace, std::stacktrace
//   0> C:\src\cart.cc(41): shop!Cart::total+0x12            std::stacktrace of Visual C++
//       @     0x55d5c Cart::total()                         glog, Abseil
//   #4    Source "/src/cart.cc", line 41, in total          backward-cpp, outermost first
#include <algorithm>

#include "retrieval/traces/family_internal.h"

namespace triage::retrieval::traces {

namespace {

constexpr size_t kReach = 5;

// "./shop(total+0x1d)[0x4008dd]", "/lib/libc.so.6(+0x2a1) [0x7f]", "./shop() [0x40]"
std::optional<Frame> glibc_frame(std::string_view line) {
  if (!line.ends_with(']')) return std::nullopt;
  const size_t bracket = line.rfind('[');
  if (bracket == line.npos || !line.substr(bracket).starts_with("[0x")) return std::nullopt;
  const std::string_view call = trim(line.substr(0, bracket));
  const size_t open = call.rfind('(');
  if (open == call.npos || open == 0 || !call.ends_with(')') || call.find(' ') != call.npos)
    return std::nullopt;
  std::string_view symbol = call.substr(open + 1, call.size() - open - 2);
  if (const size_t plus = symbol.rfind('+'); plus != symbol.npos) symbol = symbol.substr(0, plus);
  const std::string_view module = call.substr(0, open);
  Frame frame{std::string(module), 0, symbol.empty() ? "" : native_name(symbol), false};
  if (frame.function.empty()) frame.function = module.substr(module.rfind('/') + 1);
  return frame;
}

std::optional<Frame> boost_frame(std::string_view line) {
  if (!take_number(line) || !take(line, "# ")) return std::nullopt;
  line = trim(line);
  if (const size_t at = line.rfind(" at "); at != line.npos) {
    if (auto frame = place(line.substr(at + 4))) {
      frame->function = native_name(line.substr(0, at));
      return frame;
    }
  }
  const size_t in = line.rfind(" in ");
  if (in == line.npos) return Frame{"", 0, native_name(line), false};
  return Frame{std::string(line.substr(in + 4)), 0, native_name(line.substr(0, in)), false};
}

std::optional<Frame> msvc_frame(std::string_view line) {
  if (!take_number(line) || !take(line, "> ")) return std::nullopt;
  const size_t close = line.find("): ");
  const size_t open = close == line.npos ? close : line.rfind('(', close);
  if (open == line.npos || open == 0) return std::nullopt;
  std::string_view digits = line.substr(open + 1, close - open - 1);
  const auto number = take_number(digits);
  if (!number || !digits.empty()) return std::nullopt;
  std::string_view function = before(line.substr(close + 3), "+0x");
  if (const size_t module = function.find('!'); module != function.npos)
    function.remove_prefix(module + 1);
  return Frame{std::string(line.substr(0, open)), *number, native_name(function), true};
}

std::optional<Frame> glog_frame(std::string_view line) {
  if (!take(line, "@ ")) return std::nullopt;
  line = trim(line);
  if (!line.starts_with("0x") || !take_hex(line) || !line.starts_with(' ')) return std::nullopt;
  line = trim(line);
  if (line == "(unknown)") return Frame{"", 0, "??", false};
  return Frame{"", 0, native_name(line), true};
}

std::optional<Frame> backward_frame(std::string_view line) {
  if (!take(line, "#") || !take_number(line)) return std::nullopt;
  line = trim(line);
  const bool source = take(line, "Source \"");
  if (!source && !take(line, "Object \"")) return std::nullopt;
  const size_t quote = line.find('"');
  if (quote == line.npos) return std::nullopt;
  Frame frame{std::string(line.substr(0, quote)), 0, "", source};
  line.remove_prefix(quote + 1);
  if (take(line, ", line ")) frame.line = take_number(line).value_or(0);
  if (const size_t in = line.find(", in "); in != line.npos)
    frame.function = native_name(before(line.substr(in + 5), " ["));
  return frame;
}

using Form = std::optional<Frame> (*)(std::string_view);
constexpr Form kForms[] = {glibc_frame, boost_frame, msvc_frame, glog_frame, backward_frame};

// "*** Error in `./shop': double free …: 0x01 ***", "terminate called after throwing an instance of
// 'X'"
void name_it(const Lines& lines, size_t at, size_t floor, Trace& trace) {
  for (size_t i = at; i-- > std::max(floor, at - std::min(at, kReach));) {
    std::string_view text = lines[i].text;
    if (take(text, "terminate called after throwing an instance of '")) {
      trace.exception = before(text, "'");
      if (std::string_view what = lines[i + 1].text; take(what, "what():"))
        trace.message = message_text(what);
      return;
    }
    if (take(text, "*** ")) {
      while (text.ends_with('*') || text.ends_with(' ')) text.remove_suffix(1);
      trace.exception = "abort";
      const size_t program = text.find("': ");
      trace.message = message_text(program == text.npos ? text : text.substr(program + 3));
      return;
    }
  }
}

}  // namespace

std::optional<Found> read_backtrace(const Lines& lines, size_t at, size_t floor) {
  const auto form =
      std::ranges::find_if(kForms, [&](Form f) { return f(lines[at].text).has_value(); });
  if (form == std::end(kForms)) return std::nullopt;
  Trace trace{"c++", "", "", {}, {}};
  name_it(lines, at, floor, trace);
  Found found{{}, at + 1};
  for (size_t i = at, gap = 0; i < lines.size() && gap <= kReach; ++i) {
    auto frame = (*form)(lines[i].text);
    if (!frame) {
      // Code stands between the frames of backward-cpp only.
      gap += *form == backward_frame ? 1 : kReach + 1;
      continue;
    }
    keep(trace, std::move(*frame));
    found.end = i + 1;
    gap = 0;
  }
  if (*form == backward_frame) std::ranges::reverse(trace.frames);
  if (!trace.exception.empty() || trace.frames.size() > 1) found.traces.push_back(std::move(trace));
  return found;
}

// A failed assertion names its place by itself:
//   shop: cart.c:41: total: Assertion `n > 0' failed.                       glibc
//   Assertion failed: (n > 0), function total, file cart.c, line 41.        Apple, BSD, musl
//   Assertion failure: n > 0, at /src/cart.cpp:41                           Mozilla
std::optional<Found> read_assertion(const Lines& lines, size_t at, size_t) {
  const std::string_view text = lines[at].text;
  Trace trace{"c++", "Assertion", "", {}, {}};
  const size_t failed = text.find("' failed.");
  const size_t quote = text.find(": Assertion `");
  if (quote != text.npos && failed != text.npos && quote < failed) {
    std::string_view where = text.substr(0, quote);
    const size_t function = where.find(": ", where.find(": ") + 1);
    const std::string_view path = where.substr(0, function);
    const size_t program = path.find(": ");
    auto frame = place(program == path.npos ? path : path.substr(program + 2));
    if (!frame) return std::nullopt;
    if (function != where.npos) {
      const std::string_view signature = without_arguments(where.substr(function + 2));
      frame->function = signature.substr(signature.rfind(' ') + 1);
    }
    trace.message = message_text(text.substr(quote + 13, failed - quote - 13));
    keep(trace, std::move(*frame));
  } else if (std::string_view rest = text; take(rest, "Assertion failed: ")) {
    const size_t function = rest.find(", function ");
    const size_t file = rest.find(", file ");
    if (file == rest.npos) return std::nullopt;
    auto frame = place_by(rest.substr(file + 7), ", line ");
    if (!frame) return std::nullopt;
    if (function < file) frame->function = rest.substr(function + 11, file - function - 11);
    trace.message = message_text(rest.substr(0, std::min(function, file)));
    keep(trace, std::move(*frame));
  } else if (take(rest, "Assertion failure: ")) {
    const size_t where = rest.rfind(", at ");
    auto frame = where == rest.npos ? std::nullopt : place(rest.substr(where + 5));
    if (!frame) return std::nullopt;
    trace.message = message_text(rest.substr(0, where));
    keep(trace, std::move(*frame));
  } else {
    return std::nullopt;
  }
  return Found{{std::move(trace)}, at + 1};
}

}  // namespace triage::retrieval::traces
