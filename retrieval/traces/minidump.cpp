// Breakpad's minidump_stackwalk.
//   Crash|SIGSEGV|0x40|34                                         the thread that crashed comes
//   last 34|0|libshop.so|Cart::total(int)|hg:host/repo:src/cart.cpp:957a|41|0x5 Thread 0 (crashed)
//   the same for people
//    0  libshop.so!Cart::total(int) [cart.cpp : 41 + 0x5]
// Where a function is unknown its module and offset stand for it.
#include <algorithm>
#include <array>

#include "retrieval/traces/family_internal.h"

namespace triage::retrieval::traces {

namespace {

constexpr size_t kRegisters = 14;  // lines between two frames of the form for people
constexpr size_t kModules = 3000;  // lines between "Crash|" and the first frame

struct Fields {
  std::array<std::string_view, 7> at;
  std::uint32_t thread = 0, number = 0;
};

std::optional<Fields> fields_of(std::string_view line) {
  Fields fields;
  size_t count = 0;
  for (; count < fields.at.size() && !line.empty(); ++count) {
    const size_t bar = line.find('|');
    fields.at[count] = line.substr(0, bar);
    line = bar == line.npos ? "" : line.substr(bar + 1);
  }
  std::string_view thread = fields.at[0], number = fields.at[1];
  const auto t = take_number(thread), n = take_number(number);
  if (count < 6 || !t || !n || !thread.empty() || !number.empty()) return std::nullopt;
  fields.thread = *t;
  fields.number = *n;
  return fields;
}

Frame frame_of(const Fields& fields) {
  std::string_view source = fields.at[4];
  // "hg:hg.mozilla.org/repo:src/cart.cpp:957a": system, repository, path, revision.
  if (const size_t system = source.find(':'); system != source.npos && system > 1) {
    const size_t repository = source.find(':', system + 1);
    if (repository != source.npos) source = before(source.substr(repository + 1), ":");
  }
  std::string_view digits = fields.at[5];
  Frame frame{std::string(source), take_number(digits).value_or(0), native_name(fields.at[3]),
              !source.empty()};
  if (frame.path.empty()) frame.path = fields.at[2];
  if (!frame.function.empty()) return frame;
  const std::string_view offset = fields.at[6];
  frame.function =
      fields.at[2].empty() ? "??" : std::string(fields.at[2]) + "+" + std::string(offset);
  return frame;
}

// " 3  libshop.so!Cart::total(int) [cart.cpp : 41 + 0x5]", "libc.so + 0x1234"
std::optional<Frame> readable_frame(std::string_view line) {
  if (!take_number(line) || !line.starts_with("  ")) return std::nullopt;
  line = trim(line);
  const size_t mark = line.find('!');
  if (mark == line.npos) {
    const size_t offset = line.find(" + 0x");
    if (offset == line.npos || line.substr(0, offset).find(' ') != line.npos) return std::nullopt;
    return Frame{std::string(line.substr(0, offset)), 0,
                 std::string(line.substr(0, offset)) + "+" + std::string(line.substr(offset + 3)),
                 false};
  }
  if (line.substr(0, mark).find(' ') != line.npos) return std::nullopt;
  Frame frame{std::string(line.substr(0, mark)), 0, "", false};
  std::string_view call = line.substr(mark + 1);
  const size_t open = call.rfind(" [");
  if (open != call.npos && call.ends_with(']')) {
    if (auto found = place_by(call.substr(open + 2), " : ")) frame = std::move(*found);
    call = call.substr(0, open);
  }
  frame.function = native_name(before(call, " + 0x"));
  return frame;
}

std::optional<Found> readable(const Lines& lines, size_t at) {
  if (!lines[at].text.starts_with("Thread ") || !readable_frame(lines[at + 1].text))
    return std::nullopt;
  Trace trace{"c++", "", message_text(lines[at].text), {}, {}};
  if (lines[at].text.find("crashed") != std::string_view::npos) trace.exception = "crash";
  Found found{{}, at + 1};
  for (size_t i = at + 1, gap = 0; i < lines.size() && gap <= kRegisters; ++i, ++gap) {
    if (lines[i].text.starts_with("Thread ")) break;
    auto frame = readable_frame(lines[i].text);
    if (!frame) continue;
    keep(trace, std::move(*frame));
    found.end = i + 1;
    gap = 0;
  }
  found.traces.push_back(std::move(trace));
  return found;
}

}  // namespace

std::optional<Found> read_minidump(const Lines& lines, size_t at, size_t) {
  Trace crash{"c++", "", "", {}, {}};
  std::string_view text = lines[at].text;
  size_t begin = at;
  if (take(text, "Crash|")) {
    crash.exception = before(text, "|");
    crash.message = message_text(
        "address " +
        std::string(before(text.substr(std::min(text.find('|') + 1, text.size())), "|")));
    // Only the lines of the same table stand between.
    for (begin = at + 1; begin < at + kModules && !fields_of(lines[begin].text); ++begin) {
      const std::string_view line = lines[begin].text;
      const bool table = line.empty() ? begin < lines.size()
                                      : line.find('|') != line.npos && !line.starts_with("Crash|");
      if (!table) break;
    }
  }
  if (!fields_of(lines[begin].text))
    return crash.exception.empty() ? readable(lines, at) : std::nullopt;
  Found found{{}, begin};
  std::uint32_t thread = fields_of(lines[begin].text)->thread;
  Trace trace = crash;
  for (size_t i = begin; i < lines.size(); ++i) {
    const auto fields = fields_of(lines[i].text);
    if (!fields && !lines[i].text.empty()) break;
    if (!fields) continue;
    if (fields->thread != thread) {
      if (found.traces.size() < 100) found.traces.push_back(std::move(trace));
      thread = fields->thread;
      trace = Trace{"c++", "", "thread " + std::to_string(thread), {}, {}};
    }
    keep(trace, frame_of(*fields));
    found.end = i + 1;
  }
  found.traces.push_back(std::move(trace));
  return found;
}

}  // namespace triage::retrieval::traces
