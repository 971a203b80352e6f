// Numbers, places and names, as stack traces write them.
#include <algorithm>
#include <array>
#include <charconv>

#include "retrieval/traces/scan_internal.h"

namespace triage::retrieval::traces {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool is_space(char c) { return c == ' ' || c == '\t'; }

bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && (is_space(text.back()) || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

bool take_hex(std::string_view& text) {
  std::string_view rest = text;
  const bool marked = take(rest, "0x");
  size_t digits = 0;
  while (digits < rest.size() && (is_hex(rest[digits]) || rest[digits] == '`')) ++digits;
  if (digits == 0 || (!marked && digits < 4)) return false;
  text = rest.substr(digits);
  return true;
}

std::string_view before(std::string_view text, std::string_view mark) {
  return text.substr(0, std::min(text.find(mark), text.size()));
}

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

std::optional<Frame> place_by(std::string_view text, std::string_view mark) {
  const size_t at = text.rfind(mark);
  if (at == std::string_view::npos || at == 0) return std::nullopt;
  std::string_view digits = text.substr(at + mark.size());
  const auto line = take_number(digits);
  if (!line) return std::nullopt;
  return Frame{std::string(text.substr(0, at)), *line, "", true};
}

std::string_view without_arguments(std::string_view function) {
  if (function.ends_with(" const")) function.remove_suffix(6);
  if (!function.ends_with(')')) return function;
  int depth = 0;
  for (size_t i = function.size(); i-- > 0;) {
    if (function[i] == ')') ++depth;
    if (function[i] != '(' || --depth > 0) continue;
    // "operator()" is a name, and so is "(anonymous namespace)" before it.
    const std::string_view name = function.substr(0, i);
    return name.empty() || name.ends_with("operator") ? function : trim(name);
  }
  return function;
}

std::string without_template(std::string_view function) {
  std::string out;
  int depth = 0;
  for (size_t i = 0; i < function.size(); ++i) {
    const bool arrow = i > 0 && function[i] == '>' && function[i - 1] == '-';
    if (function[i] == '<' && !out.ends_with("operator") && !out.empty()) ++depth;
    if (depth == 0) out += function[i];
    if (function[i] == '>' && depth > 0 && !arrow) --depth;
  }
  return depth == 0 ? out : std::string(function);
}

std::string demangled(std::string_view name) {
  std::string_view rest = name;
  if (!take(rest, "_Z")) return std::string(name);
  const bool nested = take(rest, "N");
  if (nested) take(rest, "K");
  std::string out;
  while (!rest.empty() && is_digit(rest.front())) {
    const auto size = take_number(rest);
    if (!size || *size == 0 || *size > rest.size()) return std::string(name);
    const std::string_view part = rest.substr(0, *size);
    rest.remove_prefix(*size);
    // Rust ends a name with a hash of 16 digits.
    if (part.size() == 17 && part.front() == 'h' && !out.empty() &&
        std::ranges::all_of(part.substr(1), is_hex))
      break;
    if (!out.empty()) out += "::";
    out += part;
    if (!nested) break;
  }
  return out.empty() ? std::string(name) : out;
}

std::string native_name(std::string_view function) {
  function = without_arguments(trim(function));
  for (const std::string_view suffix :
       {".lto_priv.", ".constprop.", ".isra.", ".part.", ".cold", ".llvm."})
    function = before(function, suffix);
  const size_t hash = function.rfind("::h");
  if (hash != function.npos && function.size() - hash == 19 &&
      std::ranges::all_of(function.substr(hash + 3), is_hex))
    function = function.substr(0, hash);
  return demangled(function);
}

bool has_spaced_arguments(std::string_view text) {
  for (size_t at = text.find(" ("); at != text.npos; at = text.find(" (", at + 1)) {
    const std::string_view rest = trim(text.substr(at + 2));
    if (rest.empty() || rest.starts_with(')') || rest.starts_with("...")) return true;
    size_t word = 0;
    while (word < rest.size() && (is_word(rest[word]) || rest[word] == ':')) ++word;
    if (word > 0 && rest.substr(word).starts_with('=')) return true;
  }
  return false;
}

std::string message_text(std::string_view text) {
  text = trim(text);
  if (text.size() <= kLongestMessage) return std::string(text);
  size_t end = kLongestMessage;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end));
}

