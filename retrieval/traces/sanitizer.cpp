// The sanitizers of clang and gcc, libFuzzer, and other native programs that number frames their
// way:
//   ==17==ERROR: AddressSanitizer: heap-use-after-free on address …
//       #0 0x55d in Cart::total(int) /src/cart.cc:41:3 (shop+0x4aa) (BuildId: 9f)
//   freed by thread T0 here:
//       #0 …
//   src/cart.c:41:3: runtime error: division by zero
//   #01 pc 000000000002f4a8  /system/lib64/libshop.so (Cart::total(int)+24)      Android's
//   tombstones
// Of AddressSanitizer the later stacks (freed, allocated, created by) are the causes of the first;
// of a race both accesses matter alike, so ThreadSanitizer's stacks are one trace. Leaks are one
// each.
#include <algorithm>

#include "retrieval/traces/family_internal.h"

namespace triage::retrieval::traces {

namespace {

constexpr size_t kGap = 8;
constexpr std::string_view kRuntimeError = ": runtime error: ";

// "(shop+0x4aa)", "(/lib/libc.so.6+0x29)", "(0x7eff0a5dad88)": the module without its offset.
struct Module {
  std::string_view path, whole;
};

// Takes "(module+0x1) (BuildId: …)" off the end.
Module take_module(std::string_view& line) {
  Module module;
  for (int groups = 0; groups < 2 && line.ends_with(')'); ++groups) {
    const size_t open = line.rfind(" (");
    if (open == line.npos) break;
    const std::string_view inner = line.substr(open + 2, line.size() - open - 3);
    if (!inner.starts_with("BuildId: ")) {
      const size_t offset = inner.rfind("+0x");
      if (offset == inner.npos && !inner.starts_with("0x")) break;
      module = {offset == inner.npos ? "" : inner.substr(0, offset), inner};
    }
    line = trim(line.substr(0, open));
  }
  return module;
}

bool is_path(std::string_view text) {
  return text.find('/') != text.npos || text.find('\\') != text.npos;
}

// "FUNCTION PLACE": the place is the last word, or what follows the arguments where it has spaces.
Frame split_function(std::string_view text) {
  for (size_t space = text.rfind(' '); space != text.npos; space = text.rfind(' ', space - 1)) {
    const std::string_view where = text.substr(space + 1);
    auto frame = place(where);
    if (frame && frame->path.find('(') == std::string::npos) {
      // "C:\Program Files\cart.cc:41": the path began earlier, at its drive.
      if (!is_path(where) || where.find(":\\") != where.npos || where.starts_with('/') ||
          where.find('/') != where.npos) {
        frame->function = native_name(text.substr(0, space));
        return *frame;
      }
    }
    if (space == 0 || text.size() - space > 300) break;
  }
  const size_t space = text.rfind(' ');
  if (space != text.npos && text.substr(space + 1).starts_with('/') &&
      text.substr(space).find(')') == text.npos)
    return Frame{std::string(text.substr(space + 1)), 0, native_name(text.substr(0, space)), true};
  return Frame{"", 0, native_name(text), false};
}

// "pc 000000000002f4a8  /system/lib64/libshop.so (total+24)"
std::optional<Frame> android_frame(std::string_view line) {
  if (!take(line, "pc ") || !take_hex(line)) return std::nullopt;
  line = trim(line);
  line = before(line, " (BuildId");
  const size_t open = line.find(" (");
  Frame frame{std::string(line.substr(0, open)), 0, "", true};
  if (open != line.npos) {
    std::string_view function = line.substr(open + 2);
    function = function.substr(0, function.rfind(')'));
    if (const size_t offset = function.rfind('+'); offset != function.npos)
      function = function.substr(0, offset);
    frame.function = native_name(function);
  }
  frame.in_app = frame.path.starts_with("/data/");
  return frame;
}

std::optional<Frame> sanitizer_frame(std::string_view line, std::uint32_t& number) {
  if (!take(line, "#")) return std::nullopt;
  const auto index = take_number(line);
  if (!index || !line.starts_with(' ')) return std::nullopt;
  number = *index;
  line = trim(line);
  if (line.size() > 2000 || has_spaced_arguments(line)) return std::nullopt;
  if (auto frame = android_frame(line)) return frame;
  const bool address = take_hex(line);
  line = trim(line);
  const bool in = take(line, "in ");
  // Chromium puts the place in brackets: "base::f() [../../base/f.cc:12:3]".
  if (line.ends_with(']') && line.find(" [") != line.npos) {
    const size_t open = line.rfind(" [");
    if (auto frame = place(line.substr(open + 2, line.size() - open - 3))) {
      frame->function = native_name(line.substr(0, open));
      return frame;
    }
  }
  const Module module = take_module(line);
  const bool bare = line.starts_with('(') && line.ends_with(')') && line.find(' ') == line.npos;
  if (line.empty() || line == "<null> <null>" || bare) {
    if (module.whole.empty() && !bare) return std::nullopt;
    const std::string_view whole =
        module.whole.empty() ? trim(line.substr(1, line.size() - 2)) : module.whole;
    const std::string_view path = module.path.empty() ? before(whole, "+0x") : module.path;
    if (whole.starts_with("0x")) return Frame{"", 0, "<missing>", false};
    return Frame{std::string(path), 0, std::string(whole), false};
  }
  if (line.ends_with(" <null>")) line.remove_suffix(7);
  Frame frame = split_function(line);
  if (frame.path.empty() && !module.path.empty()) frame.path = module.path, frame.in_app = false;
  // Much else is numbered: without an address only a place tells it.
  if (!address && !in && frame.path.empty()) return std::nullopt;
  return frame;
}

struct Header {
  Trace trace;
  bool together = false;  // all stacks are one trace
  bool alone = false;     // it counts without frames
};

// "heap-use-after-free on address …", behind the sanitizer's name.
std::optional<Header> header_line(std::string_view line) {
  if (const size_t at = line.find(kRuntimeError); at != line.npos) {
    if (auto frame = place(line.substr(0, at));
        frame && frame->path.find(' ') == std::string::npos) {
      Header header{
          Trace{
              "c++", "runtime error", message_text(line.substr(at + kRuntimeError.size())), {}, {}},
          false, true};
      keep(header.trace, std::move(*frame));
      return header;
    }
  }
  size_t end = line.npos;
  for (const std::string_view tool : {"Sanitizer: ", "Sanitizer ", "libFuzzer: "}) {
    if (end = line.find(tool); end != line.npos) {
      end += tool.size();
      break;
    }
  }
  const bool marked =
      line.starts_with("==") || line.starts_with("WARNING: ") || line.starts_with("ERROR: ");
  if (end == line.npos || !marked || line.starts_with("SUMMARY")) return std::nullopt;
  std::string_view name = trim(line.substr(0, end - 1));
  if (name.ends_with(':')) name.remove_suffix(1);
  name = name.substr(name.find_last_of(": =") + 1);
  const std::string_view text = before(line.substr(end), " (pid=");
  if (text.starts_with("failed to ") || text.starts_with("can not ")) return std::nullopt;
  const bool together =
      name == "ThreadSanitizer" || text.starts_with("soft rss") || text.starts_with("hard rss");
  return Header{Trace{"c++", std::string(name), message_text(text), {}, {}}, together,
                line.find("ERROR") != line.npos};
}

// Rust and Objective-C are built with the same tools.
void set_language(Trace& trace) {
  for (const Frame& frame : trace.frames) {
    if (!frame.in_app) continue;
    if (frame.path.ends_with(".rs")) trace.language = "rust";
    if (frame.path.ends_with(".swift")) trace.language = "swift";
    if (frame.path.ends_with(".m") || frame.path.ends_with(".mm")) trace.language = "objective-c";
    return;
  }
}

class Report {
 public:
  Report(const Lines& lines, size_t at, Header header)
      : lines_(lines), end_(at + 1), header_(std::move(header)) {
    leak_ = header_.trace.exception == "LeakSanitizer";
    chain_.push_back(header_.trace);
  }

