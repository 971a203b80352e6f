// Python's own tracebacks, innermost frame last and the error below the frames:
//   Traceback (most recent call last):
//     File "/srv/shop/cart.py", line 41, in total
//       return price * count
//              ~~~~~~^~~~~~~
//   TypeError: can't multiply
// "During handling of …" and "The above exception was the direct cause …" between two make the
// first the cause of the second. An exception group indents its parts behind "|": the first part
// becomes the group's cause, the others stand by themselves. faulthandler writes innermost first.
// Where a helpdesk has lost the indentation, the error is told by its name.
#include <algorithm>

#include "retrieval/traces/family_internal.h"

namespace triage::retrieval::traces {

namespace {

constexpr size_t kGap = 14;      // lines of code, marks and hints between two frames
constexpr size_t kDeepest = 32;  // causes of causes
constexpr std::string_view kHeader = "Traceback (";

// A line without the frame an exception group or a terminal draws: "  | ", "  +-+---- 1 ----", "│
// ".
Line plain(Line line) {
  std::string_view text = line.text;
  while (take(text, "| ") || take(text, "\xE2\x94\x82 ") || take(text, "+ ")) {
    const size_t spaces = std::min(text.find_first_not_of(' '), text.size());
    line.indent += static_cast<std::uint32_t>(2 + spaces);
    text.remove_prefix(spaces);
  }
  if (text == "|") text = {};
  if (text.ends_with("\xE2\x94\x82")) text = trim(text.substr(0, text.size() - 3));
  return {text, line.indent};
}

bool is_group_rule(std::string_view text) { return text.starts_with("+-") && text.ends_with("--"); }

bool is_header(std::string_view text) {
  return text.find(kHeader) != text.npos &&
         (text.find("most recent call") != text.npos || text.find("innermost last") != text.npos);
}

std::optional<Frame> file_line(std::string_view line) {
  if (!take(line, "File \"")) return std::nullopt;
  const size_t quote = line.find('"');
  if (quote == line.npos) return std::nullopt;
  Frame frame{std::string(line.substr(0, quote)), 0, "", true};
  line.remove_prefix(quote + 1);
  if (!take(line, ", line ")) return std::nullopt;
  const auto number = take_number(line);
  if (!number) return std::nullopt;
  frame.line = *number;
  // faulthandler has no comma; what follows the name is code whose line end was lost.
  if (!take(line, ", in ") && !take(line, " in ")) return frame;
  const std::string_view name = trim(line);
  frame.function = before(name, name.starts_with("<cell") ? "\n" : " ");
  return frame;
}

// "╭─ Traceback …": rich draws a box around "/srv/shop/cart.py:41 in total".
std::optional<Frame> rich_line(std::string_view line) {
  const size_t in = line.find(" in ");
  if (in == line.npos) return std::nullopt;
  auto frame = place(line.substr(0, in));
  if (!frame || !frame->path.ends_with(".py") || frame->path.find(' ') != std::string::npos)
    return std::nullopt;
  frame->function = before(line.substr(in + 4), " ");
  return frame;
}

std::optional<Frame> any_frame(std::string_view line) {
  auto frame = file_line(line);
  return frame ? frame : rich_line(line);
}

enum class Link { none, before_is_cause };

bool is_link(std::string_view text) {
  return text.find("During handling of the above exception") != text.npos ||
         text.find("The above exception was the direct cause") != text.npos;
}

class Block {
 public:
  Block(const Lines& lines, size_t at) : lines_(lines), at_(at) {}

  // One traceback, from its header or its first frame.
  Trace read() {
    trace_.language = "python";
    Line line = plain(lines_[at_]);
    base_ = line.indent;
    bool latest_first = false;
    if (is_header(line.text)) {
      latest_first = line.text.find("call first") != line.text.npos;
      headed_ = true;
      end_ = ++at_;
    }
    while (at_ < lines_.size() && step(plain(lines_[at_]))) ++at_;
    if (!latest_first) std::ranges::reverse(trace_.frames);
    return std::move(trace_);
  }

  size_t end() const { return end_; }

 private:
  // False where the traceback is over.
  bool step(const Line& line) {
    if (auto frame = any_frame(line.text)) {
      if (trace_.frames.empty() && !headed_) base_ = line.indent;
      frame_indent_ = line.indent;
      keep(trace_, std::move(*frame));
      return found();
    }
    if (is_header(line.text) || is_link(line.text) || is_group_rule(line.text)) return false;
    if (line.text.empty() || line.text.starts_with("\xE2\x95")) return ++blank_ <= 3;
    if (trace_.frames.empty()) {
      // The frames were left out: "Traceback …", "...", "KeyError: 'a'".
      const auto error = headed_ ? read_error(line.text) : std::nullopt;
      if (!error || !error->first || line.indent > base_) return ++gap_ <= 3;
      end_with(line.text);
      return false;
    }
    // Code and marks stand further in than the frames; without indentation the name decides.
    const bool outer =
        line.indent < frame_indent_ || (line.indent <= base_ && headed_ && frame_indent_ > base_);
    const auto error = read_error(line.text);
    const bool named = error && error->first;
    if (line.indent > frame_indent_ || (!outer && !named)) return ++gap_ <= kGap;
    if (!named && frame_follows()) return ++gap_ <= kGap;
    end_with(line.text);
    return false;
  }

