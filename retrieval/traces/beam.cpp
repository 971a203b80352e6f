// Elixir and Erlang.
//   ** (KeyError) key :a not found                      Elixir; frames below:
//       (shop 0.1.0) lib/shop/cart.ex:41: Shop.Cart.total/1
//   ** exception error: bad argument                    Erlang's shell
//        in function  cart:total/1 (src/cart.erl, line 41)
//   {badarith,[{cart,total,1,[{file,"src/cart.erl"},{line,41}]},…]}      its terms, over any lines
#include <algorithm>
#include <array>

#include "retrieval/traces/family_internal.h"

namespace triage::retrieval::traces {

namespace {

constexpr size_t kReach = 6;

// The applications that come with the language; "(shop 0.1.0)" is the project or what it depends
// on.
bool is_own_application(std::string_view name) {
  static constexpr auto kLibraries = std::to_array<std::string_view>({"elixir",
                                                                      "stdlib",
                                                                      "kernel",
                                                                      "erts",
                                                                      "iex",
                                                                      "mix",
                                                                      "logger",
                                                                      "ex_unit",
                                                                      "eex",
                                                                      "phoenix",
                                                                      "plug",
                                                                      "plug_cowboy",
                                                                      "cowboy",
                                                                      "cowlib",
                                                                      "ranch",
                                                                      "bandit",
                                                                      "thousand_island",
                                                                      "ecto",
                                                                      "ecto_sql",
                                                                      "db_connection",
                                                                      "postgrex",
                                                                      "phoenix_live_view",
                                                                      "phoenix_html",
                                                                      "jason",
                                                                      "telemetry",
                                                                      "phoenix_ecto",
                                                                      "absinthe",
                                                                      "oban"});
  return std::ranges::find(kLibraries, before(name, " ")) == kLibraries.end();
}

// "(shop 0.1.0) lib/shop/cart.ex:41: Shop.Cart.total/1", also without the application.
std::optional<Frame> elixir_frame(std::string_view line) {
  bool own = true;
  if (line.starts_with('(')) {
    const size_t close = line.find(") ");
    if (close > 60) return std::nullopt;
    own = is_own_application(line.substr(1, close - 1));
    line.remove_prefix(close + 2);
  }
  const size_t colon = line.find(": ");
  if (colon == line.npos || !line.ends_with(')')) {
    const size_t slash = line.rfind('/');
    if (colon == line.npos || slash == line.npos || slash < colon || slash + 1 >= line.size() ||
        !is_digit(line[slash + 1])) {
      if (colon == line.npos || line.find('(', colon) == line.npos) return std::nullopt;
    }
  }
  auto frame = place(line.substr(0, colon));
  if (!frame) return std::nullopt;
  const std::string_view path = frame->path;
  if (!path.ends_with(".ex") && !path.ends_with(".exs") && !path.ends_with(".erl") &&
      !path.ends_with(".eex") && !path.ends_with(".heex"))
    return std::nullopt;
  frame->function = line.substr(colon + 2);
  frame->in_app = own;
  return frame;
}

// "in function  cart:total/1 (src/cart.erl, line 41)", "in call from …", "called as …"
std::optional<Frame> erlang_frame(std::string_view line) {
  if (!take(line, "in function ") && !take(line, "in call from ")) return std::nullopt;
  line = trim(line);
  const size_t open = line.rfind(" (");
  Frame frame{"", 0, std::string(trim(line.substr(0, open))), true};
  if (open == line.npos) {
    frame.in_app = false;
    return frame;
  }
  if (const auto where = place_by(line.substr(open + 2), ", line ")) {
    frame.path = where->path;
    frame.line = where->line;
  }
  return frame;
}

// "{cart,total,1,[{file,"src/cart.erl"},{line,41}]}": all of a line.
std::vector<Frame> term_frames(std::string_view line) {
  std::vector<Frame> frames;
  for (size_t at = line.find("{file,\""); at != line.npos && frames.size() < 100;
       at = line.find("{file,\"", at + 1)) {
    const size_t path = at + 7;
    const size_t quote = line.find('"', path);
    const size_t mark = line.find("{line,", path);
    if (quote == line.npos || mark > quote + 8) continue;
    std::string_view digits = line.substr(mark + 6);
    const size_t open = line.substr(0, at).rfind('{');
    const std::string_view head = open == line.npos ? "" : line.substr(open + 1, at - open - 1);
    const size_t comma = head.find(',');
    const std::string_view name = comma == head.npos ? "" : before(head.substr(comma + 1), ",");
    frames.push_back(
        {std::string(line.substr(path, quote - path)), take_number(digits).value_or(0),
         name.empty() ? "" : std::string(head.substr(0, comma)) + ":" + std::string(name), true});
  }
  return frames;
}

// "{badarith,[{cart,total,…": the reason stands before the stack.
std::string term_reason(std::string_view line) {
  const size_t stack = line.find(",[{");
  if (stack == line.npos || line.find("{file,\"") == line.npos) return {};
  size_t begin = stack;
  while (begin > 0 && is_word(line[begin - 1])) --begin;
  return std::string(line.substr(begin, stack - begin));
}

std::vector<Frame> frames_of(std::string_view line) {
  if (auto frame = elixir_frame(line)) return {std::move(*frame)};
  if (auto frame = erlang_frame(line)) return {std::move(*frame)};
  return term_frames(line);
}

std::optional<Trace> error_line(std::string_view line) {
  const size_t stars = line.find("** ");
  if (stars > 20) return std::nullopt;
  line.remove_prefix(stars + 3);
  Trace trace{"elixir", "", "", {}, {}};
  if (std::string_view rest = line; take(rest, "exception ")) {
    trace.language = "erlang";
    const size_t colon = rest.find(": ");
    trace.exception = before(rest.substr(0, colon), ":");
    trace.message = colon == rest.npos ? "" : message_text(rest.substr(colon + 2));
    return trace;
  }
  if (std::string_view rest = line; take(rest, "(")) {
    const size_t close = rest.find(") ");
    if (close > 100) return std::nullopt;
    trace.exception = rest.substr(0, close);
    trace.message = message_text(rest.substr(close + 2));
    return trace;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Found> read_beam(const Lines& lines, size_t at, size_t floor) {
  auto error = error_line(lines[at].text);
  if (!error && frames_of(lines[at].text).empty()) return std::nullopt;
  Trace trace = error ? std::move(*error) : Trace{"", "", "", {}, {}};
  if (!error) trace.exception = term_reason(lines[at].text);
  Found found{{}, at + 1};
  for (size_t i = at, gap = 0; i < lines.size() && gap <= kReach; ++i, ++gap) {
    if (i > at && error_line(lines[i].text)) break;
    for (Frame& frame : frames_of(lines[i].text)) {
      if (trace.language.empty())
        trace.language = frame.path.find(".ex") != std::string::npos ? "elixir" : "erlang";
      keep(trace, std::move(frame));
      found.end = i + 1;
      gap = 0;
    }
  }
  if (trace.exception.empty()) {
    for (size_t i = at; i-- > std::max(floor, at - std::min(at, kReach));) {
      if (std::string_view text = lines[i].text; take(text, "exception error: "))
        trace.message = message_text(text);
    }
  }
  const bool enough =
      !trace.exception.empty() || trace.frames.size() > 1 || trace.language == "erlang";
  if (!trace.frames.empty() && enough) found.traces.push_back(std::move(trace));
  return found;
}

}  // namespace triage::retrieval::traces
