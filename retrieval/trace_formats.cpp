#include "retrieval/trace_formats_internal.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace triage::retrieval {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t'; }
bool is_name(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// A number at the start, taken off; nothing where there is none.
std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

// "path:12:34" or "path:12": splits the numbers off the end.
std::optional<Frame> place(std::string_view text) {
  std::uint32_t line = 0;
  bool found = false;
  for (int numbers = 0; numbers < 2; ++numbers) {
    const size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) break;
    std::string_view digits = text.substr(colon + 1);
    const auto number = take_number(digits);
    if (!number || !digits.empty()) break;
    line = *number;
    found = true;
    text = text.substr(0, colon);
  }
  if (!found || text.empty()) return std::nullopt;
  return Frame{std::string(text), line, "", true};
}

// "file:///srv/app.mjs" and "webpack:///./src/a.js" to a path.
std::string plain_path(std::string_view path) {
  if (take(path, "file://") || take(path, "webpack:///") || take(path, "async ")) {
  }
  take(path, "./");
  return std::string(path);
}

std::optional<FrameLine> python_frame(std::string_view line) {
  if (!take(line, "File \"")) return std::nullopt;
  const size_t quote = line.find('"');
  if (quote == std::string_view::npos) return std::nullopt;
  Frame frame{std::string(line.substr(0, quote)), 0, "", true};
  line.remove_prefix(quote + 1);
  if (!take(line, ", line ")) return std::nullopt;
  const auto number = take_number(line);
  if (!number) return std::nullopt;
  frame.line = *number;
  if (take(line, ", in ")) frame.function = trim(line);
  return FrameLine{std::move(frame), "python"};
}

// "at com.acme.Cart.total(Cart.java:41)"; the JVM's languages tell themselves by the extension.
std::optional<FrameLine> java_frame(std::string_view line) {
  if (!take(line, "at ")) return std::nullopt;
  const size_t open = line.rfind('(');
  if (open == std::string_view::npos || open == 0) return std::nullopt;
  const size_t close = line.find(')', open);
  if (close == std::string_view::npos) return std::nullopt;
  std::string_view function = line.substr(0, open);
  const std::string_view where = line.substr(open + 1, close - open - 1);
  if (function.find(' ') != std::string_view::npos || function.find('.') == std::string_view::npos)
    return std::nullopt;
  // "app//" and "java.base/" name a module before the class.
  if (const size_t slash = function.rfind('/'); slash != std::string_view::npos)
    function.remove_prefix(slash + 1);
  const bool no_place = where == "Native Method" || where == "Unknown Source";
  auto frame = no_place ? Frame{std::string(where), 0, "", false}
               : where.find('/') != std::string_view::npos ? std::optional<Frame>()
                                                          : place(where);
  if (!frame) return std::nullopt;
  frame->function = function;
  const std::string_view path = frame->path;
  if (!no_place && !path.ends_with(".java") && !path.ends_with(".kt") &&
      !path.ends_with(".scala") && !path.ends_with(".groovy"))
    return std::nullopt;
  return FrameLine{std::move(*frame), path.ends_with(".kt") ? "kotlin" : "java"};
}

// "at Ns.Class.Method(String a) in /src/Cart.cs:line 41"
std::optional<FrameLine> csharp_frame(std::string_view line) {
  if (!take(line, "at ")) return std::nullopt;
  const size_t open = line.find('(');
  if (open == std::string_view::npos || open == 0) return std::nullopt;
  Frame frame;
  frame.function = line.substr(0, open);
  const size_t in = line.find(") in ", open);
  if (in != std::string_view::npos) {
    std::string_view where = line.substr(in + 5);
    const size_t mark = where.rfind(":line ");
    if (mark == std::string_view::npos) return std::nullopt;
    frame.path = where.substr(0, mark);
    where.remove_prefix(mark + 6);
    frame.line = take_number(where).value_or(0);
    return FrameLine{std::move(frame), "csharp"};
  }
  // Without symbols: only a bare ")" tells it from other languages.
  if (!line.ends_with(')') || frame.function.find('.') == std::string::npos ||
      line.find(':') != std::string_view::npos || frame.function.find(' ') != std::string::npos)
    return std::nullopt;
  frame.in_app = false;
  return FrameLine{std::move(frame), "csharp"};
}

