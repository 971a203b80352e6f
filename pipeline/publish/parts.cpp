#include "pipeline/publish/parts.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <set>

#include "pipeline/base/phrases.h"
#include "pipeline/publish/fragment.h"

namespace triage::publish {
namespace {

std::string_view kind_in_words(const std::string& kind, bool several) {
  struct Row {
    std::string_view kind, one, many;
  };
  static constexpr std::array<Row, 12> kRows{{
      {"EMAIL", "e-mail", "e-mails"},
      {"PHONE", "phone number", "phone numbers"},
      {"CARD", "card number", "card numbers"},
      {"IBAN", "bank account", "bank accounts"},
      {"IP", "IP address", "IP addresses"},
      {"MAC", "MAC address", "MAC addresses"},
      {"API_KEY", "API key", "API keys"},
      {"PERSON", "name", "names"},
      {"COMPANY", "company", "companies"},
      {"ADDRESS", "address", "addresses"},
      {"PASSWORD", "password", "passwords"},
      {"TOKEN", "token", "tokens"},
  }};
  for (const Row& row : kRows) {
    if (row.kind == kind) return several ? row.many : row.one;
  }
  return several ? "secrets" : "secret";
}

// The words of a test's name or a criterion that mean something: lower case, without endings.
std::set<std::string> stems(std::string_view text) {
  static constexpr auto kEmpty = std::to_array<std::string_view>(
      {"test", "tests", "should", "the", "and", "with", "for", "that", "when", "then", "given", "are",
       "not", "its", "has", "have", "from", "into", "each", "all", "does", "can", "case", "works"});
  std::set<std::string> out;
  std::string word;
  const auto finish = [&] {
    for (const std::string_view ending : {"ing", "ed", "es", "s"}) {
      if (word.size() > ending.size() + 3 && word.ends_with(ending)) {
        word.resize(word.size() - ending.size());
        break;
      }
    }
    while (word.size() > 4 && word.ends_with('e')) word.pop_back();
    if (word.size() >= 3 && std::ranges::find(kEmpty, word) == kEmpty.end()) out.insert(word);
    word.clear();
  };
  char before = 0;
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool letter = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                        static_cast<unsigned char>(c) >= 0x80;
    if (!letter || (upper && before >= 'a' && before <= 'z')) finish();
    if (letter) word += upper ? static_cast<char>(c + 32) : c;
    before = c;
  }
  finish();
  return out;
}

// Most words of the test's name are in the criterion, and at least two are.
bool covers(std::string_view test, std::string_view criterion) {
  const std::string_view name = test.substr(test.find_last_of("./: ") + 1);
  const std::set<std::string> wanted = stems(name), said = stems(criterion);
  const auto common = static_cast<size_t>(std::ranges::count_if(
      wanted, [&](const std::string& word) { return said.contains(word); }));
  return common >= 2 && common * 3 >= wanted.size() * 2;
}

std::string numbered(const std::vector<std::string>& items, size_t most) {
  std::string out;
  for (size_t i = 0; i < items.size() && i < most; ++i)
    out += std::to_string(i + 1) + ". " + prose(items[i], 300) + "\n";
  if (items.size() > most) out += "… and " + std::to_string(items.size() - most) + " more\n";
  return out;
}

std::string bulleted(std::string_view title, const std::vector<std::string>& items, size_t most) {
  if (items.empty()) return {};
  std::string out = "**" + std::string(title) + "**\n";
  for (size_t i = 0; i < items.size() && i < most; ++i) out += "- " + prose(items[i], 300) + "\n";
  if (items.size() > most) out += "- … and " + std::to_string(items.size() - most) + " more\n";
  return out;
}

// A diagram may draw and nothing else: no links, no settings, no markup of pages.
bool is_plain_diagram(std::string_view text) {
  static constexpr auto kStarts = std::to_array<std::string_view>(
      {"flowchart", "graph", "sequenceDiagram", "stateDiagram"});
  static constexpr auto kRefused = std::to_array<std::string_view>(
      {"href", "%%", "://", "javascript:", "<", "```"});
  static constexpr auto kRefusedLines = std::to_array<std::string_view>(
      {"click", "callback", "style", "classDef", "class", "linkStyle", "link", "links", "---"});
  const auto holds = [&](std::string_view word) { return text.find(word) != std::string_view::npos; };
  if (text.size() > 6000 || std::ranges::any_of(kRefused, holds) ||
      std::ranges::none_of(kStarts, [&](std::string_view start) { return text.starts_with(start); }))
    return false;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of("\n;"), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(" \t"));
    if (std::ranges::find(kRefusedLines, word) != kRefusedLines.end()) return false;
  }
  return true;
}

std::string cited_places(const Run& run, const WebAddress& web) {
  std::string out;
  const std::string commit = run.retrieved ? run.retrieved->commit : std::string();
  for (size_t i = 0; i < run.draft->evidence.size() && i < 6; ++i) {
    const Evidence& evidence = run.draft->evidence[i];
    if (evidence.path.empty()) continue;
    out += "- " + place_link(web, commit, evidence.path, evidence.start, evidence.end);
    if (!evidence.text.empty()) out += " " + code(evidence.text, 160);
    out += "\n";
  }
  return out;
}

