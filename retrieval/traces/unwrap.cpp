// Undoes HTML, JSON and lost line ends. Each step looks for evidence of a trace first, so that
// a path such as C:\new\app or prose with a "#1" stays what it is.
#include <algorithm>
#include <array>

#include "retrieval/traces/scan_internal.h"
#include "retrieval/traces/unwrap_internal.h"

namespace triage::retrieval::traces {

namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr auto kEntities = std::to_array<Pair>({{"&lt;", "<"},
                                                {"&gt;", ">"},
                                                {"&quot;", "\""},
                                                {"&#34;", "\""},
                                                {"&#39;", "'"},
                                                {"&#039;", "'"},
                                                {"&#x27;", "'"},
                                                {"&apos;", "'"},
                                                {"&#96;", "`"},
                                                {"&#x60;", "`"},
                                                {"&nbsp;", " "},
                                                {"&#160;", " "},
                                                {"&amp;", "&"},
                                                {"\xC2\xA0", " "}});

constexpr auto kEscapes = std::to_array<Pair>({{"\\t", "\t"},
                                               {"\\\"", "\""},
                                               {"\\/", "/"},
                                               {"\\r", ""},
                                               {"\\u003c", "<"},
                                               {"\\u003e", ">"},
                                               {"\\u0026", "&"},
                                               {"\\u0027", "'"},
                                               {"\\u003C", "<"},
                                               {"\\u003E", ">"},
                                               {"\\\\", "\\"}});

// Replaces in one pass from left to right, never what it has written.
template <size_t N>
std::string replaced(std::string_view text, const std::array<Pair, N>& pairs) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const bool mark = text[i] == '&' || text[i] == '\\' || text[i] == '\xC2';
    const auto* pair =
        !mark ? nullptr : std::find_if(pairs.data(), pairs.data() + N, [&](const Pair& p) {
          return text.substr(i, p.first.size()) == p.first;
        });
    if (pair == nullptr || pair == pairs.data() + N) {
      out += text[i++];
      continue;
    }
    out += pair->second;
    i += pair->first.size();
  }
  return out;
}

size_t backslashes(std::string_view text, size_t at) {
  size_t count = 0;
  while (at + count < text.size() && text[at + count] == '\\') ++count;
  return count;
}

// How many backslashes stand before the "n" of an escaped line end that a trace goes on behind.
size_t escape_level(std::string_view line) {
  for (size_t at = line.find('\\'); at != line.npos; at = line.find('\\', at)) {
    const size_t level = backslashes(line, at);
    at += level;
    if (at >= line.size() || line[at] != 'n' || level > 3) continue;
    std::string_view rest = line.substr(at + 1);
    const bool tab = rest.substr(backslashes(rest, 0)).starts_with('t') && rest.starts_with('\\');
    for (const std::string_view start :
         {"  ", "at ", "File \"", "from ", "#0 ", "#1 ", "Caused by: "}) {
      if (tab || rest.starts_with(start)) return level;
    }
  }
  return 0;
}

// The end of the string that `text` is inside of: a quote with fewer backslashes than the level.
size_t closing_quote(std::string_view text, size_t level) {
  for (size_t i = 0, escapes = 0; i < text.size(); ++i) {
    if (text[i] == '"' && escapes < level) return i;
    escapes = text[i] == '\\' ? escapes + 1 : 0;
  }
  return text.size();
}

size_t last_quote(std::string_view text, size_t level) {
  size_t last = 0;
  for (size_t i = 0, escapes = 0; i < text.size(); ++i) {
    if (text[i] == '"' && escapes < level) last = i + 1;
    escapes = text[i] == '\\' ? escapes + 1 : 0;
  }
  return last;
}

std::string unescaped(std::string_view text, size_t level) {
  std::string out(text);
  for (size_t i = 0; i < level; ++i) out = replaced(out, kEscapes);
  return out;
}

std::vector<std::string> split_escaped(std::string_view line) {
  const size_t level = escape_level(line);
  if (level == 0) return {};
  std::vector<std::string_view> parts;
  size_t begin = 0;
  for (size_t at = line.find('\\'); at != line.npos; at = line.find('\\', at)) {
    const size_t count = backslashes(line, at);
    at += count;
    if (count != level || at >= line.size() || line[at] != 'n') continue;
    parts.push_back(line.substr(begin, at - count - begin));
    begin = at + 1;
  }
  parts.push_back(line.substr(begin));
  parts.front().remove_prefix(last_quote(parts.front(), level));
  parts.back() = parts.back().substr(0, closing_quote(parts.back(), level));
  std::vector<std::string> out;
  for (const std::string_view part : parts) out.push_back(unescaped(part, level));
  return out;
}

