// gdb and lldb, also with locals between the frames and with many threads.
//   Program received signal SIGSEGV, Segmentation fault.
//   #0  0x000055d in Cart::total (this=0x0, n=1,
//       all=...) at cart.cc:41                          a frame may go on over several lines
//   #1  <signal handler called>
//   #2  0x0000 in ?? () from /lib/libc.so.6
//   * thread #1, queue = 'main', stop reason = EXC_BAD_ACCESS (code=1, address=0x0)
//     * frame #0: 0x0001 shop`Cart::total(this=0x0) at cart.cc:41:3 [opt]
// Each thread is a trace. gdb prints where it stopped before it prints all threads: the thread with
// that frame is the one that crashed, and stands first.
#include <algorithm>

#include "retrieval/traces/family_internal.h"

namespace triage::retrieval::traces {

namespace {

constexpr size_t kFrameLines = 14;  // of one frame's arguments
constexpr size_t kLocals = 400;     // lines of locals between two frames
constexpr size_t kGap = 3;

// Counts parentheses outside of strings.
int open_parentheses(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"' && (i == 0 || text[i - 1] != '\\')) quoted = !quoted;
    if (quoted) continue;
    depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
  }
  return depth;
}

std::optional<std::uint32_t> frame_number(std::string_view line) {
  if (!take(line, "#")) return std::nullopt;
  const auto number = take_number(line);
  return number && line.starts_with(' ') ? number : std::nullopt;
}

// The frame that begins at `at`, its lines joined; `end` behind them.
std::string whole_frame(const Lines& lines, size_t at, size_t& end) {
  std::string text(lines[at].text);
  end = at + 1;
  for (size_t i = at + 1; i < at + kFrameLines && i < lines.size(); ++i) {
    const std::string_view next = lines[i].text;
    if (next.empty() || frame_number(next) || next.starts_with("Thread ")) break;
    const bool place_next = (next.starts_with("at ") && place(next)) || next.starts_with("from /");
    const int open = open_parentheses(text);
    if (!place_next && open <= 0) break;
    text += " ";
    text += next;
    end = i + 1;
    if (place_next && open <= 0) break;
  }
  return text;
}

// Where the arguments begin: the parenthesis that the last one closes.
size_t arguments_begin(std::string_view call) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = call.size(); i-- > 0;) {
    if (call[i] == '"' && (i == 0 || call[i - 1] != '\\')) quoted = !quoted;
    if (quoted) continue;
    if (call[i] == ')') ++depth;
    if (call[i] == '(' && --depth == 0) return i;
  }
  return call.find(" (");
}

std::optional<Frame> gdb_frame(std::string_view line) {
  if (!take(line, "#") || !take_number(line)) return std::nullopt;
  line = trim(line);
  if (line.starts_with("<signal handler called>") || line.starts_with("<function called from gdb>"))
    return Frame{"", 0, std::string(before(line, ">")) + ">", false};
  if (!has_spaced_arguments(line)) return std::nullopt;
  if (line.starts_with("0x")) take_hex(line);
  line = trim(line);
  take(line, "in ");
  // "in  ()": there is no name at all.
  if (line.starts_with("()")) return Frame{"", 0, "??", false};
  Frame frame{"", 0, "", false};
  const size_t at = line.rfind(" at ");
  const size_t from = line.rfind(" from ");
  if (auto found = at == line.npos ? std::nullopt : place(line.substr(at + 4))) {
    frame = std::move(*found);
    line = line.substr(0, at);
  } else if (from != line.npos && line.find(')', from) == line.npos) {
    frame.path = line.substr(from + 6);
    line = line.substr(0, from);
  } else if (at != line.npos && line.substr(at + 4).starts_with('/')) {
    frame.path = line.substr(at + 4);
    line = line.substr(0, at);
  }
  line = trim(line);
  // A frame whose end was lost on the way still has its name.
  const size_t open = line.ends_with(')') ? arguments_begin(line) : line.find(" (");
  frame.function = native_name(line.substr(0, open));
  return frame;
}

// What gdb says below the signal: "0x0000 in ?? ()", "total (cart=0x0) at cart.c:41".
std::optional<Frame> stop_frame(std::string_view line) {
  const bool fits = line.starts_with("0x") || has_spaced_arguments(line);
  return fits && !line.starts_with('#') ? gdb_frame("#0  " + std::string(line)) : std::nullopt;
}

// "frame #0: 0x000100 shop`Cart::total(this=0x0) + 12 at cart.cc:41:3 [opt]"
std::optional<Frame> lldb_frame(std::string_view line) {
  take(line, "* ");
  if (!take(line, "frame #") || !take_number(line) || !take(line, ": ")) return std::nullopt;
  if (line.starts_with("0x")) take_hex(line);
  line = trim(line);
  while (line.ends_with(']'))
    line = trim(line.substr(0, std::min(line.rfind(" ["), line.size() - 1)));
  const size_t tick = line.find('`');
  if (tick == line.npos) return Frame{std::string(line), 0, "??", false};
  Frame frame{"", 0, "", false};
  const std::string_view module = line.substr(0, tick);
  line = line.substr(tick + 1);
  const size_t at = line.rfind(" at ");
  if (auto found = at == line.npos ? std::nullopt : place(line.substr(at + 4))) {
    frame = std::move(*found);
    line = line.substr(0, at);
  } else {
    frame.path = module;
  }
  if (const size_t offset = line.rfind(" + "); offset != line.npos) line = line.substr(0, offset);
  const size_t open = line.ends_with(')') ? arguments_begin(line) : line.npos;
  frame.function = native_name(open == line.npos || open == 0 ? line : line.substr(0, open));
  return frame;
}

