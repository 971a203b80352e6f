// Ruby: "path:line:in `method'", since 3.4 "path:line:in 'Cart#total'".
//   lib/cart.rb:41:in `total': no cart (ArgumentError)      the error stands in the first frame
//       from lib/shop.rb:9:in `run'
//   NoMethodError (undefined method `x'):                   or above, as Rails, RSpec and loggers
//   do
//     actionpack (5.1.4) lib/…/debug_exceptions.rb:63:in `call'
//   Traceback (most recent call last):                      2.5 to 2.7: innermost last
//       1: from lib/shop.rb:9:in `run'
// A second error behind the frames is the cause of the first.
#include <algorithm>

#include "retrieval/traces/family_internal.h"

namespace triage::retrieval::traces {

namespace {

constexpr size_t kReach = 8;

// "block (2 levels) in Cart#total", "rescue in f": the method itself.
std::string_view plain_method(std::string_view name) {
  for (bool changed = true; changed;) {
    changed = false;
    for (const std::string_view part : {"rescue in ", "ensure in ", "block in "})
      changed |= take(name, part);
    if (name.starts_with("block (") && name.find(") in ") != name.npos) {
      name.remove_prefix(name.find(") in ") + 5);
      changed = true;
    }
  }
  return name;
}

struct RubyFrame {
  Frame frame;
  std::string_view rest;  // ": message (Class)"
};

bool is_ruby_path(std::string_view path) {
  if (path.empty() || path.size() > 400) return false;
  if (path.starts_with("(eval") || path == "(irb)" || path == "-e" ||
      path.starts_with("<internal:"))
    return true;
  return path.find(' ') == path.npos && path.find('"') == path.npos;
}

// A gem stands before its file: "actionpack (5.1.4) lib/action_dispatch.rb".
bool take_gem(std::string_view& line) {
  const size_t open = line.find(" (");
  if (open == line.npos || open == 0 || open > 60) return false;
  const size_t close = line.find(") ", open);
  if (close > open + 30 || !is_digit(line[open + 2])) return false;
  const auto name = line.substr(0, open);
  if (!std::ranges::all_of(name, [](char c) { return is_word(c) || c == '-' || c == '.'; }))
    return false;
  line.remove_prefix(close + 2);
  return true;
}

std::optional<RubyFrame> ruby_frame(std::string_view line) {
  if (line.find(":in ") == line.npos) return std::nullopt;
  take(line, "# ");  // RSpec
  if (std::string_view rest = line; take_number(rest) && take(rest, ": from ")) line = rest;
  take(line, "from ");
  const bool gem = take_gem(line);
  const size_t in = line.find(":in ");
  if (in == line.npos || in + 5 >= line.size()) return std::nullopt;
  const char quote = line[in + 4];
  if (quote != '`' && quote != '\'') return std::nullopt;
  auto frame = place(line.substr(0, in));
  if (!frame || !is_ruby_path(frame->path)) return std::nullopt;
  const size_t end = std::min(line.find('\'', in + 5), line.size());
  frame->function = plain_method(line.substr(in + 5, end - in - 5));
  frame->in_app = !gem;
  if (frame->path.starts_with("./")) frame->path.erase(0, 2);
  return RubyFrame{std::move(*frame), line.substr(std::min(end + 1, line.size()))};
}

// "from x.rb:3" at the top level has no method, nor has "# ./spec/cart_spec.rb:12".
std::optional<RubyFrame> bare_frame(std::string_view line) {
  if (!take(line, "from ") && !take(line, "# ./")) return std::nullopt;
  auto frame = place(line);
  if (!frame || !frame->path.ends_with(".rb")) return std::nullopt;
  return RubyFrame{std::move(*frame), {}};
}

std::optional<RubyFrame> any_frame(std::string_view line) {
  auto frame = ruby_frame(line);
  return frame ? frame : bare_frame(line);
}

// ": message (Class)"; a message of several lines has its class on the last.
bool read_inline_error(const Lines& lines, size_t at, std::string_view rest, Trace& trace,
                       size_t& end) {
  if (!take(rest, ": ")) return false;
  std::string text(rest);
  for (size_t i = at; i < at + kReach; ++i) {
    if (i > at) {
      if (i >= lines.size() || any_frame(lines[i].text)) break;
      text = text + "\n" + std::string(lines[i].text);
    }
    const std::string_view line = i == at ? rest : lines[i].text;
    const size_t open = line.rfind('(');
    if (!line.ends_with(')') || open == line.npos) continue;
    const std::string_view name = line.substr(open + 1, line.size() - open - 2);
    if (name.empty() || name.front() < 'A' || name.front() > 'Z' || name.find(' ') != name.npos)
      continue;
    trace.exception = name;
    trace.message = message_text(std::string_view(text).substr(0, text.rfind('(')));
    end = i + 1;
    return true;
  }
  trace.message = message_text(rest);
  return true;
}

// Hints between the error and its frames: code with carets, "Did you mean?".
constexpr size_t kGap = 5;

class Reader {
 public:
  Reader(const Lines& lines, size_t at) : lines_(lines), at_(at), end_(at) {}

  std::vector<Trace> read(bool latest_last) {
    begin();
    size_t gap = 0;
    for (size_t i = at_; i < lines_.size() && gap <= kGap; ++i) {
      const std::string_view text = lines_[i].text;
      auto found = any_frame(text);
      if (!found) {
        const auto error = read_error(text);
        if (error && error->first) break;
        ++gap;
        continue;
      }
      gap = 0;
      end_ = std::max(end_, i + 1);
      const bool error = found->rest.starts_with(": ");
      // The first error of a text names its trace; another one is the cause.
      if (error && !latest_last && (!chain_.back().frames.empty()) && !text.starts_with("from "))
        begin();
      if (chain_.size() > 16) break;
      if (error) read_inline_error(lines_, i, found->rest, chain_.back(), end_);
      keep(chain_.back(), std::move(found->frame));
      if (error && latest_last) break;
      i = std::max(i, end_ - 1);
    }
    if (latest_last) std::ranges::reverse(chain_.back().frames);
    return std::move(chain_);
  }

  size_t end() const { return end_; }

 private:
  void begin() { chain_.push_back(Trace{"ruby", "", "", {}, {}}); }

  const Lines& lines_;
  size_t at_, end_;
  std::vector<Trace> chain_;
};

}  // namespace

std::optional<Found> read_ruby(const Lines& lines, size_t at, size_t floor) {
  const std::string_view first = lines[at].text;
  std::string_view numbered = first;
  const bool latest_last = take_number(numbered) && numbered.starts_with(": from ");
  if (!any_frame(first)) return std::nullopt;
  Reader reader(lines, at);
  std::vector<Trace> chain = reader.read(latest_last);
  Found found{{}, std::max(reader.end(), at + 1)};
  Trace trace = nest(std::move(chain));
  if (trace.exception.empty() && trace.message.empty()) {
    if (auto error = error_above(lines, at, floor, kReach)) {
      trace.exception = std::move(error->exception);
      trace.message = std::move(error->message);
    }
  }
  if (!trace.exception.empty() || !trace.message.empty() || trace.frames.size() > 1)
    found.traces.push_back(std::move(trace));
  return found;
}

}  // namespace triage::retrieval::traces