// One line of a trace in a logger's or docker's object: {"log":"  File …\n","stream":"stderr"}.
std::vector<std::string> json_value(std::string_view line) {
  if (!line.starts_with("{\"") || !trim(line).ends_with('}')) return {};
  for (const std::string_view key : {"\"log\":\"", "\"msg\":\"", "\"message\":\""}) {
    const size_t at = line.find(key);
    if (at == line.npos) continue;
    std::string_view value = line.substr(at + key.size());
    value = value.substr(0, closing_quote(value, 1));
    if (value.ends_with("\\n")) value.remove_suffix(2);
    return {unescaped(value, 1)};
  }
  return {};
}

// Splits before every `mark` that `is_start` accepts what follows.
template <class IsStart>
std::vector<std::string> split_before(std::string_view line, std::string_view mark,
                                      IsStart is_start) {
  std::vector<std::string> out;
  size_t begin = 0;
  for (size_t at = line.find(mark); at != line.npos; at = line.find(mark, at + 1)) {
    if (!is_start(line.substr(at + mark.size()))) continue;
    out.emplace_back(line.substr(begin, at - begin));
    begin = at + 1;
  }
  out.emplace_back(line.substr(begin));
  return out;
}

// "File "a.py", line 1, in f code(x) File …": the last frame's code is followed by the error.
std::vector<std::string> split_python(std::string_view line) {
  if (line.find("Traceback (most recent call last)") == line.npos) return {};
  auto parts = split_before(line, " File \"", [](std::string_view rest) {
    return rest.substr(0, 400).find("\", line ") != rest.npos;
  });
  if (parts.size() < 2) return {};
  const std::string last = parts.back();
  for (size_t at = last.rfind(": "); at != std::string::npos && at > 0;
       at = last.rfind(": ", at - 1)) {
    const size_t space = last.rfind(' ', at - 1);
    if (space == std::string::npos) break;
    if (!is_error_name(std::string_view(last).substr(space + 1, at - space - 1))) continue;
    parts.back() = last.substr(0, space);
    parts.push_back(last.substr(space + 1));
    break;
  }
  return parts;
}

// " at a.b(C.java:1) at d.e(F.java:2)": at least two, each one word with a place in parentheses.
std::vector<std::string> split_at_frames(std::string_view line) {
  if (line.find('(') == line.npos || line.find(" at ") == line.npos) return {};
  auto parts = split_before(line, " at ", [](std::string_view rest) {
    const std::string_view word =
        rest.substr(0, std::min({rest.find(" at "), rest.size(), size_t{400}}));
    const size_t close = word.find(')');
    const size_t open = word.find('(');
    return close != word.npos && open < close &&
           word.substr(open, close - open).find(':') != word.npos;
  });
  return parts.size() < 3 ? std::vector<std::string>() : parts;
}

// "#0 a.php(1): f() #1 b.php(2): g() #2 {main}"
std::vector<std::string> split_numbered(std::string_view line) {
  if (line.find("#0 ") == line.npos || line.find(" #1 ") == line.npos) return {};
  std::uint32_t next = 0;
  auto parts = split_before(line, " #", [&](std::string_view rest) {
    const auto number = take_number(rest);
    if (!number || !rest.starts_with(' ') || (*number != next && *number != 1)) return false;
    next = *number + 1;
    return true;
  });
  return parts.size() < 2 ? std::vector<std::string>() : parts;
}

}  // namespace

std::optional<std::string> without_entities(std::string_view line) {
  const bool html = line.find('&') != line.npos && line.find(';') != line.npos;
  if (!html && line.find("\xC2\xA0") == line.npos) return std::nullopt;
  return replaced(line, kEntities);
}

std::vector<std::string> split_wrapped(std::string_view line) {
  if (line.find('\\') != line.npos) {
    if (auto parts = split_escaped(line); !parts.empty()) return parts;
  }
  if (auto value = json_value(line); !value.empty()) return value;
  if (line.find("<br") != line.npos) {
    auto parts = split_before(line, "<br", [](std::string_view rest) {
      return trim(rest).starts_with('>') || trim(rest).starts_with("/>");
    });
    for (size_t i = 1; i < parts.size(); ++i) parts[i].erase(0, parts[i].find('>') + 1);
    if (parts.size() > 1) return parts;
  }
  // A line that short holds no two frames.
  if (line.size() < 40) return {};
  for (const auto split : {split_python, split_at_frames, split_numbered}) {
    if (auto parts = split(line); !parts.empty()) return parts;
  }
  return {};
}

}  // namespace triage::retrieval::traces