namespace {

bool is_named(std::string_view name) {
  if (name.empty() || name.size() > 200 || is_digit(name.front())) return false;
  return std::ranges::all_of(
      name, [](char c) { return is_word(c) || c == '.' || c == ':' || c == '\\' || c == '-'; });
}

std::string_view simple_name(std::string_view name) {
  const size_t last = name.find_last_of(".:\\$");
  return last == std::string_view::npos ? name : name.substr(last + 1);
}

// What stands behind the name: nothing, ": message", " [CODE]: message" or " (message):".
std::optional<std::string_view> behind(std::string_view rest) {
  if (rest.empty()) return rest;
  if (rest.starts_with(" [")) {
    const size_t close = rest.find(']');
    if (close != rest.npos) rest.remove_prefix(close + 1);
  }
  if (rest == ":" || rest.empty()) return std::string_view{};
  if (take(rest, ": ")) return rest;
  if (rest.starts_with(" (")) {
    const size_t close = rest.rfind(')');
    if (close != rest.npos && trim(rest.substr(close + 1)).size() < 2)
      return rest.substr(2, close - 2);
  }
  return std::nullopt;
}

}  // namespace

bool is_error_name(std::string_view name) {
  static constexpr std::array<std::string_view, 15> kEndings = {
      "Error",    "Exception", "Warning", "Exit",      "Interrupt",
      "Fault",    "Timeout",   "Failure", "Throwable", "Panic",
      "Overflow", "Violation", "Invalid", "NotFound",  "DoesNotExist"};
  if (!is_named(name)) return false;
  const std::string_view simple = simple_name(name);
  return simple.size() > 3 && simple.front() >= 'A' && simple.front() <= 'Z' &&
         std::ranges::any_of(kEndings, [&](auto e) { return simple.ends_with(e); });
}

std::optional<ErrorText> read_error(std::string_view line) {
  for (size_t begin = 0; begin < line.size();) {
    size_t end = begin;
    while (end < line.size() && (is_word(line[end]) || line[end] == '.' || line[end] == '\\' ||
                                 (line.substr(end, 2) == "::" && end > begin) ||
                                 (end > begin && line[end - 1] == ':' && line[end] == ':')))
      ++end;
    const std::string_view word = line.substr(begin, end - begin);
    // Node's wrapper around the error that counts.
    if (is_error_name(word) && word != "UnhandledPromiseRejectionWarning") {
      if (const auto message = behind(line.substr(end)))
        return ErrorText{std::string(word), message_text(*message), begin == 0};
    }
    begin = end + 1;
  }
  return std::nullopt;
}

std::optional<ErrorText> read_any_error(std::string_view line) {
  if (line.find("UnhandledPromiseRejectionWarning: ") != line.npos) return read_error(line);
  const std::string_view name = trim(before(line, ": "));
  const std::string_view bare = name.ends_with(':') ? name.substr(0, name.size() - 1) : name;
  const std::string_view simple = simple_name(bare);
  if (!is_named(bare) || simple.empty() || simple.front() < 'A' || simple.front() > 'Z')
    return read_error(line);
  const std::string_view message =
      name.size() + 2 <= line.size() ? line.substr(name.size() + 2) : "";
  return ErrorText{std::string(bare), message_text(message), true};
}

void keep(Trace& trace, Frame frame) {
  if (trace.frames.size() >= kMostFrames) return;
  frame.in_app = frame.in_app && !is_library(frame);
  trace.frames.push_back(std::move(frame));
}

}  // namespace triage::retrieval::traces
