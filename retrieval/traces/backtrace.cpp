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

namespace {

// "shop: cart.c:41: total: Assertion `n > 0' failed."
std::optional<Trace> glibc_assertion(std::string_view text) {
  const size_t failed = text.find("' failed.");
  const size_t quote = text.find(": Assertion `");
  if (quote == text.npos || failed == text.npos || quote > failed) return std::nullopt;
  const std::string_view where = text.substr(0, quote);
  const size_t function = where.find(": ", where.find(": ") + 1);
  const std::string_view path = where.substr(0, function);
  const size_t program = path.find(": ");
  auto frame = place(program == path.npos ? path : path.substr(program + 2));
  if (!frame) return std::nullopt;
  if (function != where.npos) {
    const std::string_view signature = without_arguments(where.substr(function + 2));
    frame->function = signature.substr(signature.rfind(' ') + 1);
  }
  Trace trace{
      "c++", "Assertion", message_text(text.substr(quote + 13, failed - quote - 13)), {}, {}};
  keep(trace, std::move(*frame));
  return trace;
}

// "Assertion failed: (n > 0), function total, file cart.c, line 41." of Apple, BSD, musl, Windows
std::optional<Trace> bsd_assertion(std::string_view text) {
  if (!take(text, "Assertion failed: ")) return std::nullopt;
  const size_t function = text.find(", function ");
  const size_t file = text.find(", file ");
  auto frame = file == text.npos ? std::nullopt : place_by(text.substr(file + 7), ", line ");
  if (!frame) return std::nullopt;
  if (function < file) frame->function = text.substr(function + 11, file - function - 11);
  Trace trace{"c++", "Assertion", message_text(text.substr(0, std::min(function, file))), {}, {}};
  keep(trace, std::move(*frame));
  return trace;
}

// "Assertion failure: n > 0, at cart.cpp:41" and "Hit MOZ_CRASH(n) at cart.cpp:41" of Mozilla,
// "ERROR:cart.c:41:total: assertion failed: (n > 0)" of GLib
std::optional<Trace> placed_assertion(std::string_view text) {
  std::optional<Frame> frame;
  std::string_view message;
  if (take(text, "Assertion failure: ") || take(text, "Hit MOZ_CRASH(")) {
    const size_t where = std::min(text.rfind(", at "), text.rfind(") at "));
    if (where == text.npos) return std::nullopt;
    frame = place(text.substr(where + 5));
    message = text.substr(0, where);
  } else if (const size_t failed = text.find(": assertion failed"); failed != text.npos) {
    std::string_view where = text.substr(0, failed);
    if (const size_t level = where.find("ERROR:"); level != where.npos)
      where.remove_prefix(level + 6);
    const size_t function = where.rfind(':');
    if (function == where.npos) return std::nullopt;
    frame = place(where.substr(0, function));
    if (frame) frame->function = where.substr(function + 1);
    message = trim(text.substr(std::min(failed + 20, text.size())));
  }
  if (!frame || frame->path.find(' ') != std::string::npos) return std::nullopt;
  Trace trace{"c++", "Assertion", message_text(message), {}, {}};
  keep(trace, std::move(*frame));
  return trace;
}

}  // namespace

// What stopped a program names its place by itself: a failed assertion; V8's "# Fatal error in
// cart.cc, line 41" with the check below; an exception nobody caught.
std::optional<Found> read_assertion(const Lines& lines, size_t at, size_t) {
  std::string_view text = lines[at].text;
  for (const auto form : {glibc_assertion, bsd_assertion, placed_assertion}) {
    if (auto trace = form(text)) return Found{{std::move(*trace)}, at + 1};
  }
  if (take(text, "# Fatal error in ")) {
    auto frame = place_by(text, ", line ");
    if (!frame) return std::nullopt;
    std::string_view check = lines[at + 1].text;
    take(check, "# ");
    Trace trace{"c++", "Fatal error", message_text(check), {}, {}};
    keep(trace, std::move(*frame));
    return Found{{std::move(trace)}, std::min(at + 2, lines.size())};
  }
  if (!take(text, "terminate called after throwing an instance of '")) return std::nullopt;
  Trace trace{"c++", std::string(before(text, "'")), "", {}, {}};
  std::string_view what = lines[at + 1].text;
  const bool said = take(what, "what():");
  if (said) trace.message = message_text(what);
  return Found{{std::move(trace)}, std::min(at + (said ? 2U : 1U), lines.size())};
}

}  // namespace triage::retrieval::traces
