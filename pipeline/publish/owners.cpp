#include "pipeline/publish/owners.h"

#include <algorithm>
#include <array>
#include <map>

namespace triage::publish {
namespace {

constexpr std::size_t kLargest = 3U << 20U, kMostRules = 20'000;

bool is_owner(std::string_view word) {
  const std::size_t at = word.find('@');
  const bool plain = std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("@._-+/").find(c) != std::string_view::npos;
  });
  return plain && word.size() > 1 && word.size() <= 200 && at != std::string_view::npos &&
         at + 1 < word.size() && word.find('@', at + 1) == std::string_view::npos;
}

// Words with "\ " as a blank and "\#" as a number sign; what follows " #" is a comment.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  for (std::size_t i = 0; i <= line.size(); ++i) {
    const char c = i < line.size() ? line[i] : ' ';
    if (c == '\\' && i + 1 < line.size()) {
      word += line[++i];
    } else if (c == '#' && word.empty()) {
      break;
    } else if (c != ' ' && c != '\t' && c != '\r') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  return words;
}

std::vector<std::string> owners_in(const std::vector<std::string>& words, std::size_t from) {
  std::vector<std::string> owners;
  for (std::size_t i = from; i < words.size(); ++i) {
    if (is_owner(words[i])) owners.push_back(words[i]);
  }
  return owners;
}

// "[Section name][2] @default", "^[Optional]"; empty: it is no section.
std::optional<std::pair<std::string, std::string_view>> section_of(std::string_view line) {
  if (line.starts_with('^')) line.remove_prefix(1);
  const std::size_t end = line.find(']');
  if (!line.starts_with('[') || end == std::string_view::npos) return std::nullopt;
  std::string name(line.substr(1, end - 1));
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  line.remove_prefix(end + 1);
  if (line.starts_with('[')) line.remove_prefix(std::min(line.find(']') + 1, line.size()));
  return std::pair(std::move(name), line);
}

}  // namespace

bool matches_owner_pattern(std::string_view pattern, std::string_view path) {
  const bool below_only = pattern.ends_with('/');
  if (below_only) pattern.remove_suffix(1);
  const bool anchored = pattern.find('/') != std::string_view::npos;
  if (pattern.starts_with('/')) pattern.remove_prefix(1);
  std::string glob = anchored || pattern.starts_with("**/") ? "" : "**/";
  glob += pattern;
  // A last "*" means the files of that folder; any other name means what is below it, too.
  const bool may_be_folder = !glob.ends_with('*') || glob == "**/*";

  std::vector<bool> reached(path.size() + 1, false);
  reached[0] = true;
  for (std::size_t p = 0; p < glob.size(); ++p) {
    std::vector<bool> next(path.size() + 1, false);
    const bool any_folders = glob.compare(p, 3, "**/") == 0;
    const bool anything = glob.compare(p, 2, "**") == 0;
    bool earlier = false;
    for (std::size_t i = 0; i <= path.size(); ++i) {
      if (any_folders) {
        next[i] = reached[i] || (earlier && path[i - 1] == '/');
        earlier = earlier || reached[i];
      } else if (anything) {
        next[i] = reached[i] || (i > 0 && next[i - 1]);
      } else if (glob[p] == '*') {
        next[i] = reached[i] || (i > 0 && next[i - 1] && path[i - 1] != '/');
      } else if (i > 0 && reached[i - 1]) {
        next[i] = glob[p] == path[i - 1] || (glob[p] == '?' && path[i - 1] != '/');
      }
    }
    p += any_folders ? 2 : anything ? 1 : 0;
    reached = std::move(next);
  }
  if (reached.back()) return !below_only;
  if (!may_be_folder && !below_only) return false;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '/' && reached[i]) return true;
  }
  return false;
}

CodeOwners CodeOwners::parse(std::string_view text) {
  CodeOwners out;
  out.sections_.emplace_back();
  std::map<std::string, std::size_t> names;  // of sections; one name twice is one section
  std::vector<std::string> defaults;
  std::size_t current = 0, rules = 0;
  text = text.substr(0, kLargest);
  while (!text.empty() && rules < kMostRules) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
    if (line.empty() || line.starts_with('#')) continue;
    if (const auto section = section_of(line)) {
      const auto [known, added] = names.try_emplace(section->first, out.sections_.size());
      if (added) out.sections_.emplace_back();
      current = known->second;
      defaults = owners_in(words_of(section->second), 0);
      continue;
    }
    Rule rule;
    rule.excludes = line.starts_with('!');
    if (rule.excludes) line.remove_prefix(1);
    const std::vector<std::string> words = words_of(line);
    if (words.empty()) continue;
    rule.pattern = words[0];
    rule.owners = owners_in(words, 1);
    if (words.size() == 1) rule.owners = defaults;
    out.sections_[current].push_back(std::move(rule));
    ++rules;
  }
  return out;
}

std::vector<std::string> CodeOwners::of(std::string_view path) const {
  std::vector<std::string> owners;
  for (const Section& section : sections_) {
    const auto matches = [&](const Rule& rule) { return matches_owner_pattern(rule.pattern, path); };
    const auto last = std::ranges::find_if(section.rbegin(), section.rend(), matches);
    const bool excluded = std::ranges::any_of(
        section, [&](const Rule& rule) { return rule.excludes && matches(rule); });
    if (last == section.rend() || excluded) continue;
    for (const std::string& owner : last->owners) {
      if (std::ranges::find(owners, owner) == owners.end()) owners.push_back(owner);
    }
  }
  return owners;
}

std::optional<std::string> read_codeowners(
    const std::function<std::optional<std::string>(std::string_view path)>& read) {
  static constexpr std::array<std::string_view, 4> kPaths{".github/CODEOWNERS", "CODEOWNERS",
                                                          "docs/CODEOWNERS", ".gitlab/CODEOWNERS"};
  for (const std::string_view path : kPaths) {
    if (auto text = read(path)) return text;
  }
  return std::nullopt;
}

std::vector<std::string> owners_of(const CodeOwners& owners, const std::vector<std::string>& paths,
                                   std::size_t most) {
  std::vector<std::pair<std::string, std::size_t>> counts;
  for (const std::string& path : paths) {
    for (std::string& owner : owners.of(path)) {
      const auto known = std::ranges::find(counts, owner, &std::pair<std::string, std::size_t>::first);
      if (known == counts.end()) {
        counts.emplace_back(std::move(owner), 1);
      } else {
        ++known->second;
      }
    }
  }
  std::ranges::stable_sort(counts, [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::string> out;
  for (std::size_t i = 0; i < counts.size() && i < most; ++i) out.push_back(counts[i].first);
  return out;
}

}  // namespace triage::publish