struct Signal {
  std::string name, text;
};

std::optional<Signal> signal_line(std::string_view line) {
  if (line.find("signal ") == line.npos && line.find("stop reason") == line.npos)
    return std::nullopt;
  for (const std::string_view start :
       {"Program received signal ", "Program terminated with signal ", "received signal "}) {
    const size_t at = line.find(start);
    if (at > 60) continue;
    line.remove_prefix(at + start.size());
    const size_t comma = line.find(", ");
    const std::string_view name = line.substr(0, comma);
    const bool number = !name.empty() && is_digit(name.front());
    return Signal{(number ? "signal " : "") + std::string(name),
                  comma == line.npos ? "" : message_text(line.substr(comma + 2))};
  }
  const size_t stop = line.find("stop reason = ");
  if (stop == line.npos) return std::nullopt;
  std::string_view text = line.substr(stop + 14);
  take(text, "signal ");
  return Signal{std::string(before(before(text, " ("), ":")), message_text(text)};
}

bool is_thread(std::string_view line) {
  std::string_view rest = line;
  if (take(rest, "Thread ") && take_number(rest) &&
      (rest.starts_with(" (Thread ") || rest.find("(LWP ") != rest.npos))
    return true;
  rest = line;
  take(rest, "* ");
  return take(rest, "thread #") && take_number(rest).has_value();
}

class Session {
 public:
  Session(const Lines& lines, size_t at) : lines_(lines), end_(at + 1) {}

  Found read(size_t at) {
    size_t gap = 0, locals = 0;
    for (size_t i = at; i < lines_.size() && gap <= kGap && locals <= kLocals;) {
      const Line line = lines_[i];
      size_t next = i + 1;
      auto frame = lldb_frame(line.text);
      if (!frame && frame_number(line.text)) {
        frame = gdb_frame(whole_frame(lines_, i, next));
        if (frame && *frame_number(line.text) == 0 && !trace_.frames.empty()) finish_stack();
      } else if (frame && line.text.find("frame #0:") != line.text.npos && !trace_.frames.empty()) {
        finish_stack();
      }
      if (frame) {
        keep(trace_, std::move(*frame));
        end_ = next;
        gap = locals = 0;
      } else if (auto signal = signal_line(line.text)) {
        finish_stack();
        signal_ = std::move(signal);
        end_ = i + 1;
        gap = 0;
        if (auto stop = stop_frame(lines_[next].text)) {
          stop_ = std::move(stop);
          end_ = ++next;
        }
      } else if (is_thread(line.text)) {
        finish_stack();
        label_ = message_text(line.text);
        end_ = i + 1;
        gap = 0;
      } else {
        const bool local = line.indent >= 4 || line.text.empty() || is_remark(line.text);
        local ? ++locals : ++gap;
      }
      i = next;
    }
    finish_stack();
    return finish();
  }

 private:
  static bool is_remark(std::string_view text) {
    return text.starts_with("No locals") || text.starts_with("No symbol table") ||
           text.starts_with("---Type <return>") || text.starts_with("(gdb)") ||
           text.starts_with("[Switching") || text.starts_with("[New ") || text.starts_with("=> ") ||
           text.starts_with("[Current thread") || text.starts_with("--Type <RET>") ||
           is_digit(text.front()) || text.find(" = ") != text.npos;
  }

  void finish_stack() {
    if (trace_.frames.empty() && stop_ && !named_) keep(trace_, *stop_);
    stop_.reset();
    if (trace_.frames.empty()) return;
    trace_.language = "c++";
    trace_.message = label_;
    if (signal_ && !named_) {
      trace_.exception = signal_->name;
      trace_.message = signal_->text;
      named_ = true;
    }
    if (done_.size() < 100) done_.push_back(std::move(trace_));
    trace_ = {};
    label_.clear();
  }

  Found finish() {
    // The frame gdb stopped at, and the same again as the first of its thread.
    if (done_.size() > 1 && done_.front().frames.size() == 1) {
      const Trace stop = done_.front();
      const auto same = std::find_if(done_.begin() + 1, done_.end(), [&](const Trace& trace) {
        return trace.frames.front().function == stop.frames.front().function;
      });
      if (same != done_.end()) {
        same->exception = stop.exception;
        if (!stop.message.empty()) same->message = stop.message;
        done_.front() = std::move(*same);
        done_.erase(same);
      }
    }
    return Found{std::move(done_), end_, true};
  }

  const Lines& lines_;
  size_t end_;
  Trace trace_;
  std::optional<Signal> signal_;
  std::optional<Frame> stop_;  // where it stopped, should no stack follow
  bool named_ = false;
  std::string label_;
  std::vector<Trace> done_;
};

}  // namespace

std::optional<Found> read_debugger(const Lines& lines, size_t at, size_t) {
  const std::string_view text = lines[at].text;
  size_t end = at;
  const bool frame =
      lldb_frame(text) || (frame_number(text) && gdb_frame(whole_frame(lines, at, end)));
  if (!frame && !signal_line(text) && !is_thread(text)) return std::nullopt;
  return Session(lines, at).read(at);
}

}  // namespace triage::retrieval::traces
