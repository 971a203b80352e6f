// Apple's crash reports and what Swift and Objective-C programs print when they stop.
//   Exception Type:  EXC_BAD_ACCESS (SIGSEGV)
//   Thread 0 Crashed::  Dispatch queue: com.apple.main-thread
//   3   Shop    0x0000000102f4 Cart.total() + 123 (Cart.swift:41)
//   Shop/Cart.swift:41: Fatal error: Index out of range
//   Fatal error: Index out of range: file Shop/Cart.swift, line 41
//   *** Terminating app due to uncaught exception 'NSRangeException', reason: '…'
//   0 [ra] 0x000055 total(_:) + 23 in shop at /src/cart.swift:41:13       Swift's own backtrace
#include <algorithm>
#include <array>

#include "retrieval/traces/family_internal.h"

namespace triage::retrieval::traces {

namespace {

constexpr size_t kReach = 60;  // lines of a report's head above its threads

bool is_system(std::string_view image) {
  static constexpr auto kImages = std::to_array<std::string_view>(
      {"libsystem",      "libdispatch",    "libobjc",          "libswift",   "libc++",
       "dyld",           "CoreFoundation", "Foundation",       "UIKit",      "AppKit",
       "SwiftUI",        "QuartzCore",     "GraphicsServices", "HIToolbox",  "CFNetwork",
       "JavaScriptCore", "WebKit",         "CoreData",         "Combine",    "AttributeGraph",
       "FrontBoard",     "BaseBoard",      "XCTest",           "libpthread", "???"});
  return std::ranges::any_of(kImages, [&](auto name) { return image.starts_with(name); });
}

// "3   Shop   0x0000000102f4 Cart.total() + 123 (Cart.swift:41)", also "(in Shop) (Cart.m:41)"
std::optional<Frame> report_frame(std::string_view line) {
  if (!take_number(line) || !line.starts_with(' ')) return std::nullopt;
  line = trim(line);
  const size_t address = line.find(" 0x");
  const size_t tabbed = line.find("\t0x");
  const size_t at = std::min(address, tabbed);
  if (at == line.npos || at == 0 || at > 120) return std::nullopt;
  const std::string_view image = trim(line.substr(0, at));
  if (image.find_first_of("!(:") != image.npos) return std::nullopt;
  line = trim(line.substr(at));
  if (!take_hex(line)) return std::nullopt;
  line = trim(line);
  Frame frame{"", 0, "", !is_system(image)};
  if (line.ends_with(')')) {
    const size_t open = line.rfind(" (");
    if (open != line.npos) {
      if (auto found = place(line.substr(open + 2, line.size() - open - 3))) {
        frame.path = found->path;
        frame.line = found->line;
        line = trim(line.substr(0, open));
      }
    }
  }
  line = before(line, " (in ");
  if (const size_t offset = line.rfind(" + "); offset != line.npos) line = line.substr(0, offset);
  frame.function = line.starts_with("0x") ? std::string(image) : std::string(line);
  if (frame.path.empty()) frame.path = image;
  if (frame.line == 0) frame.in_app = frame.in_app && !frame.function.empty();
  return frame;
}

// "0 [ra] [inlined] 0x000055 total(_:) + 23 in shop at /src/cart.swift:41:13"
std::optional<Frame> swift_frame(std::string_view line) {
  if (!take_number(line) || !line.starts_with(' ')) return std::nullopt;
  line = trim(line);
  bool marked = false;
  for (const std::string_view mark : {"[ra] ", "[async] ", "[inlined] ", "[system] ", "[thunk] "})
    marked |= take(line, mark);
  if (line.starts_with("0x")) take_hex(line);
  line = trim(line);
  const size_t in = line.rfind(" in ");
  if (in == line.npos || (!marked && line.find(".swift:") == line.npos)) return std::nullopt;
  const size_t at = line.find(" at ", in);
  auto found = at == line.npos ? std::nullopt : place(line.substr(at + 4));
  Frame frame = found.value_or(Frame{std::string(before(line.substr(in + 4), " ")), 0, "", false});
  frame.function = before(line.substr(0, in), " + ");
  return frame;
}

std::optional<Frame> apple_frame(std::string_view line) {
  auto frame = swift_frame(line);
  return frame ? frame : report_frame(line);
}

void set_language(Trace& trace) {
  trace.language = "objective-c";
  for (const Frame& frame : trace.frames) {
    const std::string_view function = frame.function;
    const bool swift = frame.path.ends_with(".swift") || function.starts_with("$s") ||
                       function.find("(_:") != function.npos;
    const bool native =
        frame.path.ends_with(".cpp") || frame.path.ends_with(".cc") || frame.path.ends_with(".c");
    if (swift)
      trace.language = "swift";
    else if (native)
      trace.language = "c++";
    if (swift || native) return;
  }
}

// What the report's head and the program's last words say.
void name_it(const Lines& lines, size_t at, size_t floor, Trace& trace) {
  for (size_t i = at + 1; i-- > std::max(floor, at - std::min(at, kReach));) {
    std::string_view text = lines[i].text;
    if (take(text, "Exception Type:")) {
      trace.exception = before(trim(text), " ");
      if (trace.message.empty()) trace.message = message_text(text);
      return;
    }
    if (take(text, "Exception Codes:") || take(text, "Exception Subtype:"))
      trace.message = message_text(text);
    if (take(text, "*** Terminating app due to uncaught exception '")) {
      trace.exception = before(text, "'");
      const size_t reason = text.find("reason: '");
      if (reason != text.npos) trace.message = message_text(before(text.substr(reason + 9), "'"));
      return;
    }
    if (const size_t fatal = text.find("Fatal error: "); fatal != text.npos) {
      trace.exception = "Fatal error";
      trace.message = message_text(text.substr(fatal + 13));
      return;
    }
  }
}

// "Shop/Cart.swift:41: Fatal error: …" and "Fatal error: …: file Shop/Cart.swift, line 41"
std::optional<Trace> fatal_line(std::string_view line) {
  if (line.find(".swift") == line.npos) return std::nullopt;
  static constexpr auto kKinds = std::to_array<std::string_view>(
      {"Fatal error", "Precondition failed", "Assertion failed", "Error"});
  for (const std::string_view kind : kKinds) {
    const std::string mark = std::string(kind) + ": ";
    const size_t at = line.find(mark);
    if (at == line.npos) continue;
    std::string_view text = line.substr(at + mark.size());
    Trace trace{"swift", std::string(kind), "", {}, {}};
    std::optional<Frame> frame;
    if (at > 2 && line.substr(at - 2, 2) == ": ") {
      frame = place(line.substr(0, at - 2));
    } else if (const size_t file = text.rfind(": file "); file != text.npos) {
      frame = place_by(text.substr(file + 7), ", line ");
      text = text.substr(0, file);
    }
    if (!frame || !frame->path.ends_with(".swift")) continue;
    trace.message = message_text(text);
    keep(trace, std::move(*frame));
    return trace;
  }
  return std::nullopt;
}

bool is_thread(std::string_view text) {
  return text.starts_with("Thread ") && text.size() > 7 && is_digit(text[7]);
}

}  // namespace

std::optional<Found> read_apple(const Lines& lines, size_t at, size_t floor) {
  const std::string_view first = lines[at].text;
  auto fatal = fatal_line(first);
  // A backtrace follows the fatal error within a few lines: "Thread 0 crashed:".
  size_t begin = at;
  while (fatal && begin < at + 8 && !apple_frame(lines[begin].text)) ++begin;
  const bool stack = apple_frame(lines[begin].text).has_value();
  if (!fatal && !stack) return std::nullopt;
  if (!stack) return Found{{std::move(*fatal)}, at + 1};
  Trace trace{"", "", "", {}, {}};
  if (fatal) {
    trace.exception = fatal->exception;
    trace.message = fatal->message;
  }
  Found found{{}, begin + 1};
  for (size_t i = begin, gap = 0; i < lines.size() && gap <= (fatal ? 12U : 2U); ++i) {
    auto frame = apple_frame(lines[i].text);
    if (!frame || is_thread(lines[i].text)) {
      if (is_thread(lines[i].text)) break;
      ++gap;
      continue;
    }
    keep(trace, std::move(*frame));
    found.end = i + 1;
    gap = 0;
  }
  const std::string_view thread = at > floor ? lines[at - 1].text : std::string_view{};
  if (!fatal && (!is_thread(thread) || thread.find("rashed") != thread.npos))
    name_it(lines, at, floor, trace);
  else if (!fatal)
    trace.message = message_text(thread);
  set_language(trace);
  if (!trace.exception.empty() || trace.frames.size() > 1) found.traces.push_back(std::move(trace));
  return found;
}

}  // namespace triage::retrieval::traces