std::string workflow(const Draft& draft) {
  std::string out;
  if (is_plain_diagram(draft.mermaid)) out += code_block(draft.mermaid, 6000, "mermaid") + "\n";
  if (!draft.steps.empty()) out += "**Proposed steps**\n" + numbered(draft.steps, 12);
  return out;
}

std::string specification(const Draft& draft) {
  std::string out;
  const auto add = [&](const std::string& part) {
    if (!part.empty()) out += (out.empty() ? "" : "\n") + part;
  };
  if (!draft.requirements.empty())
    add("**Requirements** (draft)\n" + numbered(draft.requirements, 20));
  add(bulleted("Disagreements, as they were said", draft.disagreements, 8));
  add(bulleted("Not decided", draft.undecided, 8));
  return out;
}

}  // namespace

std::string place_link(const WebAddress& web, const std::string& commit, const std::string& path,
                       std::uint32_t start, std::uint32_t end) {
  std::string shown = path;
  if (start > 0) shown += ":" + std::to_string(start);
  if (end > start && start > 0) shown += "–" + std::to_string(end);
  return link(code(shown), permalink(web, commit, path, start, end));
}

std::string hidden_values(const Run& run) {
  if (!run.redaction) return {};
  std::map<std::string, std::set<std::string>> by_kind;
  for (const RedactedSpan& span : run.redaction->spans) by_kind[span.kind].insert(span.placeholder);
  size_t total = 0;
  std::string kinds;
  for (const auto& [kind, values] : by_kind) {
    kinds += (kinds.empty() ? "" : ", ") + std::to_string(values.size()) + " " +
             std::string(kind_in_words(kind, values.size() > 1));
    total += values.size();
  }
  if (total == 0) return {};
  return counted(total, "value hidden", "values hidden") + " (" + kinds + ")";
}

std::string spent(const Run& run, TimePoint now) {
  std::string time = human_duration(now - run.started);
  if (!run.draft || run.draft->exchanges.empty()) return time;
  double cost = 0;
  bool priced = true;
  for (const ModelExchange& exchange : run.draft->exchanges) {
    cost += exchange.cost;
    priced = priced && exchange.priced;
  }
  if (!priced && cost == 0) return time + " · price not known";
  std::array<char, 32> dollars{};
  std::snprintf(dollars.data(), dollars.size(), "$%.2f", cost);
  return time + " · " + (priced ? "" : "at least ") + dollars.data();
}

std::string day_month(TimePoint time) {
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(time)};
  return std::to_string(static_cast<unsigned>(date.day())) + " " +
         std::string(kMonths.substr((static_cast<unsigned>(date.month()) - 1) * 3, 3)) + " " +
         std::to_string(static_cast<int>(date.year()));
}

std::string sentence(std::string_view untrusted, size_t max) {
  std::string text = prose(untrusted, max);
  if (!text.empty() && std::string_view(".!?").find(text.back()) == std::string_view::npos)
    text += '.';
  return text;
}

std::string timeline(const Run& run, const WebAddress& web, size_t most) {
  if (!run.draft) return {};
  const std::string commit = run.retrieved ? run.retrieved->commit : std::string();
  std::string out;
  for (size_t i = 0; i < run.draft->timeline.size() && i < most; ++i) {
    const TimelineEvent& event = run.draft->timeline[i];
    out += std::to_string(i + 1) + ". ";
    if (!event.when.empty()) out += prose(event.when, 60) + ": ";
    out += sentence(event.what, 300);
    const Evidence& evidence = event.evidence;
    if (!evidence.path.empty()) {
      out += " " + place_link(web, commit, evidence.path, evidence.start, evidence.end);
    } else if (evidence.kind == "commit" && !evidence.commit.empty()) {
      out += " " + link(code(evidence.commit.substr(0, 7)), commit_link(web, evidence.commit));
    } else if (!evidence.text.empty()) {
      out += " (" + prose(evidence.kind, 20) + ": " + code(evidence.text, 120) + ")";
    }
    out += "\n";
  }
  return out;
}

std::string risk_reasons(const Risk& risk, size_t most) {
  std::vector<std::string> reasons;
  for (size_t i = 0; i < risk.reasons.size() && i < most; ++i)
    reasons.push_back(prose(risk.reasons[i], 160));
  if (risk.reasons.size() > most)
    reasons.push_back(counted(risk.reasons.size() - most, "more reason", "more reasons"));
  return listed(reasons);
}

std::vector<Criterion> criteria_of(const Run& run) {
  std::vector<Criterion> out;
  if (!run.draft) return out;
  for (size_t i = 0; i < run.draft->acceptance.size() && i < 20; ++i) {
    const std::string& text = run.draft->acceptance[i];
    std::string test;
    if (run.verification && run.verification->proof == Proof::red_green) {
      const auto& fixed = run.verification->tests.fixed;
      const auto at = std::ranges::find_if(fixed, [&](const std::string& t) { return covers(t, text); });
      if (at != fixed.end()) test = *at;
    }
    out.push_back({text, std::move(test)});
  }
  return out;
}

std::string artifact(const Run& run, Ending ending, const WebAddress& web) {
  if (!run.draft) return {};
  switch (ending) {
    case Ending::answer: return cited_places(run, web);
    case Ending::workflow: return workflow(*run.draft);
    case Ending::spec: return specification(*run.draft);
    default: return {};
  }
}

}  // namespace triage::publish
