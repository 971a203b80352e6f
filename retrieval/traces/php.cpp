// PHP. A frame names the place and what was called there: "#0 /srv/index.php(9): Cart->total(1)".
//   PHP Fatal error:  Uncaught RuntimeException: no cart in /srv/Cart.php:41      also "exception
//   'X' with message" Stack trace: #0 … Next LogicException: why in /srv/Shop.php:9           what
//   was raised while handling the one above PHP Warning:  Undefined variable in /srv/a.php on line
//   12 PHP   2. total() /srv/Cart.php:41                     Xdebug, outermost first [object]
//   (RuntimeException(code: 0): no cart at /srv/Cart.php:41)   Laravel; "[previous exception]" is a
//   cause
#include <algorithm>
#include <array>

#include "retrieval/traces/family_internal.h"

namespace triage::retrieval::traces {

namespace {

bool is_file(std::string_view path) {
  return !path.empty() &&
         (path.find('/') != path.npos || path.find('\\') != path.npos || path.ends_with(".php"));
}

// The last parentheses with only a number in them, before ": ": paths can hold such as well.
std::optional<Frame> php_frame(std::string_view line) {
  if (!take(line, "#") || !take_number(line) || !take(line, " ")) return std::nullopt;
  if (std::string_view rest = line; take(rest, "[internal function]")) {
    take(rest, ": ");
    return Frame{"", 0, std::string(before(rest, "(")), false};
  }
  const size_t close = line.find("): ");
  const size_t open = close == line.npos ? close : line.rfind('(', close);
  if (open != line.npos && open > 0) {
    std::string_view digits = line.substr(open + 1, close - open - 1);
    const auto number = take_number(digits);
    if (!number || !digits.empty() || !is_file(line.substr(0, open))) return std::nullopt;
    std::string_view call = line.substr(close + 3);
    const size_t arguments = call.find('(', call.starts_with('{') ? call.find('}') : 0);
    return Frame{std::string(before(line.substr(0, open), "(")), *number,
                 std::string(call.substr(0, arguments)), true};
  }
  // debug_print_backtrace(): "c() called at [/tmp/include.php:10]"
  const size_t called = line.find(" called at [");
  if (called == line.npos || !line.ends_with(']')) return std::nullopt;
  auto frame = place(line.substr(called + 12, line.size() - called - 13));
  if (frame) frame->function = trim(before(line.substr(0, called), "("));
  return frame;
}

bool is_main(std::string_view line) {
  return take(line, "#") && take_number(line) && take(line, " ") && line.starts_with("{main}");
}

// "2. total($a = 1) /srv/Cart.php:41", in a log behind "PHP" and on a terminal behind time and
// memory.
std::optional<Frame> xdebug_frame(std::string_view line) {
  take(line, "PHP");
  line = trim(line);
  if (const size_t dot = line.find(". "); dot != line.npos && dot > 3) {
    const size_t number = line.rfind(' ', dot);
    if (number == line.npos || !std::ranges::all_of(line.substr(0, number), [](char c) {
          return is_digit(c) || c == '.' || is_space(c);
        }))
      return std::nullopt;
    line = line.substr(number + 1);
  }
  if (!take_number(line) || !take(line, ". ")) return std::nullopt;
  const size_t space = line.rfind(' ');
  if (space == line.npos) return std::nullopt;
  auto frame = place(line.substr(space + 1));
  if (!frame || !is_file(frame->path) || line.find('(') > space) return std::nullopt;
  frame->function = before(line.substr(0, space), "(");
  if (frame->function.starts_with("{main")) frame->function = "{main}";
  return frame;
}

// A log that holds JSON doubles the backslashes of namespaces.
std::string single(std::string_view name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    out += name[i];
    if (name.substr(i, 2) == "\\\\") ++i;
  }
  return out;
}

struct Error {
  Trace trace;
  bool wraps = false;   // "Next": the one before is its cause
  bool caused = false;  // "[previous exception]"
};

// "message in /srv/Cart.php:41" and "… on line 41": the place ends the line.
void split_place(std::string_view text, Trace& trace) {
  const size_t in = text.rfind(" in ");
  trace.message = message_text(text.substr(0, in));
  if (in == text.npos) return;
  const std::string_view where = text.substr(in + 4);
  auto frame = place_by(where, " on line ");
  if (!frame) frame = place(where);
  if (frame && is_file(frame->path))
    keep(trace, std::move(*frame));
  else
    trace.message = message_text(text);
}

// "RuntimeException: no cart" and "exception 'X' with message 'no cart'"
void read_uncaught(std::string_view text, Trace& trace) {
  if (take(text, "exception '")) {
    trace.exception = before(text, "'");
    const size_t message = text.find("with message '");
    split_place(message == text.npos ? text : text.substr(message + 14), trace);
    if (trace.message.ends_with('\'')) trace.message.pop_back();
    return;
  }
  const size_t colon = text.find(": ");
  trace.exception = before(text.substr(0, colon), " in ");
  split_place(colon == text.npos ? text : text.substr(colon + 2), trace);
  if (trace.message == trace.exception) trace.message.clear();
}

// "[object] (RuntimeException(code: 0): no cart at /srv/Cart.php:41)"
std::optional<Trace> object_line(std::string_view line) {
  const size_t object = line.find("[object] (");
  if (object == line.npos) return std::nullopt;
  line.remove_prefix(object + 10);
  if (line.ends_with(')')) line.remove_suffix(1);
  const size_t code = line.find("(code: ");
  const size_t colon = line.find("): ", code == line.npos ? 0 : code);
  if (code == line.npos || colon == line.npos) return std::nullopt;
  Trace trace{"php", single(line.substr(0, code)), "", {}, {}};
  line.remove_prefix(colon + 3);
  const size_t at = line.rfind(" at ");
  trace.message = message_text(line.substr(0, at));
  if (at == line.npos) return trace;
  if (auto frame = place(line.substr(at + 4))) keep(trace, std::move(*frame));
  return trace;
}

bool is_php_level(std::string_view text) {
  static constexpr auto kLevels = std::to_array<std::string_view>(
      {"Fatal error: ", "Parse error: ", "Warning: ", "Notice: ", "Deprecated: ",
       "Catchable fatal error: ", "Recoverable fatal error: ", "Uncaught "});
  return std::ranges::any_of(kLevels, [&](auto level) { return text.starts_with(level); });
}

std::optional<Error> error_line(std::string_view line) {
  if (auto trace = object_line(line))
    return Error{std::move(*trace), false, line.find("[previous exception]") != line.npos};
  Error error{Trace{"php", "", "", {}, {}}, false, false};
  std::string_view rest = line;
  if (take(rest, "exception '") && rest.find("' with message '") < 200) {
    read_uncaught(line, error.trace);
    return error;
  }
  if (take(rest, "Next ")) {
    error.wraps = true;
    read_uncaught(rest, error.trace);
    return error.trace.frames.empty() ? std::nullopt : std::optional(std::move(error));
  }
  const size_t php = line.find("PHP ");
  // A server puts its own words before: "FastCGI sent in stderr: \"PHP message: PHP Fatal error:
  // …".
  for (const std::string_view start : {"PHP Fatal error: ", "PHP Parse error: ", "PHP Warning: ",
                                       "PHP Notice: ", "PHP Deprecated: "}) {
    if (php == line.npos) break;
    if (const size_t at = line.find(start, php); at != line.npos) rest = line.substr(at + 4);
  }
  if (!is_php_level(rest)) return std::nullopt;
  const bool uncaught = rest.find("Uncaught ") < 30;
  const size_t colon = uncaught ? rest.find("Uncaught ") + 9 : rest.find(": ") + 2;
  const std::string_view level = before(rest, ":");
  rest = trim(rest.substr(colon));
  if (uncaught) {
    read_uncaught(rest, error.trace);
    // A browser says "Uncaught TypeError: …" as well, without a place.
    if (level.starts_with("Uncaught ") && error.trace.frames.empty()) return std::nullopt;
  } else {
    error.trace.exception = level;
    split_place(rest, error.trace);
    if (error.trace.frames.empty()) return std::nullopt;
  }
  return error;
}

// "In CartController.php line 41:" of Symfony's console, the message below it.
std::optional<Found> console(const Lines& lines, size_t at) {
  std::string_view text = lines[at].text;
  if (!take(text, "In ") || !text.ends_with(':')) return std::nullopt;
  auto frame = place_by(text, " line ");
  if (!frame || !frame->path.ends_with(".php")) return std::nullopt;
  Trace trace{"php", "", "", {}, {}};
  size_t end = at + 1;
  if (lines[end].text.empty()) ++end;
  trace.message = message_text(lines[end].text);
  keep(trace, std::move(*frame));
  return Found{{std::move(trace)}, std::min(end + 1, lines.size())};
}

std::optional<Found> xdebug(const Lines& lines, size_t at, std::optional<Error> error) {
  Trace trace = error ? std::move(error->trace) : Trace{"php", "", "", {}, {}};
  std::vector<Frame> frames;
  size_t end = at;
  for (size_t i = at, gap = 0; i < lines.size() && gap < 3; ++i, ++gap) {
    auto frame = xdebug_frame(lines[i].text);
    if (!frame) continue;
    frames.insert(frames.begin(), std::move(*frame));
    end = i + 1;
    gap = 0;
    if (frames.size() >= 200) break;
  }
  if (frames.size() < 2 && trace.frames.empty()) return std::nullopt;
  for (Frame& frame : frames) keep(trace, std::move(frame));
  return Found{{std::move(trace)}, end};
}

}  // namespace