// "at total (/srv/cart.js:4:11)", "at async Cart.total (…)", "at /srv/cart.js:4:11"
std::optional<FrameLine> javascript_frame(std::string_view line) {
  if (!take(line, "at ")) return std::nullopt;
  take(line, "async ");
  std::string_view function, where = line;
  if (line.ends_with(')')) {
    const size_t open = line.rfind(" (");
    if (open == std::string_view::npos) return std::nullopt;
    function = line.substr(0, open);
    where = line.substr(open + 2, line.size() - open - 3);
  } else if (line.find(' ') != std::string_view::npos) {
    return std::nullopt;
  }
  take(function, "new ");
  auto frame = place(where);
  if (!frame) return std::nullopt;
  frame->path = plain_path(frame->path);
  frame->function = function;
  return FrameLine{std::move(*frame), "javascript"};
}

// "cart.rb:41:in `total': message (NoMethodError)" or "from cart.rb:41:in `total'"
std::optional<FrameLine> ruby_frame(std::string_view line) {
  take(line, "from ");
  const size_t in = line.find(":in ");
  if (in == std::string_view::npos || in + 5 >= line.size()) return std::nullopt;
  const char quote = line[in + 4];
  if (quote != '`' && quote != '\'') return std::nullopt;
  auto frame = place(line.substr(0, in));
  if (!frame || frame->path.find(' ') != std::string::npos) return std::nullopt;
  const size_t end = line.find('\'', in + 5);
  frame->function = line.substr(in + 5, end == std::string_view::npos ? end : end - in - 5);
  return FrameLine{std::move(*frame), "ruby"};
}

// "#0 /srv/Cart.php(41): Cart->total(1)"
std::optional<FrameLine> php_frame(std::string_view line) {
  if (!take(line, "#") || !take_number(line) || !take(line, " ")) return std::nullopt;
  const size_t close = line.find("): ");
  if (close == std::string_view::npos) return std::nullopt;
  const size_t open = line.rfind('(', close);
  if (open == std::string_view::npos || open == 0) return std::nullopt;
  std::string_view digits = line.substr(open + 1, close - open - 1);
  const auto number = take_number(digits);
  if (!number || !digits.empty()) return std::nullopt;
  Frame frame{std::string(line.substr(0, open)), *number, "", true};
  const std::string_view call = line.substr(close + 3);
  frame.function = call.substr(0, call.find('('));
  return FrameLine{std::move(frame), "php"};
}

// "==123==    at 0x5A7C18: total (cart.c:41)", "by 0x4A6F0F: main (in /usr/bin/shop)": valgrind.
std::optional<FrameLine> valgrind_frame(std::string_view line) {
  if (!take(line, "at 0x") && !take(line, "by 0x")) return std::nullopt;
  const size_t colon = line.find(": ");
  const size_t open = line.rfind(" (");
  if (colon > 16 || open == std::string_view::npos || open < colon + 2 || !line.ends_with(')'))
    return std::nullopt;
  std::string_view where = line.substr(open + 2, line.size() - open - 3);
  const std::string function(line.substr(colon + 2, open - colon - 2));
  if (take(where, "in ")) return FrameLine{Frame{std::string(where), 0, function, false}, "c++"};
  auto frame = place(where);
  if (!frame) return std::nullopt;
  frame->function = function.substr(0, function.find('('));
  return FrameLine{std::move(*frame), "c++"};
}

// Behind a place sanitizers name the module and its build: "… cart.cc:41:3 (shop+0x4aa) (BuildId: 9f)".
std::string_view without_module(std::string_view line) {
  for (int groups = 0; groups < 2 && line.ends_with(')'); ++groups) {
    const size_t open = line.rfind(" (");
    if (open == std::string_view::npos) break;
    const std::string_view before = line.substr(0, open);
    const std::string_view inner = line.substr(open + 2);
    const bool module = inner.find("+0x") != std::string_view::npos && place(before);
    if (!module && !inner.starts_with("BuildId:")) break;
    line = before;
  }
  return line;
}

