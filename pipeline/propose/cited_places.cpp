#include "pipeline/propose/cited_places.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "pipeline/propose/lines.h"

namespace triage::propose {
namespace {

constexpr size_t kMaxPath = 300;

constexpr auto kEndings = std::to_array<std::string_view>(
    {"c",    "cc",  "cfg", "clj",   "cpp",    "cs",     "css",    "cxx",   "dart", "erl",
     "ex",   "exs", "fs",  "go",    "gradle", "groovy", "h",      "hh",    "hpp",  "hs",
     "html", "hxx", "ini", "java",  "jl",     "js",     "json",   "jsx",   "kt",   "lua",
     "md",   "mjs", "ml",  "mm",    "php",    "pl",     "pm",     "proto", "py",   "r",
     "rb",   "rs",  "rst", "scala", "sh",     "sql",    "svelte", "swift", "toml", "ts",
     "tsx",  "txt", "vue", "xml",   "yaml",   "yml"});

bool is_path_char(char c) {
  return is_word_char(c) || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("./\\-+@").find(c) != std::string_view::npos;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Typographic quotes and dashes as blanks, at the same offsets: letters beyond ASCII stay.
std::string without_punctuation(std::string_view line) {
  std::string plain(line);
  for (size_t i = 0; i + 2 < plain.size(); ++i) {
    if (plain[i] == '\xE2' && plain[i + 1] == '\x80') plain.replace(i, 3, "   ");
  }
  return plain;
}

// The lines behind or before a path.
struct Lines {
  std::uint32_t start = 0, end = 0;
  size_t from = 0, to = 0;  // of the digits
  size_t past = 0;          // behind the whole
};

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  // Digits at `at`, and a second number where a dash or "to" joins one.
  std::optional<Lines> numbers(size_t at) const {
    Lines lines;
    lines.from = at;
    lines.to = number(at, lines.start);
    if (lines.to == at || lines.start == 0) return std::nullopt;
    lines.end = lines.start;
    for (const std::string_view joint : {"-L", "–L", "-", "–", " to ", ",", " and "}) {
      if (!text_.substr(lines.to).starts_with(joint)) continue;
      std::uint32_t last = 0;
      const size_t end = number(lines.to + joint.size(), last);
      if (end > lines.to + joint.size() && last >= lines.start) lines.end = last, lines.to = end;
      break;
    }
    lines.past = lines.to;
    return lines;
  }

  std::optional<Lines> behind(size_t at) const {
    const std::string_view rest = text_.substr(at);
    for (const std::string_view mark : {":L", ":", "#L", "#"}) {
      if (!rest.starts_with(mark)) continue;
      auto lines = numbers(at + mark.size());
      return lines ? with_column(*lines) : lines;
    }
    if (rest.starts_with('(')) {
      auto lines = numbers(at + 1);
      if (!lines || text_.substr(lines->to, 1) != ")") return std::nullopt;
      lines->past = lines->to + 1;
      return lines;
    }
    return in_words(at);
  }

  // "line 12 of `" before the path.
  std::optional<Lines> before(size_t path_from) const {
    constexpr size_t kMost = 40;
    const size_t from = path_from - std::min(path_from, kMost);
    const std::string words = lower_ascii(text_.substr(from, path_from - from));
    const size_t at = words.rfind("line");
    if (at == std::string::npos) return std::nullopt;
    const size_t digits = words.find_first_of("0123456789", at);
    const bool near = digits != std::string::npos && digits <= at + 6;
    if (!near) return std::nullopt;
    auto lines = numbers(from + digits);
    if (!lines || lines->to > path_from) return std::nullopt;
    const std::string_view between = trim(text_.substr(lines->to, path_from - lines->to), " `\"'");
    if (between != "of" && between != "in") return std::nullopt;
    lines->past = from + at;
    return lines;
  }

 private:
  size_t number(size_t at, std::uint32_t& value) const {
    if (at >= text_.size() || !is_digit(text_[at])) return at;
    const auto read = std::from_chars(text_.data() + at, text_.data() + text_.size(), value);
    if (read.ec != std::errc()) value = 4'000'000'000;  // no file has that line
    return static_cast<size_t>(read.ptr - text_.data());
  }

  // "a.py:12:5": the column belongs to the citation.
  Lines with_column(Lines lines) const {
    if (text_.substr(lines.to, 1) != ":" || lines.to + 1 >= text_.size() ||
        !is_digit(text_[lines.to + 1]))
      return lines;
    size_t end = lines.to + 1;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    lines.past = end;
    return lines;
  }

  // "`shop/a.py`, line 12", "shop/a.py at lines 12-14".
  std::optional<Lines> in_words(size_t at) const {
    while (at < text_.size() &&
           std::string_view("`\"'*,").find(text_[at]) != std::string_view::npos)
      ++at;
    const std::string words = lower_ascii(text_.substr(at, 24));
    for (const std::string_view start :
         {" line ", " lines ", " at line ", " at lines ", " on line ", " on lines ", " (line ",
          " (lines ", " l. "}) {
      if (words.starts_with(start)) return numbers(at + start.size());
    }
    return std::nullopt;
  }

  std::string_view text_;
};

std::string_view name_of(std::string_view path) {
  const size_t slash = path.find_last_of("/\\");
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool could_be_file(std::string_view path, const std::function<bool(std::string_view)>& is_file) {
  if (path.size() > kMaxPath || path.find_first_not_of("0123456789.") == std::string_view::npos)
    return false;
  const std::string_view name = name_of(path);
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot + 1 == name.size() || name.size() == 1)
    return is_file(path);
  const std::string ending = lower_ascii(name.substr(dot + 1));
  if (std::ranges::find(kEndings, ending) != kEndings.end()) return true;
  // "db.internal:5432" is a host; with a folder before it, it is a file that we don't know.
  const bool word =
      ending.size() <= 8 && std::ranges::all_of(ending, is_word_char) && !is_digit(ending.front());
  return is_file(path) || (word && name.size() < path.size());
}

}  // namespace

std::vector<CitedPlace> cited_places(std::string_view line,
                                     const std::function<bool(std::string_view)>& is_file) {
  std::vector<CitedPlace> out;
  const Scanner scanner(line);
  const std::string plain = without_punctuation(line);
  for (size_t at = 0; at < plain.size();) {
    if (!is_path_char(plain[at])) {
      ++at;
      continue;
    }
    size_t from = at;
    while (at < plain.size() && is_path_char(plain[at])) ++at;
    size_t to = at;
    while (to > from && (line[to - 1] == '.' || line[to - 1] == '-')) --to;
    const bool after_colon = from > 0 && line[from - 1] == ':';
    if (after_colon && line.substr(from).starts_with("//")) {  // an address
      at = std::min(line.find_first_of(" \t)>\"'`", from), line.size());
      continue;
    }
    const bool drive = after_colon && from > 1 && line[from] == '\\' &&
                       std::isalpha(static_cast<unsigned char>(line[from - 2])) != 0;
    if (drive) from -= 2;
    const std::string_view path = line.substr(from, to - from);
    if (!could_be_file(path, is_file)) continue;
    auto lines = to == at ? scanner.behind(to) : std::nullopt;
    const bool first = out.empty() || out.back().to <= from;
    const auto said = lines || !first ? std::nullopt : scanner.before(from);
    if (!lines && !said) continue;
    const Lines& found = lines ? *lines : *said;
    out.push_back({std::string(path), found.start, found.end, lines ? from : said->past,
                   lines ? found.past : to, from, to, found.from, found.to});
    at = std::max(at, out.back().to);
  }
  return out;
}

}  // namespace triage::propose
