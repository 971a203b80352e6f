// Java, Kotlin, Scala, Groovy and Clojure: "at com.acme.Cart.total(Cart.java:41)", below the error.
//   Caused by: a.B: x      the cause of what stands above        ... 3 more
//   Wrapped by: a.B: x     logback with the root cause first
//   Suppressed: a.B: x     another trace, indented
// A thread dump has frames below `"main" #1 prio=5 …` and "- locked <0x…>" between them.
#include <algorithm>
#include <array>

#include "retrieval/traces/family_internal.h"

namespace triage::retrieval::traces {

namespace {

using Extension = std::pair<std::string_view, std::string_view>;
constexpr auto kExtensions = std::to_array<Extension>({{".java", "java"},
                                                       {".kt", "kotlin"},
                                                       {".kts", "kotlin"},
                                                       {".scala", "scala"},
                                                       {".groovy", "groovy"},
                                                       {".clj", "clojure"},
                                                       {".cljc", "clojure"}});

std::string_view language_of(std::string_view path) {
  for (const auto& [extension, language] : kExtensions) {
    if (path.ends_with(extension)) return language;
  }
  return {};
}

// Module and class loader stand before the class: "java.base@17/", "app//", "app/mod@1/".
std::string_view without_module(std::string_view function) {
  const size_t arguments = std::min(function.find('('), function.size());
  const size_t slash = function.substr(0, arguments).rfind('/');
  return slash == function.npos ? function : function.substr(slash + 1);
}

std::optional<Frame> jvm_frame(std::string_view line) {
  const bool marked = take(line, "at ");
  // Without "at" only the place tells it: "com.acme.Cart.total(Cart.java:41)".
  if (!marked && (line.find(' ') != line.npos || !line.ends_with(')'))) return std::nullopt;
  // "(Cart.java:41) ~[shop.jar:1.2]": which archive it came from.
  for (const std::string_view archive : {" ~[", " ["}) {
    if (const size_t at = line.find(archive); at != line.npos && line.ends_with(']'))
      line = trim(line.substr(0, at));
  }
  const size_t close = line.find(')', line.rfind('(') == line.npos ? 0 : line.rfind('('));
  const size_t open = line.rfind('(');
  if (open == line.npos || open == 0 || close == line.npos || close + 1 < line.size())
    return std::nullopt;
  const std::string_view where = line.substr(open + 1, close - open - 1);
  const std::string_view function = trim(without_module(line.substr(0, open)));
  if (function.find('.') == function.npos || function.find('(') != function.npos)
    return std::nullopt;
  if (!marked && function.find_first_of("=\"',;") != function.npos) return std::nullopt;
  if (where == "Native Method" || where == "Unknown Source" || where == "Unknown Source:0")
    return Frame{"", 0, std::string(function), false};
  Frame frame = place(where).value_or(Frame{std::string(where), 0, "", true});
  const bool file = !language_of(frame.path).empty();
  if (!marked && (!file || frame.line == 0)) return std::nullopt;
  const bool hidden = frame.path == "SourceFile" || frame.path == "Unknown Source";
  // Obfuscated: "at a.b.c(:12)" and "(PG:12)".
  const bool plain = frame.line > 0 && frame.path == "PG";
  if ((!file && !hidden && !plain) || frame.path.find('/') != std::string::npos)
    return std::nullopt;
  if (hidden) frame.in_app = false;
  frame.function = function;
  return frame;
}

Marked jvm_mark(std::string_view line) {
  static constexpr auto kMarks =
      std::to_array<std::pair<std::string_view, Mark>>({{"Caused by: ", Mark::cause},
                                                        {"Wrapped by: ", Mark::wrapped},
                                                        {"Suppressed: ", Mark::aside},
                                                        {"- locked ", Mark::skip},
                                                        {"- waiting ", Mark::skip},
                                                        {"- parking ", Mark::skip},
                                                        {"- eliminated ", Mark::skip},
                                                        {"- None", Mark::skip},
                                                        {"Locked ownable ", Mark::skip}});
  for (const auto& [start, mark] : kMarks) {
    if (std::string_view rest = line; take(rest, start)) return {mark, rest};
  }
  const bool more = line.starts_with("... ") || line.starts_with("[CIRCULAR REFERENCE");
  return {more ? Mark::skip : Mark::none, {}};
}

constexpr Dialect kDialect{"java", jvm_frame, jvm_mark, 30};

// The first file of the application tells the language; most of the frames are often Java's own.
void set_language(Trace& trace) {
  for (const Frame& frame : trace.frames) {
    if (const auto language = language_of(frame.path); frame.in_app && !language.empty()) {
      trace.language = language;
      break;
    }
  }
  for (Trace& cause : trace.cause) set_language(cause);
}

// `"http-1" #12 daemon prio=5 os_prio=0 tid=0x… nid=0x… waiting on condition [0x…]`
std::string thread_above(const Lines& lines, size_t at, size_t floor) {
  for (size_t i = at; i-- > std::max(floor, at - std::min<size_t>(at, 3));) {
    const std::string_view text = lines[i].text;
    const size_t quote = text.starts_with('"') ? text.find('"', 1) : text.npos;
    if (quote != text.npos) return "thread " + std::string(text.substr(0, quote + 1));
  }
  return {};
}

}  // namespace

std::optional<Found> read_jvm(const Lines& lines, size_t at, size_t floor) {
  if (!jvm_frame(lines[at].text)) return std::nullopt;
  Found found = read_chain(lines, at, floor, kDialect);
  Trace& main = found.traces.front();
  if (main.exception.empty() || main.exception.ends_with("Thread.State")) {
    main.exception.clear();
    main.message = thread_above(lines, at, floor);
  }
  for (Trace& trace : found.traces) set_language(trace);
  return found;
}

}  // namespace triage::retrieval::traces