std::optional<Found> read_php(const Lines& lines, size_t at, size_t floor) {
  auto error = error_line(lines[at].text);
  if (!error && !php_frame(lines[at].text)) {
    if (xdebug_frame(lines[at].text)) return xdebug(lines, at, std::nullopt);
    return console(lines, at);
  }
  std::vector<Trace> chain;
  if (!error) {
    chain.push_back(Trace{"php", "", "", {}, {}});
    if (auto above = error_above(lines, at, floor, 4)) {
      chain.back().exception = std::move(above->exception);
      chain.back().message = std::move(above->message);
    }
  }
  size_t end = at, gap = 0, now = 0;
  for (size_t i = at; i < lines.size() && gap <= 4 && chain.size() < 16; ++i) {
    const std::string_view text = lines[i].text;
    auto frame = php_frame(text);
    auto next = frame ? std::nullopt : error_line(text);
    if (next && i > at && !next->wraps && !next->caused) break;
    if (next) {
      now = next->caused ? chain.size() : 0;
      chain.insert(chain.begin() + static_cast<std::ptrdiff_t>(now), std::move(next->trace));
    } else if (frame) {
      frame->function = single(frame->function);
      keep(chain[now], std::move(*frame));
    } else if (xdebug_frame(text) && chain.size() == 1) {
      return xdebug(lines, i, Error{std::move(chain.front()), false, false});
    } else if (!is_main(text) && !text.starts_with("Stack trace:") &&
               !text.starts_with("thrown in ") && text != "[stacktrace]") {
      ++gap;
      continue;
    }
    gap = 0;
    end = i + 1;
  }
  Trace trace = nest(std::move(chain));
  Found found{{}, std::max(end, at + 1)};
  if (!trace.exception.empty() || !trace.message.empty() || trace.frames.size() > 1)
    found.traces.push_back(std::move(trace));
  return found;
}

}  // namespace triage::retrieval::traces