  // `at`: the first line behind the header, or a frame where there is none.
  Found read(size_t at, bool headed) {
    size_t gap = 0;
    for (size_t i = at; i < lines_.size() && gap <= kGap; ++i) {
      const std::string_view text = lines_[i].text;
      std::uint32_t number = 0;
      if (auto frame = sanitizer_frame(text, number)) {
        if (number == 0 && frames_ > 0) {
          if (!headed) break;
          next_stack();
        }
        ++frames_;
        keep(chain_.back(), std::move(*frame));
        gap = 0;
        end_ = i + 1;
        continue;
      }
      if (over(text) || (i > at && header_line(text))) break;
      if (!text.empty()) label_ = text;
      ++gap;
    }
    return finish();
  }

 private:
  static bool over(std::string_view text) {
    return text.starts_with("SUMMARY: ") || text.find("==ABORTING") != text.npos ||
           text.starts_with("Shadow bytes") || text.starts_with("=====");
  }

  void next_stack() {
    if (header_.together) return;
    if (leak_) done_.push_back(std::move(chain_.back()));
    if (leak_) chain_.clear();
    Trace trace{"c++", leak_ ? header_.trace.exception : "", message_text(label_), {}, {}};
    if (chain_.size() < 8) chain_.push_back(std::move(trace));
  }

  Found finish() {
    if (!chain_.empty()) done_.push_back(nest(std::move(chain_)));
    Found found{{}, end_};
    for (Trace& trace : done_) {
      set_language(trace);
      if (!trace.frames.empty() || header_.alone) found.traces.push_back(std::move(trace));
    }
    return found;
  }

  const Lines& lines_;
  size_t end_, frames_ = 0;
  Header header_;
  bool leak_ = false;
  std::string_view label_;
  std::vector<Trace> chain_, done_;
};

}  // namespace

std::optional<Found> read_sanitizer(const Lines& lines, size_t at, size_t) {
  auto header = header_line(lines[at].text);
  if (header) {
    // UBSan's place is the first frame of its stack, which may follow.
    std::uint32_t number = 0;
    if (!header->trace.frames.empty() && sanitizer_frame(lines[at + 1].text, number))
      header->trace.frames.clear();
    return Report(lines, at, std::move(*header)).read(at + 1, true);
  }
  std::uint32_t number = 0;
  const auto first = sanitizer_frame(lines[at].text, number);
  if (!first || number > 1) return std::nullopt;
  std::uint32_t second = 0;
  if (!sanitizer_frame(lines[at + 1].text, second) || second != number + 1) return std::nullopt;
  Found found =
      Report(lines, at, Header{Trace{"c++", "", "", {}, {}}, false, false}).read(at, false);
  if (at > 0 && !found.traces.empty()) {
    for (size_t i = at; i-- > at - std::min<size_t>(at, 4);) {
      const std::string_view text = lines[i].text;
      // "signal 11 (SIGSEGV), code 1", "Fatal signal 6 (SIGABRT)", "Stack dump:" of LLVM.
      const size_t signal = text.find("signal ");
      if (signal == text.npos || text.find("(SIG") == text.npos) continue;
      const std::string_view name = text.substr(text.find("(SIG") + 1);
      found.traces.front().exception = before(name, ")");
      found.traces.front().message = message_text(text);
    }
  }
  return found;
}

}  // namespace triage::retrieval::traces
