#include "retrieval/attributes_internal.h"

#include <algorithm>
#include <array>

#include "retrieval/tokens_internal.h"

namespace triage::retrieval {

namespace {

constexpr size_t kMostRules = 20'000;
constexpr size_t kLongestPattern = 512;
constexpr size_t kMostSteps = 100'000;  // of one match; a pattern of many stars is cut short

std::string_view take_word(std::string_view& text) {
  constexpr std::string_view kBlank = " \t\r";
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  const size_t end = std::min(text.find_first_of(kBlank), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

// The first word of a line, which may be quoted as in C.
std::string take_pattern(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  if (!text.starts_with('"')) return std::string(take_word(text));
  std::string pattern;
  size_t i = 1;
  for (; i < text.size() && text[i] != '"'; ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    pattern += text[i];
  }
  text.remove_prefix(std::min(i + 1, text.size()));
  return pattern;
}

// The end of the set that begins at pattern[i], and whether it holds the character.
size_t match_set(std::string_view pattern, size_t i, char c, bool& holds) {
  size_t j = i + 1;
  const bool negated = j < pattern.size() && (pattern[j] == '!' || pattern[j] == '^');
  if (negated) ++j;
  bool found = false;
  for (const size_t first = j; j < pattern.size() && (pattern[j] != ']' || j == first); ++j) {
    if (pattern[j] == '\\' && j + 1 < pattern.size()) ++j;
    const char from = pattern[j];
    char to = from;
    if (j + 2 < pattern.size() && pattern[j + 1] == '-' && pattern[j + 2] != ']') {
      to = pattern[j + 2];
      j += 2;
    }
    found = found || (from <= c && c <= to);
  }
  if (j >= pattern.size()) return i;  // never closed: an ordinary bracket
  holds = found != negated && c != '/';
  return j + 1;
}

}  // namespace

// Without recursion: the last star within a component and the last one across them are returned to.
bool matches_glob(std::string_view pattern, std::string_view path) {
  constexpr size_t kNone = std::string_view::npos;
  size_t p = 0, t = 0, star = kNone, star_at = 0, deep = kNone, deep_at = 0, steps = 0;
  while (t < path.size() || p < pattern.size()) {
    if (++steps > kMostSteps) return false;
    if (p < pattern.size()) {
      const char c = pattern[p];
      const bool starts = p == 0 || pattern[p - 1] == '/';
      if (starts && pattern.substr(p, 3) == "**/") {
        deep = p;
        deep_at = t;
        star = kNone;
        p += 3;
        continue;
      }
      if (starts && pattern.substr(p) == "**") return t < path.size();
      if (c == '*') {
        while (p < pattern.size() && pattern[p] == '*') ++p;
        star = p;
        star_at = t;
        continue;
      }
      if (t < path.size()) {
        bool holds = false;
        const size_t set = c == '[' ? match_set(pattern, p, path[t], holds) : p;
        const size_t escaped = c == '\\' && p + 1 < pattern.size() ? 1 : 0;
        if (set > p ? holds : c == '?' ? path[t] != '/' : pattern[p + escaped] == path[t]) {
          p = set > p ? set : p + 1 + escaped;
          ++t;
          continue;
        }
      }
    }
    if (star != kNone && star_at < path.size() && path[star_at] != '/') {
      p = star;
      t = ++star_at;
    } else if (deep != kNone && path.find('/', deep_at) != kNone) {
      deep_at = path.find('/', deep_at) + 1;
      t = deep_at;
      p = deep + 3;
      star = kNone;
    } else {
      return false;
    }
  }
  return true;
}

Attributes::Attributes(const std::vector<File>& files) {
  std::vector<File> sorted(files);
  // Deeper ones later, so that they win.
  std::ranges::stable_sort(sorted, {}, [](const File& file) {
    return std::ranges::count(file.path, '/');
  });
  for (const File& file : sorted)
    read(file.path.substr(0, file.path.size() - file_name(file.path).size()), file.content);
}

void Attributes::read(std::string_view directory, std::string_view content) {
  while (!content.empty() && rules_.size() < kMostRules) {
    const size_t end = std::min(content.find('\n'), content.size());
    read_line(directory, content.substr(0, end));
    content.remove_prefix(std::min(end + 1, content.size()));
  }
}

void Attributes::read_line(std::string_view directory, std::string_view line) {
  constexpr std::array<std::pair<std::string_view, Name>, 6> kNames{
      {{"linguist-generated", Name::generated},
       {"linguist-vendored", Name::vendored},
       {"linguist-documentation", Name::documentation},
       {"linguist-language", Name::language},
       {"binary", Name::binary},
       {"diff", Name::binary}}};
  std::string pattern = take_pattern(line);
  // git allows neither negated patterns nor ones for directories here.
  if (pattern.empty() || pattern.size() > kLongestPattern || pattern.starts_with('#') ||
      pattern.starts_with('!') || pattern.starts_with("[attr]") || pattern.ends_with('/'))
    return;
  const bool anchored = pattern.find('/') != std::string::npos;
  if (pattern.front() == '/') pattern.erase(0, 1);
  for (std::string_view word = take_word(line); !word.empty(); word = take_word(line)) {
    Rule rule{std::string(directory), pattern, anchored, Name::generated, '+', {}};
    if (word.front() == '-' || word.front() == '!') {
      rule.state = word.front();
      word.remove_prefix(1);
    }
    if (const size_t equals = word.find('='); equals != std::string_view::npos) {
      rule.state = '=';
      rule.value = std::string(word.substr(equals + 1));
      word = word.substr(0, equals);
    }
    const auto known = std::ranges::find(kNames, word, &std::pair<std::string_view, Name>::first);
    if (known == kNames.end()) continue;
    rule.name = known->second;
    if (word == "diff") rule.state = rule.state == '-' ? '+' : '-';  // "-diff" is what binary means
    rules_.push_back(std::move(rule));
  }
}

void Attributes::apply(const Rule& rule, Of& of) {
  std::optional<bool> value = rule.state == '+';
  if (rule.state == '!') value.reset();
  if (rule.state == '=') value = rule.value != "false" && rule.value != "0" && rule.value != "no";
  switch (rule.name) {
    case Name::generated: of.generated = value; break;
    case Name::vendored: of.vendored = value; break;
    case Name::documentation: of.documentation = value; break;
    case Name::binary: of.binary = value.value_or(false); break;
    case Name::language: of.language = rule.state == '=' ? rule.value : std::string(); break;
  }
}

Attributes::Of Attributes::of(std::string_view path) const {
  Of of;
  for (const Rule& rule : rules_) {
    if (!path.starts_with(rule.directory)) continue;
    const std::string_view inner = path.substr(rule.directory.size());
    if (matches_glob(rule.pattern, rule.anchored ? inner : file_name(inner))) apply(rule, of);
  }
  return of;
}

Role role_of(std::string_view path, const Attributes& attributes) {
  const Role own = role_of(path);
  if (attributes.empty()) return own;
  const Attributes::Of of = attributes.of(path);
  if (of.generated.value_or(false)) return Role::generated;
  if (of.vendored.value_or(false)) return Role::vendored;
  if (of.documentation.value_or(false)) return Role::documentation;
  const bool denied = (own == Role::generated && of.generated == false) ||
                      (own == Role::vendored && of.vendored == false) ||
                      (own == Role::documentation && of.documentation == false);
  return denied ? Role::source : own;
}

const Language& language_of(std::string_view path, const Attributes& attributes) {
  if (!attributes.empty()) {
    const std::string wanted = lower_ascii(attributes.of(path).language);
    for (const Language& language : languages()) {
      if (!wanted.empty() && language.name == wanted) return language;
    }
  }
  return language_of(path);
}

bool looks_generated(std::string_view content) {
  constexpr size_t kLooked = 2048;
  constexpr size_t kMostLines = 40;
  std::string head = lower_ascii(content.substr(0, kLooked));
  size_t end = 0;
  for (size_t line = 0; line < kMostLines && end != std::string::npos; ++line)
    end = head.find('\n', end == 0 ? 0 : end + 1);
  if (end != std::string::npos) head.resize(end);
  // The mark stands in a comment or a title; code that writes such a mark quotes it further down.
  constexpr std::array kMarks = std::to_array<std::string_view>(
      {"@generated", "<auto-generated", "do not edit", "autogenerated by", "auto-generated by",
       "automatically generated by", "this file was autogenerated", "this file is autogenerated",
       "this file was automatically generated", "this file is automatically generated",
       "this file was generated by", "this file is generated", "code generated by",
       "it is machine generated", "generated by the protocol buffer compiler",
       "generated by cython", "generated by antlr", "generated by peg.js", "generated by django",
       "generated by swagger", "made by gnu bison"});
  return std::ranges::any_of(kMarks, [&](std::string_view mark) {
    const size_t at = head.find(mark);
    if (at == std::string::npos) return false;
    const size_t begin = head.rfind('\n', at) == std::string::npos ? 0 : head.rfind('\n', at) + 1;
    const std::string_view before = std::string_view(head).substr(begin, at - begin);
    const bool in_string = before.find('"') != std::string_view::npos;
    if (mark != "do not edit") return !in_string;
    return !in_string && head.find("generated") != std::string::npos;
  });
}

}  // namespace triage::retrieval