// "#1 0x7f in Cart::total(int) /src/cart.cc:41:3" and "#1  0x7f in total (a=1) at cart.c:41"
std::optional<FrameLine> native_frame(std::string_view line) {
  if (!take(line, "#") || !take_number(line)) return std::nullopt;
  line = without_module(trim(line));
  if (take(line, "0x")) {
    const size_t in = line.find(" in ");
    if (in > 20) return std::nullopt;
    line.remove_prefix(in + 4);
  }
  const size_t at = line.rfind(" at ");
  const size_t space = at != std::string_view::npos ? at : line.rfind(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view where = line.substr(at != std::string_view::npos ? at + 4 : space + 1);
  std::string_view function = line.substr(0, space);
  auto frame = place(where);
  if (!frame) {
    // A library without debug information: "(/lib/libc.so.6+0x2a1)" or "from /lib/libc.so.6".
    if (where.find('/') == std::string_view::npos) return std::nullopt;
    frame = Frame{std::string(where), 0, "", false};
  }
  frame->function = trim(function.substr(0, function.find(" (")));
  if (const size_t open = frame->function.find('('); open != std::string::npos && open > 0)
    frame->function.resize(open);
  return FrameLine{std::move(*frame), "c++"};
}

constexpr std::string_view kRuntimeError = ": runtime error: ";  // UBSan: "cart.c:41:3: runtime error: …"

// "==123==    at …": what valgrind puts before each line. An error's "==123==ERROR: …" stays.
std::string_view without_process(std::string_view line) {
  std::string_view rest = line;
  return take(rest, "==") && take_number(rest) && take(rest, "== ") ? trim(rest) : line;
}

// The word before ": message" is a type's name: dotted or scoped, and it ends like an error does.
bool is_exception_name(std::string_view name, bool any_class) {
  if (name.empty() || name.size() > 200 || is_digit(name.front())) return false;
  for (size_t i = 0; i < name.size(); ++i) {
    if (!is_name(name[i]) && name[i] != '.' && name[i] != ':' && name[i] != '\\') return false;
  }
  const size_t last = name.find_last_of(".:\\");
  const std::string_view simple = last == std::string_view::npos ? name : name.substr(last + 1);
  static constexpr std::array<std::string_view, 9> kEndings = {
      "Error", "Exception", "Warning", "Exit",    "Interrupt",
      "Fault", "Timeout",   "Failure", "Throwable"};
  if (std::ranges::any_of(kEndings, [&](auto e) { return simple.ends_with(e); })) return true;
  return any_class && !simple.empty() && simple.front() >= 'A' && simple.front() <= 'Z';
}

std::optional<ErrorLine> panic(std::string_view line) {
  if (take(line, "panic: ")) return ErrorLine{"go", "panic", std::string(line)};
  if (take(line, "fatal error: ")) return ErrorLine{"go", "fatal error", std::string(line)};
  if (!line.starts_with("thread '")) return std::nullopt;
  const size_t at = line.find(" panicked at ");
  if (at == std::string_view::npos) return std::nullopt;
  line.remove_prefix(at + 13);
  // Before Rust 1.73: 'message', src/main.rs:5:10
  if (const size_t quote = line.rfind("', "); line.starts_with('\'') && quote != line.npos)
    return ErrorLine{"rust", "panic", std::string(line.substr(1, quote - 1))};
  return ErrorLine{"rust", "panic", ""};
}

std::optional<ErrorLine> native_error(std::string_view line) {
  if (const size_t at = line.find("ERROR: "); line.starts_with("==") && at != line.npos) {
    line.remove_prefix(at + 7);
    const size_t colon = line.find(": ");
    if (colon == line.npos) return std::nullopt;
    return ErrorLine{"c++", std::string(line.substr(0, colon)),
                     std::string(line.substr(colon + 2))};
  }
  if (take(line, "WARNING: ThreadSanitizer: "))
    return ErrorLine{"c++", "ThreadSanitizer", std::string(line.substr(0, line.find(" (pid")))};
  if (const size_t at = line.find(kRuntimeError); at != line.npos && place(line.substr(0, at)))
    return ErrorLine{"c++", "runtime error", std::string(line.substr(at + kRuntimeError.size()))};
  if (take(line, "Program received signal ") || take(line, "Program terminated with signal ")) {
    const size_t comma = line.find(", ");
    return ErrorLine{"c++", std::string(line.substr(0, comma)),
                     comma == line.npos ? "" : std::string(line.substr(comma + 2))};
  }
  return std::nullopt;
}

// PHP: "PHP Fatal error:  Uncaught RuntimeException: no such cart in /srv/Cart.php:41"
std::optional<ErrorLine> php_error(std::string_view line) {
  const size_t uncaught = line.find("Uncaught ");
  if (uncaught == line.npos || line.find("rror: ") > uncaught) return std::nullopt;
  line.remove_prefix(uncaught + 9);
  const size_t colon = line.find(": ");
  if (colon == line.npos || !is_exception_name(line.substr(0, colon), true)) return std::nullopt;
  std::string_view message = line.substr(colon + 2);
  message = message.substr(0, message.rfind(" in "));
  return ErrorLine{"php", std::string(line.substr(0, colon)), std::string(message)};
}

// Ruby: "cart.rb:41:in `total': undefined method (NoMethodError)"
std::optional<ErrorLine> ruby_error(std::string_view line) {
  const size_t quote = line.find("': ");
  if (quote == line.npos || !ruby_frame(line) || line.starts_with("from ")) return std::nullopt;
  line.remove_prefix(quote + 3);
  const size_t open = line.rfind('(');
  if (!line.ends_with(')') || open == line.npos) return ErrorLine{"ruby", "", std::string(line)};
  return ErrorLine{"ruby", std::string(line.substr(open + 1, line.size() - open - 2)),
                   std::string(trim(line.substr(0, open)))};
}

}  // namespace

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && (is_space(text.back()) || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

std::optional<FrameLine> read_frame(std::string_view line) {
  static constexpr std::array kForms = {python_frame, valgrind_frame,   java_frame,
                                        csharp_frame, javascript_frame, php_frame,
                                        native_frame, ruby_frame};
  line = without_process(trim(line));
  for (const auto form : kForms) {
    if (auto found = form(line)) return found;
  }
  return std::nullopt;
}

std::optional<ErrorLine> read_error(std::string_view line) {
  line = trim(line);
  static constexpr std::array kForms = {panic, native_error, php_error, ruby_error};
  for (const auto form : kForms) {
    if (auto found = form(line)) return found;
  }
  ErrorLine error;
  error.caused_by = take(line, "Caused by: ");
  if (take(line, "Exception in thread \"")) {
    const size_t quote = line.find("\" ");
    if (quote != line.npos) line.remove_prefix(quote + 2);
  }
  for (const std::string_view prefix : {"Unhandled exception. ", "Unhandled Exception: ",
                                        "Uncaught ", "--> ", "---> ", "E   "}) {
    if (take(line, prefix) && prefix.find("-> ") != prefix.npos) error.caused_by = true;
  }
  line = trim(line);
  const size_t colon = line.find(": ");
  std::string_view name = line.substr(0, colon == line.npos ? line.size() : colon);
  if (name.ends_with(':')) name.remove_suffix(1);
  // Node appends a code: "TypeError [ERR_INVALID_ARG]: …"
  if (const size_t code = name.find(" ["); code != name.npos) name = name.substr(0, code);
  if (!is_exception_name(name, error.caused_by)) return std::nullopt;
  error.exception = name;
  if (colon != line.npos) error.message = trim(line.substr(colon + 2));
  return error;
}

std::optional<Frame> read_runtime_error_place(std::string_view line) {
  line = trim(line);
  const size_t at = line.find(kRuntimeError);
  return at == line.npos ? std::nullopt : place(line.substr(0, at));
}

// "~/shop/pricing.py in total(cart)", "File ~/shop/pricing.py:41, in total(cart)"; without a line
// where the arrow below tells it.
std::optional<Frame> read_ipython_header(std::string_view line) {
  line = trim(line);
  const bool newer = take(line, "File ");
  const size_t in = line.find(newer ? ", in " : " in ");
  if (in == line.npos || in == 0) return std::nullopt;
  const std::string_view where = line.substr(0, in);
  const std::string_view function = line.substr(in + (newer ? 5 : 4));
  auto frame = newer ? place(where) : Frame{std::string(where), 0, "", true};
  const bool file = frame && (frame->path.ends_with(".py") || frame->path.starts_with("<ipython"));
  if (!file || frame->path.find(' ') != std::string::npos) return std::nullopt;
  frame->function = function.substr(0, function.find('('));
  return frame;
}

std::uint32_t read_ipython_arrow(std::string_view line) {
  line = trim(line);
  const size_t head = line.find_first_not_of('-');
  if (head == line.npos || head == 0 || line[head] != '>') return 0;
  line = trim(line.substr(head + 1));
  return take_number(line).value_or(0);
}

std::optional<std::string> read_function_line(std::string_view line) {
  const bool indented = !line.empty() && is_space(line.front());
  line = trim(line);
  // Rust: "12: core::panicking::panic"
  std::string_view rest = line;
  if (indented && take_number(rest) && take(rest, ": ")) {
    if (const size_t dash = rest.rfind(" - "); dash != rest.npos && take(rest, "0x"))
      return std::string(line.substr(line.rfind(" - ") + 3));
    return std::string(rest);
  }
  // Go: "main.(*Cart).Total(0xc000…, 0x1)" or "created by main.start in goroutine 1"
  if (indented) return std::nullopt;
  if (take(line, "created by ")) return std::string(line.substr(0, line.find(" in goroutine")));
  if (!line.ends_with(')') || line.find(' ') < line.rfind('(')) return std::nullopt;
  const size_t open = line.rfind('(');
  if (open == 0 || line.substr(0, open).find('.') == line.npos) return std::nullopt;
  return std::string(line.substr(0, open));
}

std::optional<Frame> read_place_line(std::string_view line) {
  if (line.empty() || !is_space(line.front())) return std::nullopt;
  line = trim(line);
  if (take(line, "at ")) {
    auto frame = place(line);
    if (frame && frame->path.ends_with(".rs")) return frame;
    return std::nullopt;
  }
  if (const size_t offset = line.rfind(" +0x"); offset != line.npos) line = line.substr(0, offset);
  auto frame = place(line);
  if (frame && frame->path.ends_with(".go")) return frame;
  return std::nullopt;
}

bool is_library(const Frame& frame) {
  // Written as paths appear: directories between slashes, so that "mynode_modules" does not count.
  static constexpr std::array<std::string_view, 23> kPaths = {
      "/site-packages/", "/dist-packages/", "/node_modules/",  "/usr/lib/",     "/usr/include/",
      "/usr/share/",     "/lib/python",     "/.cargo/",        "/rustc/",       "/gems/",
      "/vendor/",        "/go/pkg/mod/",    "/usr/local/go/",  "/golang/src/",  "/lib/ruby/",
      "node:",           "internal/",       "<frozen ",        "/libstdc++",    "/glibc",
      "/build/glibc",    "/compiler-rt/",   "/sysdeps/"};
  static constexpr std::array<std::string_view, 20> kFunctions = {
      "java.",    "javax.",  "jdk.",     "sun.",        "com.sun.",   "kotlin.",  "kotlinx.",
      "scala.",   "groovy.", "jakarta.", "org.spring",  "org.apache.", "org.junit", "org.hibernate",
      "System.",  "Microsoft.", "runtime.", "std::", "core::", "__libc_"};
  std::string path = frame.path;
  std::ranges::replace(path, '\\', '/');
  if (path.starts_with("lib/") || path.starts_with("usr/")) path.insert(0, "/");
  const std::string_view p = path;
  if (std::ranges::any_of(kPaths, [&](std::string_view part) {
        return part.front() == '/' ? p.find(part) != p.npos || p.starts_with(part.substr(1))
                                   : p.starts_with(part);
      }))
    return true;
  return std::ranges::any_of(kFunctions,
                             [&](auto prefix) { return frame.function.starts_with(prefix); });
}

}  // namespace triage::retrieval
