#include "pipeline/redact/scanner.h"

#include <re2/re2.h>

#include <algorithm>
#include <memory>
#include <string>

#include "pipeline/base/ascii.h"
#include "pipeline/redact/aho_corasick.h"

namespace triage::redact {
namespace {

struct CompiledRule {
  const Rule* rule;
  std::unique_ptr<RE2> pattern;
  bool has_group;
};

struct Compiled {
  std::vector<CompiledRule> rules;
  std::size_t secrets = 0;  // the first so many are secrets
  AhoCorasick keywords;
  std::vector<std::vector<std::size_t>> wanted_by;  // per keyword, the rules

  Compiled();
  void add(std::span<const Rule> rows);
};

void Compiled::add(std::span<const Rule> rows) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(32 << 20);
  for (const Rule& rule : rows) {
    auto pattern =
        std::make_unique<RE2>(re2::StringPiece(rule.pattern.data(), rule.pattern.size()), options);
    if (!pattern->ok()) continue;  // the table's test names it
    const bool has_group = pattern->NumberOfCapturingGroups() > 0;
    rules.push_back({&rule, std::move(pattern), has_group});
  }
}

Compiled::Compiled() {
  add(secret_rules());
  secrets = rules.size();
  add(personal_rules());
  std::vector<std::string> needles;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    for (const std::string_view keyword : rules[i].rule->keywords) {
      const auto found = std::find(needles.begin(), needles.end(), keyword);
      const auto at = static_cast<std::size_t>(found - needles.begin());
      if (found == needles.end()) {
        needles.emplace_back(keyword);
        wanted_by.emplace_back();
      }
      wanted_by[at].push_back(i);
    }
  }
  keywords = AhoCorasick(needles);
}

const Compiled& compiled() {
  static const Compiled kCompiled;
  return kCompiled;
}

// A stretch of text in which a rule's pattern runs.
struct Window {
  std::size_t start, end;
  std::size_t line_end;  // a further keyword before this adds nothing
};

// Far enough in front of a keyword for what may stand before it in a match that spans lines.
constexpr std::size_t kReachBack = 512;

// The line that holds `hit` and the next one, or as many bytes as the rule reaches over.
Window window_of(std::string_view text, std::size_t hit, std::size_t reach) {
  if (reach > 0) {
    const std::size_t end = std::min(text.size(), hit + reach);
    return {hit > kReachBack ? hit - kReachBack : 0, end, hit + 1};
  }
  const auto line_after = [&](std::size_t from) {
    const std::size_t newline = from < text.size() ? text.find('\n', from) : std::string_view::npos;
    return newline == std::string_view::npos ? text.size() : newline + 1;
  };
  const std::size_t before = hit == 0 ? std::string_view::npos : text.rfind('\n', hit - 1);
  const std::size_t line_end = line_after(hit);
  return {before == std::string_view::npos ? 0 : before + 1, line_after(line_end), line_end};
}

void widen(std::vector<Window>& windows, std::string_view text, std::size_t hit,
           std::size_t reach) {
  if (!windows.empty() && hit < windows.back().line_end) return;
  const Window window = window_of(text, hit, reach);
  if (!windows.empty() && window.start <= windows.back().end) {
    windows.back().end = std::max(windows.back().end, window.end);
    windows.back().line_end = window.line_end;
  } else {
    windows.push_back(window);
  }
}

void run(const CompiledRule& rule, std::string_view text, Window window, std::vector<Hit>& hits) {
  const re2::StringPiece whole(text.data(), text.size());
  re2::StringPiece groups[2];
  std::size_t pos = window.start;
  while (pos < window.end && rule.pattern->Match(whole, pos, window.end, RE2::UNANCHORED, groups,
                                                 rule.has_group ? 2 : 1)) {
    const re2::StringPiece value =
        rule.has_group && groups[1].data() != nullptr ? groups[1] : groups[0];
    Candidate candidate{text, static_cast<std::size_t>(value.data() - text.data()), 0};
    candidate.end = candidate.start + value.size();
    const std::size_t match_end = candidate.end;
    const bool good = (rule.rule->validator == nullptr || rule.rule->validator(candidate)) &&
                      candidate.end > candidate.start &&
                      (rule.rule->min_entropy <= 0 ||
                       entropy(candidate.value().substr(0, 4096)) >= rule.rule->min_entropy);
    if (good) hits.push_back({candidate.start, candidate.end, rule.rule});
    pos = std::max(pos + 1, good ? candidate.end : match_end);
  }
}

}  // namespace

std::vector<Hit> scan(std::string_view text, RuleSet set) {
  const Compiled& all = compiled();
  const std::size_t count = set == RuleSet::secrets ? all.secrets : all.rules.size();
  std::vector<std::vector<Window>> windows(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (all.rules[i].rule->keywords.empty()) windows[i].push_back({0, text.size(), text.size()});
  }
  const std::string low = lower_ascii(text);
  all.keywords.find(low, [&](std::size_t keyword, std::size_t end) {
    for (const std::size_t rule : all.wanted_by[keyword]) {
      if (rule < count) widen(windows[rule], text, end - 1, all.rules[rule].rule->reach);
    }
  });
  std::vector<Hit> hits;
  for (std::size_t i = 0; i < count; ++i) {
    for (const Window window : windows[i]) run(all.rules[i], text, window, hits);
  }
  return hits;
}

std::string_view unusable(const Rule& rule) {
  RE2::Options options;
  options.set_log_errors(false);
  const RE2 pattern(re2::StringPiece(rule.pattern.data(), rule.pattern.size()), options);
  if (!pattern.ok()) return "the pattern does not compile";
  if (pattern.NumberOfCapturingGroups() > 1) return "the pattern has more than one group";
  if (rule.matches.empty() || rule.spares.empty()) return "examples are missing";
  for (const std::string_view keyword : rule.keywords) {
    if (keyword.empty() || lower_ascii(keyword) != keyword)
      return "keywords are lower case, not empty";
  }
  return {};
}

}  // namespace triage::redact