  // A line of another program's log between the frames.
  bool frame_follows() const {
    for (size_t i = at_ + 1; i < at_ + 4; ++i) {
      const Line line = plain(lines_[i]);
      if (is_header(line.text)) return false;
      if (line.indent == frame_indent_ && line.indent > base_ && any_frame(line.text)) return true;
    }
    return false;
  }

  bool found() {
    end_ = at_ + 1;
    gap_ = blank_ = 0;
    return true;
  }

  // "shop.errors.CartError: no cart": any word may be the name here.
  void end_with(std::string_view text) {
    const size_t colon = text.find(": ");
    std::string_view name = text.substr(0, colon);
    if (name.ends_with(':')) name.remove_suffix(1);
    if (name.find(' ') != name.npos || name.size() > 200) return;
    trace_.exception = name;
    if (colon != text.npos) trace_.message = message_text(text.substr(colon + 2));
    end_ = at_ + 1;
    if (colon != text.npos || !text.ends_with(':')) return;
    trace_.message = message_text(plain(lines_[at_ + 1]).text);
    end_ = at_ + 2;
  }

  const Lines& lines_;
  size_t at_, end_ = 0, gap_ = 0, blank_ = 0;
  std::uint32_t base_ = 0, frame_indent_ = 0;
  bool headed_ = false;
  Trace trace_;
};

// The first line behind `at` that is not blank, within a few.
size_t next_text(const Lines& lines, size_t at) {
  size_t i = at;
  while (i < lines.size() && i < at + 4 && plain(lines[i]).text.empty()) ++i;
  return i;
}

// The parts of an exception group: each behind a rule "+---- 2 ----", as a traceback or one line.
size_t read_parts(const Lines& lines, size_t at, std::vector<Trace>& parts) {
  size_t end = at;
  for (size_t i = at; i < lines.size();) {
    if (!is_group_rule(lines[i].text)) break;
    end = ++i;
    const Line line = plain(lines[i]);
    if (is_header(line.text)) {
      Block block(lines, i);
      parts.push_back(block.read());
      i = std::max(block.end(), i + 1);
    } else if (const auto error = read_any_error(line.text); error && error->first) {
      parts.push_back(Trace{"python", error->exception, error->message, {}, {}});
      ++i;
    }
    end = i;
    i = next_text(lines, i);
  }
  return end;
}

// faulthandler: "Fatal Python error: Segmentation fault" some lines above the first thread.
void name_fatal(const Lines& lines, size_t at, size_t floor, Trace& trace) {
  for (size_t i = at; i-- > std::max(floor, at - std::min<size_t>(at, 4));) {
    std::string_view text = lines[i].text;
    if (!take(text, "Fatal Python error: ")) continue;
    trace.exception = "Fatal Python error";
    trace.message = message_text(text);
  }
}

// Each but the innermost takes its cause from the chain; a group's own parts stay where none is.
Trace linked(std::vector<Trace> chain) {
  while (chain.size() > 1) {
    Trace inner = std::move(chain.back());
    chain.pop_back();
    chain.back().cause.clear();
    chain.back().cause.push_back(std::move(inner));
  }
  return std::move(chain.front());
}

}  // namespace

std::optional<Found> read_python(const Lines& lines, size_t at, size_t floor) {
  const Line first = plain(lines[at]);
  const bool thread = first.text.ends_with("(most recent call first):") &&
                      first.text.find("hread 0x") != first.text.npos;
  const bool stack = first.text.starts_with("Stack (most recent call") ||
                     first.text.starts_with("Stack trace (most recent");
  const bool header = is_header(first.text);
  // IPython names the error on the header's line and has a form of its own.
  if (header && trim(before(first.text, kHeader)).ends_with("Error") &&
      !first.text.starts_with(kHeader))
    return std::nullopt;
  if (!header && !thread && !stack && !file_line(first.text)) return std::nullopt;
  Found found{{}, at, true};
  std::vector<Trace> chain;
  for (size_t i = at;;) {
    Block block(lines, thread || stack ? i + 1 : i);
    Trace trace = block.read();
    if (thread) std::ranges::reverse(trace.frames);
    if (thread) name_fatal(lines, at, floor, trace);
    found.end = std::max({block.end(), found.end, i + 1});
    if (trace.frames.empty() && trace.exception.empty()) break;
    std::vector<Trace> parts;
    found.end = std::max(found.end, read_parts(lines, found.end, parts));
    for (size_t part = 0; part < parts.size(); ++part) {
      if (part == 0 && trace.cause.empty())
        trace.cause.push_back(std::move(parts[0]));
      else
        found.traces.push_back(std::move(parts[part]));
    }
    chain.insert(chain.begin(), std::move(trace));
    const size_t link = next_text(lines, found.end);
    if (chain.size() >= kDeepest || !is_link(plain(lines[link]).text)) break;
    const size_t next = next_text(lines, link + 1);
    if (!is_header(plain(lines[next]).text)) break;
    i = next;
  }
  if (!chain.empty()) found.traces.insert(found.traces.begin(), linked(std::move(chain)));
  return found;
}

}  // namespace triage::retrieval::traces
