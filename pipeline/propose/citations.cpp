#include "pipeline/propose/citations.h"

#include <algorithm>
#include <array>
#include <optional>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/cited_places.h"
#include "pipeline/propose/lines.h"

namespace triage::propose {

// A cited place and what became of it.
struct CitationCheck::Place {
  CitedPlace cited;
  const File* file = nullptr;  // null: not looked up any more
  std::uint32_t start = 0;     // where it is, once corrected
  bool line_corrected = false;
  bool there() const {
    return file != nullptr && !file->path.empty() &&
           (line_corrected || cited.end <= file->lines.size());
  }
};

// Code in backticks, without them.
struct CitationCheck::Quote {
  size_t from = 0, to = 0;
  bool missing = false;
};

// Replacements in a line, put in from the end so that offsets stay right.
class CitationCheck::Patches {
 public:
  void add(size_t from, size_t to, std::string text) {
    all_.push_back({from, to, std::move(text)});
  }
  std::string applied(std::string_view line) {
    std::string out(line);
    std::ranges::stable_sort(all_, [](const Patch& a, const Patch& b) { return a.from > b.from; });
    for (const Patch& patch : all_) out.replace(patch.from, patch.to - patch.from, patch.text);
    return out;
  }

 private:
  struct Patch {
    size_t from, to;
    std::string text;
  };
  std::vector<Patch> all_;
};

namespace {

constexpr size_t kMaxLookups = 200;  // looked up in one draft
constexpr size_t kMaxFound = 20;
constexpr size_t kMaxLine = 200;
constexpr size_t kMaxGap = 100;  // between a quote and the place it is from
constexpr size_t kMinQuote = 8;
constexpr size_t kMaxBlock = 60;  // lines
constexpr std::string_view kNotChecked = " (not checked)";

// White space as one blank: models re-indent what they quote.
std::string collapsed(std::string_view text) {
  std::string out;
  for (const char c : trim(text)) {
    const bool blank = c == ' ' || c == '\t';
    if (!blank || !out.ends_with(' ')) out += blank ? ' ' : c;
  }
  return out;
}

// "KeyError: 'x'" and "$ make test" stand in backticks, too, and are no lines of a file.
bool is_line_of_code(std::string_view text) {
  static constexpr auto kWords = std::to_array<std::string_view>(
      {"return ", "if ", "for ", "while ", "raise ", "throw ", "def ", "class ", "import ", "from ",
       "else ", "elif ", "const ", "let ", "var ", "func ", "fn ", "public ", "private "});
  static constexpr auto kCommands = std::to_array<std::string_view>(
      {"$ ", "git ", "pip ", "npm ", "npx ", "python", "pytest", "make ", "curl ", "cargo ", "go ",
       "docker ", "sudo ", "GET ", "POST ", "PUT ", "DELETE ", "HTTP"});
  if (text.size() < kMinQuote || text.size() > kMaxLine || text.find(' ') == std::string_view::npos)
    return false;
  const auto begins = [&](std::string_view start) { return text.starts_with(start); };
  if (std::ranges::any_of(kCommands, begins)) return false;
  const std::string_view first = text.substr(0, text.find_first_of(": "));
  if (first.ends_with("Error") || first.ends_with("Exception") || first.ends_with("Warning"))
    return false;
  return text.find_first_of("=(){}[];") != std::string_view::npos ||
         std::ranges::any_of(kWords, begins);
}

// The line of the file, nearest to `near`, in which the quote stands; 0: none.
std::uint32_t line_with(const std::vector<std::string_view>& lines, std::string_view quote,
                        std::uint32_t near) {
  const std::string wanted = collapsed(trim(quote, " \t."));
  std::uint32_t best = 0;
  const auto distance = [&](std::uint32_t n) { return n > near ? n - near : near - n; };
  for (std::uint32_t n = 1; n <= lines.size(); ++n) {
    if (collapsed(lines[n - 1]).find(wanted) == std::string::npos) continue;
    if (best == 0 || distance(n) < distance(best)) best = n;
  }
  return best;
}

// "> 88  total = 0", "88 | total = 0", "88: total = 0" → the line itself.
std::string_view without_number(std::string_view line) {
  const std::string_view text = trim(line, " \t>");
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0 || digits > 6 || digits == text.size()) return line;
  return std::string_view(" |:\t").find(text[digits]) == std::string_view::npos
             ? line
             : trim(text.substr(digits), " \t|:");
}

bool says_code(std::string_view line) {
  const auto letters = std::ranges::count_if(line, is_word_char);
  return letters >= 3 && !trim(line).starts_with("...") &&
         trim(line).find("…") == std::string_view::npos;
}

// Behind a citation and the quote or backtick that closes around it.
size_t after(std::string_view line, size_t at) {
  return at < line.size() && (line[at] == '`' || line[at] == '"') ? at + 1 : at;
}

}  // namespace

