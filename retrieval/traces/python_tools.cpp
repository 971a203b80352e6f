// What tools around Python write instead of its traceback.
//   IPython   ValueError                 Traceback (most recent call last)
//             File ~/shop/cart.py:41, in Cart.total(self)      ("Cell In[3], line 1", "Input In
//             [3], in …")
//             ~/shop/cart.py in total(self)                    with "---> 41" marking the line
//             below
//   pytest    tests/test_cart.py:12: in test_total             then "E   ValueError: no"
//             shop/cart.py:41: ValueError                      the last line of the long form
#include <algorithm>

#include "retrieval/traces/family_internal.h"

namespace triage::retrieval::traces {

namespace {

constexpr size_t kCodeLines = 20;

bool is_python_file(std::string_view path) {
  return path.find(' ') == path.npos && (path.ends_with(".py") || path.ends_with(".pyx") ||
                                         path.ends_with(".pyi") || path.starts_with("<ipython"));
}

// A frame; without a line where the arrow below tells it.
std::optional<Frame> ipython_header(std::string_view line) {
  // Notebooks in the browser make the path a link: "[/srv/cart.py](https://localhost/#) in
  // total(self)".
  std::string linked;
  if (const size_t link = line.find("](");
      line.starts_with('[') && link != line.npos && line.find(')', link) != line.npos) {
    linked =
        std::string(line.substr(1, link - 1)) + std::string(line.substr(line.find(')', link) + 1));
    line = linked;
  }
  std::string_view rest = line;
  if (take(rest, "Cell In") || take(rest, "Input In ")) {
    const size_t close = rest.find(']');
    if (close == rest.npos) return std::nullopt;
    Frame frame{std::string(line.substr(0, line.size() - rest.size() + close + 1)), 0, "", false};
    rest.remove_prefix(close + 1);
    if (take(rest, ", line ")) frame.line = take_number(rest).value_or(0);
    if (take(rest, ", in ")) frame.function = before(rest, "(");
    return frame;
  }
  rest = line;
  const bool newer = take(rest, "File ");
  const size_t in = rest.find(newer ? ", in " : " in ");
  if (in == rest.npos || in == 0) return std::nullopt;
  const std::string_view where = rest.substr(0, in);
  auto frame = newer ? place(where) : Frame{std::string(where), 0, "", true};
  if (!frame || !is_python_file(frame->path)) return std::nullopt;
  frame->function = before(rest.substr(in + (newer ? 5 : 4)), "(");
  return frame;
}

// "---> 41     return total"
std::uint32_t arrow_line(std::string_view line) {
  const size_t head = line.find_first_not_of('-');
  if (head == line.npos || head == 0 || line[head] != '>') return 0;
  line = trim(line.substr(head + 1));
  return take_number(line).value_or(0);
}

// "shop/cart.py:41: in total": pytest with --tb=short.
std::optional<Frame> pytest_frame(std::string_view line) {
  const size_t in = line.find(": in ");
  if (in == line.npos) return std::nullopt;
  auto frame = place(line.substr(0, in));
  if (!frame || !is_python_file(frame->path)) return std::nullopt;
  frame->function = before(line.substr(in + 5), " ");
  return frame;
}

// "shop/cart.py:41: ValueError", "shop/cart.py:41: " between the frames of the long form.
std::optional<Frame> pytest_place(std::string_view line, std::string_view& error) {
  const size_t colon = line.ends_with(':') ? line.size() - 1 : line.find(": ");
  if (colon == line.npos) return std::nullopt;
  error = trim(line.substr(colon + 1));
  auto frame = place(line.substr(0, colon));
  const bool fits = error.empty() || (is_error_name(error) && error.find(' ') == error.npos);
  if (!frame || !is_python_file(frame->path) || !fits) return std::nullopt;
  return frame;
}

void set_error(Trace& trace, std::string_view text) {
  const auto error = read_any_error(text);
  if (error && error->first) {
    trace.exception = error->exception;
    trace.message = error->message;
  } else if (text.starts_with("assert ")) {
    trace.exception = "AssertionError";
    trace.message = message_text(text);
  }
}

// What pytest says above the place, each line behind "E   "; the first one names the error.
void errors_above(const Lines& lines, size_t at, size_t floor, Trace& trace) {
  std::string_view first;
  for (size_t i = at; i-- > std::max(floor, at - std::min<size_t>(at, 40));) {
    std::string_view text = lines[i].text;
    if (take(text, "E  "))
      first = trim(text);
    else if (!first.empty())
      break;
  }
  if (!first.empty()) set_error(trace, first);
}

}  // namespace

std::optional<Found> read_ipython(const Lines& lines, size_t at, size_t) {
  const std::string_view first = lines[at].text;
  const size_t header = first.find("Traceback (most recent call last)");
  if (header == first.npos || header == 0) return std::nullopt;
  const std::string_view name = trim(first.substr(0, header));
  if (name.find(' ') != name.npos || !is_error_name(name)) return std::nullopt;
  Found found{{}, at + 1};
  Trace trace{"python", std::string(name), "", {}, {}};
  std::optional<Frame> open;
  size_t gap = 0;
  for (size_t i = at + 1; i < lines.size() && gap <= kCodeLines; ++i, ++gap) {
    const std::string_view text = lines[i].text;
    if (auto frame = ipython_header(text)) {
      if (frame->line > 0) keep(trace, *frame);
      open = std::move(frame);
    } else if (const auto line = arrow_line(text); line > 0) {
      if (open && open->line == 0) {
        open->line = line;
        keep(trace, *open);
      }
    } else if (text.starts_with(name) &&
               (!trace.frames.empty() || text.substr(name.size()).starts_with(": "))) {
      const size_t colon = text.find(": ");
      trace.message = message_text(colon != text.npos ? text.substr(colon + 2) : lines[i + 1].text);
      found.end = i + 1;
      break;
    } else {
      continue;
    }
    gap = 0;
    found.end = i + 1;
  }
  std::ranges::reverse(trace.frames);
  // Without frames the error still counts where its message stands below.
  if (!trace.frames.empty() || !trace.message.empty()) found.traces.push_back(std::move(trace));
  return found;
}

std::optional<Found> read_pytest(const Lines& lines, size_t at, size_t floor) {
  std::string_view error;
  const std::string_view first = lines[at].text;
  const bool shorter = pytest_frame(first).has_value();
  if (!shorter && !pytest_place(first, error)) return std::nullopt;
  Trace trace{"python", "", "", {}, {}};
  size_t end = at, gap = 0;
  for (size_t i = at; i < lines.size() && gap <= 60; ++i, ++gap) {
    std::string_view text = lines[i].text;
    if (auto frame = shorter ? pytest_frame(text) : pytest_place(text, error)) {
      if (!shorter && trace.exception.empty())
        errors_above(lines, i, end > at ? end : floor, trace);
      if (!error.empty() && trace.exception.empty()) trace.exception = error;
      keep(trace, std::move(*frame));
      if (!error.empty()) {
        end = i + 1;
        break;
      }
    } else if (take(text, "E  ") && shorter) {
      if (trace.exception.empty()) set_error(trace, trim(text));
    } else if (text.starts_with("====") || text.starts_with("____") || (shorter && gap > 12)) {
      break;
    } else {
      continue;
    }
    gap = 0;
    end = i + 1;
  }
  std::ranges::reverse(trace.frames);
  Found found{{}, end};
  // One place that names no error is a message of a tool.
  if (!trace.exception.empty() || trace.frames.size() > 1) found.traces.push_back(std::move(trace));
  return found;
}

}  // namespace triage::retrieval::traces
