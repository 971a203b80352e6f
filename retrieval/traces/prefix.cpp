// The prefixes logs put before a line. A prefix is a run of parts: a time stamp or a container's
// name first, then levels, process and thread numbers, names in brackets. Exactly one space behind
// a part belongs to it: what follows is the line's own indentation.
#include <algorithm>
#include <array>

#include "retrieval/traces/lines_internal.h"
#include "retrieval/traces/scan_internal.h"

namespace triage::retrieval::traces {

namespace {

constexpr size_t kMostParts = 9;

size_t digits(std::string_view text) {
  size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  return n;
}

// "12:00:00", with fractions, AM/PM and an offset.
size_t time_length(std::string_view text) {
  size_t at = digits(text);
  if (at == 0 || at > 2) return 0;
  for (int group = 0; group < 2; ++group) {
    if (at >= text.size() || text[at] != ':' || digits(text.substr(at + 1)) != 2) return 0;
    at += 3;
  }
  if (at < text.size() && (text[at] == '.' || text[at] == ',') && digits(text.substr(at + 1)) > 0)
    at += 1 + digits(text.substr(at + 1));
  for (const std::string_view half : {" AM", " PM", " am", " pm"}) {
    if (text.substr(at).starts_with(half)) at += half.size();
  }
  for (const std::string_view zone : {"Z", " UTC", " GMT", " CET", " EST", " PST"}) {
    if (text.substr(at).starts_with(zone)) at += zone.size();
  }
  std::string_view offset = text.substr(at);
  const size_t space = offset.starts_with(' ') ? 1 : 0;
  offset.remove_prefix(space);
  if (offset.starts_with('+') || offset.starts_with('-')) {
    const size_t hours = digits(offset.substr(1));
    const bool colon = offset.substr(1 + hours).starts_with(':');
    if (hours == 4) return at + space + 5;
    if (hours == 2) return at + space + 3 + (colon ? 1 + digits(offset.substr(4)) : 0);
  }
  return at;
}

// Names of three letters, written one behind the other.
bool is_one_of(std::string_view names, std::string_view name) {
  const size_t at = names.find(name);
  return at != names.npos && at % 3 == 0;
}

// "2024-05-01", "01/05/24", "05-01", "01/May/2024", "Wed May  1", "May 01, 2024"
size_t date_length(std::string_view text) {
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  static constexpr std::string_view kDays = "MonTueWedThuFriSatSun";
  size_t at = 0;
  if (text.size() > 4 && is_one_of(kDays, text.substr(0, 3)) && (text[3] == ' ' || text[3] == ','))
    at = text[3] == ',' ? 5 : 4;
  if (text.size() < at + 5) return 0;
  if (is_one_of(kMonths, text.substr(at, 3)) && text[at + 3] == ' ') {
    at += 4;
    while (at < text.size() && text[at] == ' ') ++at;
    const size_t day = digits(text.substr(at));
    if (day == 0 || day > 2) return 0;
    at += day;
    if (text.substr(at).starts_with(',')) ++at;
    if (text.substr(at).starts_with(' ') && digits(text.substr(at + 1)) == 4) at += 5;
    return at;
  }
  const size_t begin = at;
  for (int groups = 0; groups < 3; ++groups) {
    size_t n = digits(text.substr(at));
    if (n == 0 && text.size() > at + 3 && is_one_of(kMonths, text.substr(at, 3))) n = 3;
    if (n == 0 || n > 4) return 0;
    at += n;
    if (groups == 2 || at >= text.size() || (text[at] != '-' && text[at] != '/')) {
      return groups == 0 ? 0 : at - begin + begin;
    }
    ++at;
  }
  return at;
}

size_t stamp_length(std::string_view text) {
  if (const size_t time = time_length(text); time > 0) return time;
  const size_t date = date_length(text);
  if (date == 0) return 0;
  size_t at = date;
  while (at < text.size() && at < date + 2 &&
         (text[at] == ' ' || text[at] == 'T' || text[at] == ',' || text[at] == ':'))
    ++at;
  const size_t time = at == date ? 0 : time_length(text.substr(at));
  if (time == 0) return 0;
  at += time;
  // "Wed May  1 12:00:00 2024"
  if (text.substr(at).starts_with(" 20") && digits(text.substr(at + 1)) == 4) at += 5;
  return at;
}

bool is_level(std::string_view word) {
  static constexpr std::array<std::string_view, 20> kLevels = {
      "TRACE",   "DEBUG",    "INFO",   "WARN",     "WARNING",  "ERROR", "FATAL",
      "SEVERE",  "CRITICAL", "NOTICE", "trace",    "debug",    "info",  "warn",
      "warning", "error",    "fatal",  "stderr F", "stdout F", "ERR"};
  return std::ranges::find(kLevels, word) != kLevels.end();
}

size_t name_length(std::string_view text, std::string_view also) {
  size_t n = 0;
  while (n < text.size() && (is_word(text[n]) || also.find(text[n]) != also.npos)) ++n;
  return n;
}

// "[…] ": a number, a stamp, a level or a pod's name; behind a stamp any short word.
size_t bracket_length(std::string_view text, bool stamped) {
  if (!text.starts_with('[') || text.starts_with("[<") || text.starts_with("[{")) return 0;
  const size_t close = text.find(']');
  if (close > 80) return 0;
  const std::string_view inner = trim(text.substr(1, close - 1));
  const bool number =
      !inner.empty() && std::ranges::all_of(inner, [](char c) { return is_digit(c) || c == '.'; });
  const bool stamp = stamp_length(inner) > 0;
  const bool pod = inner.find('/') != inner.npos && inner.find(' ') == inner.npos &&
                   name_length(inner, "/.-_") == inner.size() && inner.starts_with("pod/");
  const bool word = stamped && text[1] != ' ' && inner.find(' ') == inner.npos;
  const bool pid = inner.starts_with("pid ") || inner.starts_with("pid:");
  if (!number && !stamp && !pod && !word && !pid && !is_level(inner)) return 0;
  size_t end = close + 1;
  if (text.substr(end).starts_with(':')) ++end;
  // A column of a trace: "[1] foo" of Julia keeps its number.
  if (number && !stamped && inner.find('.') == inner.npos && inner.size() < 3) return 0;
  return end;
}

// "web-1  | ", "E/AndroidRuntime( 123): ", "E0501 12:00:00.123 77 cart.cc:41] "
size_t start_length(std::string_view text) {
  // "[0]<stderr>:" of a launcher of many processes; its space belongs to the line.
  if (const size_t stream = text.find("]<std"); stream < 6 && text.starts_with('[')) {
    const size_t end = text.find(">:", stream);
    if (end < 16) return end + 2;
  }
  const size_t name = name_length(text, "-.");
  if (name > 0 && digits(text) != name) {
    size_t at = name;
    while (at < text.size() && text[at] == ' ') ++at;
    if (text.substr(at).starts_with("| ") && at > name) return at + 1;
    if (text.substr(at) == "|") return at + 1;
  }
  // pytest puts "INTERNALERROR> " before a trace of its own, runners "stderr> ".
  if (name > 2 && is_word(text[0]) && text.substr(name).starts_with("> ")) return name + 1;
  static constexpr std::string_view kPriorities = "VDIWEF";
  if (text.size() < 4 || kPriorities.find(text[0]) == kPriorities.npos) return 0;
  if (text[1] == '/') {
    const size_t end = text.find(": ");
    if (end < 60) return end + 1;
    return text.ends_with(':') ? text.size() : 0;
  }
  if (digits(text.substr(1)) == 4) {
    const size_t end = text.find("] ");
    if (text[5] == ' ' && end != text.npos && time_length(trim(text.substr(5))) > 0) return end + 1;
  }
  return 0;
}

// Behind a stamp: a level, numbers of process and thread, "host program[12]:", "E AndroidRuntime:".
size_t stamped_length(std::string_view text) {
  for (const std::string_view separator : {"- ", "| ", ": "}) {
    if (text.starts_with(separator)) return 1;
  }
  if (const size_t number = digits(text); number > 0 && text.substr(number).starts_with(' '))
    return number;
  for (const std::string_view stream : {"stderr F", "stdout F", "kernel:"}) {
    if (text.starts_with(stream)) return stream.size();
  }
  const size_t word = name_length(text, "-.");
  const std::string_view behind = text.substr(word);
  if (is_level(text.substr(0, word)) && (behind.starts_with(' ') || behind.empty())) return word;
  if (word == 1 && behind.starts_with(' ')) {
    const size_t tag = name_length(behind.substr(1), "-./");
    const std::string_view rest = trim(behind.substr(1 + tag));
    if (tag > 0 && rest.starts_with(": ")) return text.size() - rest.size() + 1;
  }
  // "host program[12]: " and "program[12]: "
  for (std::string_view rest = behind;;) {
    if (rest.starts_with(" kernel: ")) return text.size() - rest.size() + 8;
    if (rest.starts_with('[')) {
      const size_t close = rest.find("]:");
      return close > 20 ? 0 : text.size() - rest.size() + close + 2;
    }
    if (rest.size() != behind.size() || !rest.starts_with(' ')) return 0;
    rest.remove_prefix(1 + name_length(rest.substr(1), "-./"));
  }
}

}  // namespace

size_t prefix_length(std::string_view line) {
  bool stamped = false;
  // A pasted log may be indented as a whole.
  size_t at = std::min(line.find_first_not_of(" \t"), line.size());
  if (stamp_length(line.substr(at)) == 0) at = 0;
  for (size_t part = 0; part < kMostParts; ++part) {
    const std::string_view rest = line.substr(at);
    size_t length = part == 0 ? start_length(rest) : 0;
    if (length == 0) length = stamp_length(rest);
    if (length == 0) length = bracket_length(rest, stamped);
    if (length == 0 && stamped) length = stamped_length(rest);
    if (length == 0) break;
    // What only looked like a stamp or a number goes on without a space.
    if (at + length < line.size() && !is_space(line[at + length]) &&
        !rest.substr(0, length).ends_with(">:"))
      break;
    stamped = true;
    at += length;
    if (at < line.size() && line[at] == ' ') ++at;
    // Several numbers are set in columns.
    const size_t columns = line.find_first_not_of(' ', at);
    if (columns != line.npos && is_digit(line[columns]) && at > 0 && columns < at + 6 && part < 4)
      at = columns;
  }
  return at;
}

}  // namespace triage::retrieval::traces
