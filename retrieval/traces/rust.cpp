// Rust: the panic's place and message, then numbered functions, each with its place below if known.
//   thread 'main' panicked at src/cart.rs:41:9:          since 1.73; before: … at 'no cart',
//   src/cart.rs:41:9 no cart stack backtrace:
//      0: rust_begin_unwind
//                at /rustc/…/library/std/src/panicking.rs:645:5
//      1:     0x7fa1 - shop::cart::total::h0123456789abcdef
// The panicking function is the first that is not the runtime's; where the backtrace has no places,
// it gets the panic's. anyhow and eyre list "Caused by:" without frames.
#include <algorithm>

#include "retrieval/traces/family_internal.h"

namespace triage::retrieval::traces {

namespace {

constexpr size_t kReach = 14;  // lines between the panic and the backtrace: its message, notes
constexpr size_t kDeepest = 32;

bool is_rust_place(const std::optional<Frame>& frame) {
  return frame && frame->path.ends_with(".rs");
}

std::string plain_function(std::string_view name) {
  const size_t hash = name.rfind("::h");
  if (hash != name.npos && name.size() - hash == 19 &&
      std::ranges::all_of(name.substr(hash + 3), is_hex))
    name = name.substr(0, hash);
  return demangled(name);
}

// "  12:     0x7fa1 - name" and "12: name"; the place may stand behind it on the same line.
std::optional<Frame> numbered(std::string_view line) {
  if (!take_number(line) || !take(line, ":") || !line.starts_with(' ')) return std::nullopt;
  line = trim(line);
  if (take_hex(line)) {
    line = trim(line);
    if (!take(line, "- ")) return std::nullopt;
  }
  if (line.empty() || line.size() > 2000) return std::nullopt;
  Frame frame{"", 0, "", true};
  if (const size_t at = line.rfind(" at ");
      at != line.npos && is_rust_place(place(line.substr(at + 4)))) {
    frame = *place(line.substr(at + 4));
    line = trim(line.substr(0, at));
  }
  const bool function = line.find("::") != line.npos || line.find(' ') == line.npos;
  if (!function) return std::nullopt;
  frame.function = plain_function(line);
  return frame;
}

std::optional<Frame> place_below(std::string_view line) {
  if (!take(line, "at ")) return std::nullopt;
  auto frame = place(line);
  if (frame && frame->path.starts_with("./")) frame->path.erase(0, 2);
  return frame;
}

// The frames from `at`; `end` behind the last.
std::vector<Frame> backtrace(const Lines& lines, size_t at, size_t& end) {
  std::vector<Frame> frames;
  size_t gap = 0;
  for (size_t i = at; i < lines.size() && gap <= 3; ++i) {
    const std::string_view text = lines[i].text;
    if (auto frame = numbered(text)) {
      if (frames.size() < kMostFrames) frames.push_back(std::move(*frame));
    } else if (auto below = place_below(text); below && !frames.empty()) {
      if (frames.back().path.empty()) {
        frames.back().path = below->path;
        frames.back().line = below->line;
      }
    } else {
      ++gap;
      continue;
    }
    gap = 0;
    end = i + 1;
  }
  return frames;
}

bool is_machinery(const Frame& frame) {
  return is_library(frame) || frame.function.starts_with("<unknown>") ||
         frame.function.find("backtrace") != std::string::npos || frame.function.starts_with("_");
}

// The place of the panic goes to the function that panicked, or stands first by itself.
void join(Trace& trace, std::optional<Frame> panic, std::vector<Frame> frames) {
  if (panic) {
    const bool known = std::ranges::any_of(frames, [&](const Frame& frame) {
      return frame.line == panic->line &&
             (frame.path.ends_with(panic->path) || panic->path.ends_with(frame.path)) &&
             !frame.path.empty();
    });
    const auto user =
        std::ranges::find_if(frames, [](const Frame& frame) { return !is_machinery(frame); });
    if (!known && user != frames.end() && user->path.empty()) {
      user->path = panic->path;
      user->line = panic->line;
    } else if (!known) {
      // Behind the machinery, which is further in.
      frames.insert(user, *panic);
    }
  }
  for (Frame& frame : frames) {
    if (frame.path.empty() && is_machinery(frame)) frame.in_app = false;
    keep(trace, std::move(frame));
  }
}

struct Panic {
  std::string message;
  std::optional<Frame> place;
  bool message_below = false;
};

std::optional<Panic> panic_line(std::string_view line) {
  const size_t thread = line.find('\'') == line.npos ? line.npos : line.find("thread '");
  const size_t at = thread == line.npos ? line.npos : line.find("panicked at ", thread);
  const bool eyre = line.starts_with("The application panicked");
  if (eyre) return Panic{"", std::nullopt, false};
  if (thread == line.npos || at == line.npos) return std::nullopt;
  line.remove_prefix(at + 12);
  if (line.starts_with('\'')) {
    // 'message', src/main.rs:5:10
    const size_t quote = line.rfind("', ");
    if (quote != line.npos && is_rust_place(place(line.substr(quote + 3))))
      return Panic{std::string(line.substr(1, quote - 1)), place(line.substr(quote + 3)), false};
    if (line.ends_with('\''))
      return Panic{std::string(line.substr(1, line.size() - 2)), std::nullopt, false};
    return Panic{std::string(line.substr(1)), std::nullopt, true};
  }
  if (line.ends_with(':')) line.remove_suffix(1);
  return Panic{"", place(line), true};
}

// Where a message of several lines ends: "…', src/main.rs:5:10" on a later line in the old style.
void read_message(const Lines& lines, size_t at, Panic& panic) {
  if (!panic.message_below) return;
  if (panic.message.empty()) {
    panic.message = lines[at].text;
    return;
  }
  for (size_t i = at; i < at + 6; ++i) {
    const std::string_view text = lines[i].text;
    const size_t quote = text.rfind("', ");
    panic.message += "\n" + std::string(text.substr(0, quote));
    if (quote == text.npos) continue;
    panic.place = place(text.substr(quote + 3));
    return;
  }
}

// "Caused by:" and below it "0: first" or the only one.
size_t read_causes(const Lines& lines, size_t at, std::vector<Trace>& chain) {
  size_t end = at;
  for (size_t i = at; i < lines.size() && chain.size() < kDeepest; ++i) {
    std::string_view text = lines[i].text;
    if (text.empty() || text.find("acktrace") != text.npos || text.starts_with("Location")) break;
    if (take_number(text)) take(text, ": ");
    chain.push_back(Trace{"rust", "", message_text(text), {}, {}});
    end = i + 1;
  }
  return end;
}

// "Error: no cart" of anyhow and eyre: told by what is below.
std::optional<Found> report(const Lines& lines, size_t at) {
  std::string_view text = lines[at].text;
  if (!take(text, "Error: ")) return std::nullopt;
  std::vector<Trace> chain{Trace{"rust", "Error", message_text(text), {}, {}}};
  Found found{{}, at + 1};
  for (size_t i = at + 1; i < at + kReach && i < lines.size(); ++i) {
    const std::string_view below = lines[i].text;
    if (below == "Caused by:") found.end = i = read_causes(lines, i + 1, chain);
    if (lines[i].text == "Location:") {
      auto frame = place(lines[i + 1].text);
      if (!is_rust_place(frame)) return std::nullopt;
      keep(chain.front(), std::move(*frame));
      found.end = i + 2;
    }
    if (lines[i].text.ends_with("tack backtrace:") ||
        lines[i].text.find(" BACKTRACE ") != std::string_view::npos) {
      size_t end = i;
      join(chain.front(), std::nullopt, backtrace(lines, i + 1, end));
      found.end = std::max(end, i + 1);
      break;
    }
  }
  if (chain.front().frames.empty()) return std::nullopt;
  found.traces.push_back(nest(std::move(chain)));
  return found;
}

}  // namespace

std::optional<Found> read_rust(const Lines& lines, size_t at, size_t) {
  auto panic = panic_line(lines[at].text);
  if (!panic) {
    if (auto found = report(lines, at)) return found;
    const bool header = lines[at].text.ends_with("tack backtrace:");
    // Without its header a backtrace is told by its first frame having a place.
    if (!header && (!numbered(lines[at].text) || !is_rust_place(place_below(lines[at + 1].text))))
      return std::nullopt;
    Found found{{}, at + 1};
    Trace trace{"rust", "", "", {}, {}};
    join(trace, std::nullopt, backtrace(lines, header ? at + 1 : at, found.end));
    if (trace.frames.size() > 1) found.traces.push_back(std::move(trace));
    return found;
  }
  read_message(lines, at + 1, *panic);
  Found found{{}, at + 1 + (panic->message_below ? 1U : 0U)};
  Trace trace{"rust", "panic", message_text(panic->message), {}, {}};
  std::vector<Frame> frames;
  for (size_t i = at + 1; i < at + kReach && i < lines.size(); ++i) {
    std::string_view text = lines[i].text;
    if (panic_line(text)) break;
    if (take(text, "Message:")) trace.message = message_text(text);
    if (take(text, "Location:")) panic->place = place(trim(text));
    if (!text.ends_with("tack backtrace:") && !numbered(text)) continue;
    size_t end = i;
    frames = backtrace(lines, text.ends_with(':') ? i + 1 : i, end);
    found.end = std::max(found.end, end);
    break;
  }
  join(trace, std::move(panic->place), std::move(frames));
  found.traces.push_back(std::move(trace));
  return found;
}

}  // namespace triage::retrieval::traces