std::string folded(std::string_view text) {
  static constexpr auto kPlain =
      std::to_array<std::pair<std::string_view, char>>({{"“", '"'},
                                                        {"”", '"'},
                                                        {"„", '"'},
                                                        {"‘", '\''},
                                                        {"’", '\''},
                                                        {"–", '-'},
                                                        {"—", '-'},
                                                        {"\xC2\xA0", ' '}});
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const auto plain = std::ranges::find_if(
        kPlain, [&](const auto& p) { return text.substr(i).starts_with(p.first); });
    char c = text[i];
    if (plain != kPlain.end()) c = plain->second;
    i += plain == kPlain.end() ? 1 : plain->first.size();
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
    if (c == ' ' && (out.empty() || out.back() == ' ')) continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

CitationCheck::CitationCheck(const CodeAtCommit& code, std::string_view ticket)
    : code_(code), ticket_(folded(ticket)), paths_(code.paths.begin(), code.paths.end()) {}

std::string CitationCheck::resolved(const std::string& cited) const {
  std::string path = cited;
  std::ranges::replace(path, '\\', '/');
  while (path.starts_with("./")) path.erase(0, 2);
  if (paths_.contains(path)) return path;
  for (size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    std::string part = path.substr(slash + 1);
    if (paths_.contains(part)) return part;
  }
  std::string only;  // a name without its folder, where one file has it
  for (const std::string& known : code_.paths) {
    const bool ends = known.size() > path.size() && known.ends_with(path) &&
                      known[known.size() - path.size() - 1] == '/';
    if (!ends) continue;
    if (!only.empty()) return "";
    only = known;
  }
  return only;
}

const CitationCheck::File& CitationCheck::file(const std::string& cited) {
  const auto known = files_.find(cited);
  if (known != files_.end()) return known->second;
  File& file = files_[cited];
  file.path = resolved(cited);
  auto content = file.path.empty() ? std::nullopt : code_.read(file.path);
  if (!content) {
    file.path.clear();
    return file;
  }
  file.content = std::move(*content);
  file.lines = split_lines(file.content);
  return file;
}

void CitationCheck::remember(const File& file, std::uint32_t start, std::uint32_t end) {
  const bool known = std::ranges::any_of(
      found_, [&](const Evidence& e) { return e.path == file.path && e.start == start; });
  if (known || found_.size() >= kMaxFound) return;
  found_.push_back({"code", file.path, start, end, code_.commit,
                    repair_utf8(truncate_utf8(trim(file.lines[start - 1]), kMaxLine))});
}

void CitationCheck::miss(std::string_view what) {
  std::string text = repair_utf8(truncate_utf8(what, kMaxLine));
  if (std::ranges::find(missing_, text) == missing_.end()) missing_.push_back(std::move(text));
}

bool CitationCheck::check(Evidence& place) {
  const File& cited = file(place.path);
  if (cited.path.empty() || place.start == 0 ||
      std::max(place.start, place.end) > cited.lines.size()) {
    miss(place.path + (place.start > 0 ? ":" + std::to_string(place.start) : ""));
    return false;
  }
  place.path = cited.path;
  place.end = std::max(place.start, place.end);
  place.commit = code_.commit;
  place.text = repair_utf8(truncate_utf8(trim(cited.lines[place.start - 1]), kMaxLine));
  remember(cited, place.start, place.end);
  return true;
}

std::vector<CitationCheck::Place> CitationCheck::places_in(std::string_view line) {
  std::vector<Place> out;
  const auto is_file = [&](std::string_view name) { return paths_.contains(name); };
  for (CitedPlace& cited : cited_places(line, is_file)) {
    Place place;
    if (++looked_up_ <= kMaxLookups) place.file = &file(cited.path);
    place.start = cited.start;
    place.cited = std::move(cited);
    out.push_back(std::move(place));
  }
  return out;
}

// Each quote belongs to the nearest place in the same sentence, if there is one.
void CitationCheck::check_quotes(std::string_view line, std::vector<Place>& places,
                                 std::vector<Quote>& quotes) {
  for (Quote& quote : quotes) {
    const std::string_view text = line.substr(quote.from, quote.to - quote.from);
    Place* nearest = nullptr;
    size_t gap = kMaxGap;
    for (Place& place : places) {
      const bool behind = place.cited.from >= quote.to;
      if (!behind && place.cited.to > quote.from) continue;
      const size_t from = behind ? quote.to : place.cited.to;
      const size_t size = behind ? place.cited.from - quote.to : quote.from - place.cited.to;
      if (size >= gap || line.substr(from, size).find(". ") != std::string_view::npos) continue;
      gap = size;
      nearest = &place;
    }
    if (nearest == nullptr || nearest->file == nullptr || nearest->file->path.empty()) continue;
    if (ticket_.find(folded(text)) != std::string::npos) continue;
    const CitedPlace& cited = nearest->cited;
    const std::uint32_t at = line_with(nearest->file->lines, text, cited.start);
    quote.missing = at == 0;
    const bool inside = at >= cited.start && at <= cited.end;
    if (at == 0 || inside || nearest->line_corrected) continue;
    nearest->line_corrected = true;
    nearest->start = at;
  }
}

std::vector<CitationCheck::Quote> CitationCheck::quotes_in(std::string_view line,
                                                           const std::vector<Place>& places) {
  std::vector<Quote> out;
  for (size_t open = line.find('`'); open != std::string_view::npos;) {
    const size_t close = line.find('`', open + 1);
    if (close == std::string_view::npos) break;
    const Quote quote{open + 1, close, false};
    const bool cites = std::ranges::any_of(places, [&](const Place& p) {
      return p.cited.path_from >= quote.from && p.cited.path_to <= quote.to;
    });
    if (!cites && is_line_of_code(line.substr(quote.from, close - quote.from)))
      out.push_back(quote);
    open = line.find('`', close + 1);
  }
  return out;
}

void CitationCheck::judge(const Place& place, std::string_view line, Patches& patches) {
  const CitedPlace& cited = place.cited;
  const size_t end = after(line, cited.to);
  if (!place.there()) {
    miss(line.substr(cited.from, cited.to - cited.from));
    patches.add(end, end, std::string(place.file == nullptr ? kNotChecked : kNotInCode));
    return;
  }
  const bool moved = place.file->path != cited.path;
  remember(*place.file, place.start, place.line_corrected ? place.start : cited.end);
  if (moved) patches.add(cited.path_from, cited.path_to, place.file->path);
  if (place.line_corrected)
    patches.add(cited.line_from, cited.line_to, std::to_string(place.start));
  if (moved && place.line_corrected) {
    patches.add(end, end, " (path and line corrected)");
  } else if (moved || place.line_corrected) {
    patches.add(end, end, moved ? " (path corrected)" : " (line corrected)");
  }
}

std::string CitationCheck::checked_line(std::string_view line, Quotes quotes) {
  std::vector<Place> places = places_in(line);
  if (places.empty()) return std::string(line);
  std::vector<Quote> quoted;
  if (quotes == Quotes::check) quoted = quotes_in(line, places);
  check_quotes(line, places, quoted);
  Patches patches;
  for (const Place& place : places) judge(place, line, patches);
  for (const Quote& quote : quoted) {
    if (!quote.missing) continue;
    miss("`" + std::string(line.substr(quote.from, quote.to - quote.from)) + "`");
    patches.add(quote.to + 1, quote.to + 1, std::string(kNotInCode));
  }
  return patches.applied(line);
}

const CitationCheck::File* CitationCheck::file_of_block(std::string_view info,
                                                        std::string_view above) {
  if (lower_ascii(info).starts_with("diff")) return nullptr;
  for (const std::string_view text : {info, above}) {
    const std::vector<Place> places = places_in(text);
    if (!places.empty() && places.back().there()) return places.back().file;
    for (size_t at = 0; at < text.size();) {
      const size_t end = std::min(text.find_first_of(" \t`*:=", at), text.size());
      const std::string word(text.substr(at, end - at));
      if (paths_.contains(word)) return &file(word);
      at = end + 1;
    }
  }
  return nullptr;
}

// The lines of a fence that quotes a file, each with a mark where the file does not have it.
std::string CitationCheck::checked_block(const std::vector<std::string_view>& block,
                                         const File& file) {
  std::set<std::string, std::less<>> known;
  for (const std::string_view line : file.lines) known.insert(collapsed(line));
  std::string out;
  for (size_t i = 0; i < block.size(); ++i) {
    const std::string_view line = block[i];
    out += line;
    const bool there =
        known.contains(collapsed(line)) || known.contains(collapsed(without_number(line)));
    if (i < kMaxBlock && says_code(line) && !there) {
      out += kNotInCode;
      miss("`" + std::string(trim(without_number(line))) + "`");
    }
    out += '\n';
  }
  return out;
}

void CitationCheck::check(std::string& text, Quotes quotes) {
  if (text.empty()) return;
  std::string out;
  std::string_view above;
  const File* quoted = nullptr;  // the file that the open fence shows
  bool fenced = false;
  std::vector<std::string_view> block;
  const auto flush = [&] {
    if (quoted != nullptr) out += checked_block(block, *quoted);
    for (const std::string_view line : block) {
      if (quoted == nullptr) out.append(line).push_back('\n');
    }
    block.clear();
  };
  for (const std::string_view line : split_lines(text)) {
    const std::string_view words = trim(line);
    if (words.starts_with("```")) {
      if (fenced) flush();
      fenced = !fenced;
      quoted =
          fenced && quotes == Quotes::check ? file_of_block(trim(words, "` "), above) : nullptr;
      out.append(line).push_back('\n');
    } else if (fenced) {
      block.push_back(line);
    } else {
      out.append(checked_line(line, quotes)).push_back('\n');
      if (!words.empty()) above = words;
    }
  }
  flush();
  if (!text.ends_with('\n')) out.pop_back();
  text = std::move(out);
}

}  // namespace triage::propose
