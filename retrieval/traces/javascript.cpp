// JavaScript and TypeScript, as V8 (Node, Chrome, Deno, Hermes) and as Firefox and Safari write it.
//   at async Cart.total (file:///srv/cart.mjs:41:3)     V8, also "at new X", "[as y]", "eval at"
//   total@https://shop.example/cart.js:41:3             Firefox, Safari; "async*", "fn/<@"
//   total https://shop.example/cart.js:41:3             Firefox's console
//   total @ cart.js:41                                  Chrome's console
//   in Cart (at App.js:41)                              React's components
#include <algorithm>
#include <array>

#include "retrieval/traces/family_internal.h"

namespace triage::retrieval::traces {

namespace {

bool is_url(std::string_view text) {
  static constexpr auto kSchemes = std::to_array<std::string_view>(
      {"http://", "https://", "file://", "webpack://", "webpack-internal:", "app://",
       "capacitor:", "ionic:", "resource://", "chrome", "moz-extension://", "safari-extension",
       "node:", "ng:///", "blob:", "address at "});
  return std::ranges::any_of(kSchemes, [&](auto scheme) { return text.starts_with(scheme); });
}

bool is_script(std::string_view path) {
  static constexpr auto kEndings = std::to_array<std::string_view>(
      {".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".mts", ".cts", ".vue", ".svelte", ".bundle",
       ".jsbundle", ".html", ".coffee", ".res", "<anonymous>", "[native code]", "eval code", ">"});
  const std::string_view bare = before(path, "?");
  return is_url(path) ||
         std::ranges::any_of(kEndings, [&](auto end) { return bare.ends_with(end); });
}

// "file:///srv/app.mjs", "webpack:///./src/a.js?1a2b" and "webpack-internal:///(rsc)/./a.js" to a
// path.
std::string plain_path(std::string_view path) {
  take(path, "address at ");
  take(path, "async ");
  if (path.starts_with("file://")) {
    path.remove_prefix(7);
    // "/C:/shop/cart.js" is a drive.
    if (path.size() > 2 && path[0] == '/' && path[2] == ':') path.remove_prefix(1);
  } else if (take(path, "webpack-internal:///") || path.starts_with("webpack://")) {
    if (take(path, "webpack://")) path.remove_prefix(std::min(path.find('/'), path.size()));
    take(path, "/");
    if (path.starts_with('(')) path.remove_prefix(std::min(path.find(')') + 1, path.size()));
    take(path, "/");
  }
  take(path, "./");
  return std::string(before(path, "?"));
}

std::string_view plain_function(std::string_view function) {
  take(function, "async ");
  take(function, "new ");
  take(function, "async*");
  while (function.ends_with("/<") || function.ends_with("/")) function.remove_suffix(1);
  return before(function, " [as ");
}

// "eval at total (/srv/cart.js:4:11), <anonymous>:1:1": the file is where eval was called.
std::string_view without_eval(std::string_view where) {
  if (!where.starts_with("eval at ")) return where;
  const size_t open = where.rfind('(');
  const size_t close = where.find(')', open == where.npos ? 0 : open);
  return open == where.npos || close == where.npos ? where
                                                   : where.substr(open + 1, close - open - 1);
}

std::optional<Frame> located(std::string_view function, std::string_view where, bool strict) {
  auto frame = place(where);
  if (!frame || frame->path.find_first_of("./\\<: ") == std::string::npos) return std::nullopt;
  if (strict && !is_script(frame->path)) return std::nullopt;
  frame->path = plain_path(frame->path);
  frame->function = plain_function(function);
  frame->in_app =
      frame->path != "<anonymous>" && frame->path.find("(<anonymous>)") == std::string::npos;
  return frame;
}

std::optional<Frame> v8_frame(std::string_view line) {
  if (!take(line, "at ")) return std::nullopt;
  if (!line.ends_with(')')) {
    take(line, "async ");
    // A directory may be called "my project".
    const bool rooted = line.starts_with('/') || line.substr(0, 3).ends_with(":\\");
    if (line.find(' ') != line.npos && !is_url(line) && !rooted) return std::nullopt;
    return located("", line, line.find(' ') != line.npos);
  }
  // The innermost "(" with a space before it; paths may hold parentheses of their own.
  const size_t open = line.find(" (");
  if (open == line.npos) {
    // React's stacks in Firefox: "at Cart(./src/cart.js:41:3)".
    const size_t bracket = line.find('(');
    return located(line.substr(0, bracket), line.substr(bracket + 1, line.size() - bracket - 2),
                   true);
  }
  const std::string_view where = without_eval(line.substr(open + 2, line.size() - open - 3));
  return located(line.substr(0, open), where, where.find(' ') != where.npos && !is_url(where));
}

// "at a_function_name", "at Array.map (<anonymous>)", "at Promise.all (index 0)": only among
// others.
std::optional<Frame> placeless_frame(std::string_view line) {
  if (!take(line, "at ") || line.size() > 200) return std::nullopt;
  take(line, "async ");
  const size_t open = line.find(" (");
  const std::string_view function = plain_function(line.substr(0, open));
  const std::string_view where = open == line.npos ? "" : line.substr(open);
  const bool known = where == " (<anonymous>)" || where == " (native)" || where == " (anonymous)" ||
                     where == " (unknown location)" || where.starts_with(" (index ");
  const bool word = std::ranges::all_of(
      function, [](char c) { return is_word(c) || c == '.' || c == '#' || c == '<' || c == '>'; });
  if (function.empty() || (open == line.npos ? !word : !known)) return std::nullopt;
  return Frame{"", 0, std::string(plain_function(function)), false};
}

std::optional<Frame> gecko_frame(std::string_view line) {
  // Addresses of packages and users hold an "@" as well: the last one before the place counts.
  const size_t url =
      std::min({line.find("@http"), line.find("@file:"), line.find("@webpack"),
                line.find("@resource:"), line.find("@moz-extension"), line.find("@app:"),
                line.find("@capacitor:"), line.find("@[native code]")});
  const size_t sign = url != line.npos ? url : line.find('@');
  if (sign == line.npos) return std::nullopt;
  const std::string_view function = line.substr(0, sign);
  std::string_view where = line.substr(sign + 1);
  if (function.find(' ') != function.npos && !function.ends_with(" code")) return std::nullopt;
  if (where == "[native code]") return Frame{"", 0, std::string(function), false};
  // "https://shop/cart.js line 3 > eval:1:1": evaluated by line 3.
  std::string evaluated;
  if (const size_t eval = where.find(" line "); eval != where.npos) {
    std::string_view digits = where.substr(eval + 6);
    if (const auto number = take_number(digits)) {
      evaluated = std::string(where.substr(0, eval)) + ":" + std::to_string(*number);
      where = evaluated;
    }
  }
  return where.find(' ') != where.npos && where.find("eval code") == where.npos
             ? std::nullopt
             : located(function, where, true);
}

// "total https://shop.example/cart.js:41:3"
std::optional<Frame> console_frame(std::string_view line) {
  const size_t space = line.rfind(' ');
  if (space == line.npos || space == 0) return std::nullopt;
  const std::string_view function = line.substr(0, space);
  if (!is_url(line.substr(space + 1)) || function.find(' ') != function.npos ||
      function.ends_with(':') || function == "at" || function == "in")
    return std::nullopt;
  return located(function, line.substr(space + 1), true);
}

// Safari leaves out the name of the outermost function with its "@".
std::optional<Frame> bare_frame(std::string_view line) {
  const bool url = line.starts_with("http://") || line.starts_with("https://");
  const auto frame = url && line.find(' ') == line.npos ? place(line) : std::nullopt;
  if (!frame || std::ranges::count(line, ':') < 3) return std::nullopt;
  return located("", line, true);
}

std::optional<Frame> component_frame(std::string_view line) {
  if (!take(line, "in ") || !line.ends_with(')')) return std::nullopt;
  const size_t open = line.find(" (at ");
  if (open == line.npos || line.substr(0, open).find(' ') != line.npos) return std::nullopt;
  return located(line.substr(0, open), line.substr(open + 5, line.size() - open - 6), true);
}

std::optional<Frame> devtools_frame(std::string_view line) {
  const size_t at = line.find(" @ ");
  if (at > 120) return std::nullopt;
  return located(line.substr(0, at), line.substr(at + 3), true);
}

std::optional<Frame> first_frame(std::string_view line) {
  for (const auto form : {v8_frame, gecko_frame, console_frame, component_frame, devtools_frame}) {
    if (auto frame = form(line)) return frame;
  }
  return std::nullopt;
}

std::optional<Frame> any_frame(std::string_view line) {
  for (const auto form :
       {v8_frame, placeless_frame, gecko_frame, console_frame, component_frame, bare_frame}) {
    if (auto frame = form(line)) return frame;
  }
  return std::nullopt;
}

Marked javascript_mark(std::string_view line) {
  for (const std::string_view start :
       {"[cause]: ", "{ [cause]: ", "Caused by: ", "caused by: ", "cause: "}) {
    if (std::string_view rest = line; take(rest, start)) return {Mark::cause, rest};
  }
  if (std::string_view rest = line; take(rest, "From previous event:")) return {Mark::skip, rest};
  // Chrome repeats the stack in a second form.
  return {devtools_frame(line) ? Mark::skip : Mark::none, {}};
}

Marked devtools_mark(std::string_view) { return {}; }

constexpr Dialect kDialect{"javascript", any_frame, javascript_mark, 12};
constexpr Dialect kDevtools{"javascript", devtools_frame, devtools_mark, 4};

// Node shows the line it could not read above the error: "/srv/cart.js:41", the code, a caret.
void add_syntax_place(const Lines& lines, size_t at, size_t floor, Trace& trace) {
  if (trace.exception != "SyntaxError") return;
  for (size_t i = at; i-- > std::max(floor, at - std::min<size_t>(at, 9));) {
    auto frame = place(lines[i].text);
    if (!frame || !is_script(frame->path) || frame->path.find(' ') != std::string::npos) continue;
    frame->path = plain_path(frame->path);
    frame->in_app = !is_library(*frame);
    trace.frames.insert(trace.frames.begin(), std::move(*frame));
    return;
  }
}

}  // namespace

std::optional<Found> read_javascript(const Lines& lines, size_t at, size_t floor) {
  const std::string_view text = lines[at].text;
  if (!first_frame(text)) {
    // The frames may begin with one that has no place.
    const std::string_view next = lines[at + 1].text;
    const bool among = placeless_frame(text) ? v8_frame(next).has_value()
                                             : bare_frame(text) && gecko_frame(next).has_value();
    if (!among) return std::nullopt;
  }
  const bool devtools = !any_frame(text);
  Found found = read_chain(lines, at, floor, devtools ? kDevtools : kDialect);
  add_syntax_place(lines, at, floor, found.traces.front());
  return found;
}

}  // namespace triage::retrieval::traces
