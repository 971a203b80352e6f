#include "pipeline/verify/test_weakening.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "pipeline/base/utf8.h"
#include "pipeline/verify/policy.h"
#include "pipeline/verify/test_code_internal.h"
#include "pipeline/verify/test_signs_internal.h"
#include "retrieval/traces.h"

namespace triage::verify {
namespace {

bool is_config(std::string_view path) {
  return std::any_of(kConfigs.begin(), kConfigs.end(),
                     [&](std::string_view glob) { return matches_glob(glob, path); });
}

std::string shown(std::string_view text) { return repair_utf8(truncate_utf8(text, 120)); }

using Lines = std::map<std::string, std::int64_t>;

// What the first text has more of than the second.
Lines missing(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  Lines left;
  for (const std::string& line : before) ++left[line];
  for (const std::string& line : after) --left[line];
  std::erase_if(left, [](const auto& entry) { return entry.second <= 0 || entry.first.empty(); });
  return left;
}

std::vector<std::string> trimmed_lines(std::string_view text) {
  std::vector<std::string> lines;
  for (const std::string_view line : lines_of(text)) lines.emplace_back(trim_blanks(line));
  return lines;
}

std::vector<std::string> trimmed(const std::vector<std::string>& lines) {
  std::vector<std::string> out;
  for (const std::string& line : lines) out.emplace_back(trim_blanks(line));
  return out;
}

size_t count_lines(const std::vector<std::string>& lines, std::string_view start) {
  return static_cast<size_t>(
      std::count_if(lines.begin(), lines.end(), [&](const std::string& line) {
        const std::string_view text = trim_blanks(line);
        const std::string_view next = text.substr(std::min(start.size(), text.size()), 1);
        return text.starts_with(start) &&
               (next.empty() || next == ";" || next == " " || next == "(");
      }));
}

// Lines that are this and nothing else.
size_t count_statements(const std::vector<std::string>& lines, std::string_view statement) {
  return static_cast<size_t>(
      std::count_if(lines.begin(), lines.end(), [&](const std::string& line) {
        std::string_view text = trim_blanks(line);
        if (text.ends_with(';')) text.remove_suffix(1);
        return text == statement;
      }));
}

size_t meaningful(const std::vector<Assertion>& assertions) {
  return static_cast<size_t>(std::count_if(assertions.begin(), assertions.end(),
                                           [](const Assertion& a) { return !a.trivial; }));
}

std::vector<std::string> texts_of(const std::vector<Assertion>& assertions) {
  std::vector<std::string> out;
  for (const Assertion& assertion : assertions) out.push_back(assertion.text);
  return out;
}

size_t depth_of(const std::vector<Assertion>& assertions, const std::string& text) {
  size_t depth = 0;
  for (const Assertion& assertion : assertions)
    if (assertion.text == text) depth += assertion.depth;
  return depth;
}

// A row of a table of cases: "{\"empty\", 0}," or "('se', 25),".
bool is_case(std::string_view line) {
  return line.size() > 2 && std::string_view("{([\"'").find(line[0]) != std::string_view::npos &&
         line.ends_with(',');
}

// One test that is there before and after: how it is weaker, or nothing.
std::string weaker(const TestFunction& before, const TestFunction& after) {
  const std::vector<Assertion> was = assertions_of(before), is = assertions_of(after);
  if (meaningful(is) < meaningful(was))
    return "checks less than before (" + std::to_string(meaningful(was)) + " to " +
           std::to_string(meaningful(is)) + ")";
  if (const Lines gone = missing(texts_of(was), texts_of(is)); !gone.empty())
    return "no longer checks: " + shown(gone.begin()->first);
  for (const std::string_view leaving : {"return", "return None", "return nil", "return true",
                                         "return True", "return 0", "break", "continue", "exit"}) {
    if (count_statements(after.bare, leaving) > count_statements(before.bare, leaving))
      return "may be left early";
  }
  for (const std::string_view catching : {"except", "catch", "} catch", "rescue", "recover"}) {
    if (count_lines(after.bare, catching) > count_lines(before.bare, catching))
      return "swallows failures";
  }
  const bool conditions = count_lines(after.bare, "if") + count_lines(after.bare, "for") +
                              count_lines(after.bare, "while") + count_lines(after.bare, "unless") >
                          count_lines(before.bare, "if") + count_lines(before.bare, "for") +
                              count_lines(before.bare, "while") +
                              count_lines(before.bare, "unless");
  for (const Assertion& assertion : was) {
    if (conditions && depth_of(is, assertion.text) > depth_of(was, assertion.text))
      return "checks only under a condition: " + shown(assertion.text);
  }
  if (const Lines gone = missing(before.lead, after.lead); !gone.empty())
    return "starts otherwise than before: " + shown(gone.begin()->first);
  for (const auto& [line, n] : missing(after.lead, before.lead)) {
    if (line.find("should_panic") != line.npos) return "is to fail: " + shown(line);
  }
  for (const auto& [line, n] : missing(trimmed(before.body), trimmed(after.body))) {
    if (is_case(line)) return "has lost a case: " + shown(line);
  }
  return "";
}

struct Change {
  const FileChange& file;
  Family family;
  std::string before;
  std::string_view after() const { return file.content ? std::string_view(*file.content) : ""; }
};

using Findings = std::vector<std::string>;

void compare_functions(const Change& change, Findings& out) {
  std::map<std::string, std::vector<TestFunction>> after;
  for (TestFunction& function : test_functions(change.after(), change.family))
    after[function.name].push_back(std::move(function));
  std::map<std::string, std::vector<TestFunction>> before;
  for (TestFunction& function : test_functions(change.before, change.family))
    before[function.name].push_back(std::move(function));
  for (const auto& [name, functions] : before) {
    const auto found = after.find(name);
    if (found == after.end() || found->second.size() < functions.size()) {
      out.push_back("test `" + shown(name) + "` is no longer there");
      continue;
    }
    if (found->second.size() > functions.size()) {
      out.push_back("test `" + shown(name) + "` is hidden by another of its name");
      continue;
    }
    for (size_t i = 0; i < functions.size(); ++i) {
      if (const std::string how = weaker(functions[i], found->second[i]); !how.empty())
        out.push_back("test `" + shown(name) + "` " + how);
    }
  }
}

template <size_t N>
void compare_signs(std::string_view before, std::string_view after,
                   const std::array<Sign, N>& signs, Findings& out) {
  for (const Sign& sign : signs) {
    if (count_words(after, sign.words) > count_words(before, sign.words))
      out.push_back(std::string(sign.reason) + ": " + std::string(sign.words));
  }
}

// "CartTest.test_total = None", "del CartTest.test_total", "setattr(CartTest, 'test_total', …)".
void find_replaced_tests(const Change& change, Findings& out) {
  const std::string code = code_only(change.after(), change.family, Strings::kept);
  const std::string was = code_only(change.before, change.family, Strings::kept);
  for (const auto& [line, n] : missing(trimmed_lines(code), trimmed_lines(was))) {
    const size_t at = line.find(".test_");
    const size_t end = at == line.npos ? at : line.find_first_of(" =(", at + 1);
    const bool assigned = end != line.npos && line.find_first_not_of(' ', end) != line.npos &&
                          line[line.find_first_not_of(' ', end)] == '=' &&
                          !line.substr(line.find_first_not_of(' ', end)).starts_with("==");
    const bool set = line.starts_with("setattr(") || line.starts_with("delattr(");
    if (assigned || (line.starts_with("del ") && at != line.npos) ||
        (set && line.find("test_") != line.npos))
      out.push_back("replaces or removes a test from outside: " + shown(line));
  }
}

// Bases of a test class decide whether its tests are found at all; build tags, whether the file is.
void find_lost_classes(const Change& change, Findings& out) {
  for (const auto& removed : missing(trimmed_lines(change.before), trimmed_lines(change.after()))) {
    const auto& line = removed.first;
    if (line.starts_with("class ") && line.find("TestCase") != line.npos)
      out.push_back("a test class is no longer one: " + shown(line));
  }
  for (const auto& added : missing(trimmed_lines(change.after()), trimmed_lines(change.before))) {
    const auto& line = added.first;
    if (line.starts_with("//go:build") || line.starts_with("// +build") ||
        line.starts_with("#![cfg("))
      out.push_back("is left out of some builds: " + shown(line));
    if (line.starts_with("def __init__(self") &&
        change.before.find("class Test") != std::string::npos)
      out.push_back("a test class that is built by hand is not collected: " + shown(line));
  }
}

void compare_config(const Change& change, Findings& out) {
  for (const auto& added : missing(trimmed_lines(change.after()), trimmed_lines(change.before))) {
    const auto& line = added.first;
    const bool deselects =
        std::any_of(kDeselecting.begin(), kDeselecting.end(),
                    [&](std::string_view word) { return line.find(word) != line.npos; });
    if (deselects && !line.starts_with('#')) out.push_back("may leave tests out: " + shown(line));
  }
  for (const auto& removed : missing(trimmed_lines(change.before), trimmed_lines(change.after()))) {
    const auto& line = removed.first;
    const bool registers =
        std::any_of(kRegistering.begin(), kRegistering.end(),
                    [&](std::string_view word) { return line.starts_with(word); });
    if (registers) out.push_back("no longer registers a test: " + shown(line));
  }
}

void check_file(const Change& change, bool is_new, Findings& out) {
  const std::string_view path = change.file.path;
  if (is_config(path)) return compare_config(change, out);
  if (change.family == Family::none) return;
  const auto code = [&](std::string_view text, Strings strings) {
    return code_only(text, change.family, strings);
  };
  const bool holds_tests =
      is_test_path(path) || !test_functions(change.before, change.family).empty();
  if (!holds_tests)
    return compare_signs(code(change.before, Strings::kept), code(change.after(), Strings::kept),
                         kCodeSigns, out);
  find_replaced_tests(change, out);
  const std::string after = code(change.after(), Strings::blanked);
  if (is_new) {
    for (const Sign& sign : kTestSigns) {
      if (sign.reason == kTampers && has_word(after, sign.words))
        out.push_back(std::string(sign.reason) + ": " + std::string(sign.words));
    }
    return;
  }
  compare_functions(change, out);
  if (out.empty() && is_test_path(path)) {
    if (const std::string line = lost_line(change.before, change.after(), change.family); !line.empty())
      out.push_back("removes or changes a line of an existing test: " + std::string(truncate_utf8(line, 120)));
  }
  compare_signs(code(change.before, Strings::blanked), after, kTestSigns, out);
  find_lost_classes(change, out);
}

bool is_regular(const retrieval::TreeFile* file) {
  using Kind = retrieval::TreeFile::Kind;
  return file != nullptr && (file->kind == Kind::regular || file->kind == Kind::executable);
}

std::string_view leaf(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// Looks at files instead of running what is in them.
bool looks_at(const TestFunction& function, const std::set<std::string>& patched) {
  static constexpr std::array<std::string_view, 12> kLooks{
      "open(",   "read_text", "read_bytes", "readFile", "ReadFile",  "exists",
      "getsize", "getmtime",  "os.stat(",   "is_file(", "File.read", "isfile("};
  static constexpr std::array<std::string_view, 5> kRuns{"subprocess", "spawn", "exec", "popen",
                                                         "system("};
  std::string all;
  for (const std::string& line : function.body) all += line + "\n";
  const auto any = [&](const auto& words) {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return has_word(all, word); });
  };
  const bool names = std::any_of(patched.begin(), patched.end(), [&](const std::string& name) {
    return all.find(name + "\"") != all.npos || all.find(name + "'") != all.npos;
  });
  return names && any(kLooks) && !any(kRuns);
}

std::string line_of(std::string_view text, std::uint32_t number) {
  const std::vector<std::string_view> lines = lines_of(text);
  return number == 0 || number > lines.size() ? "" : std::string(trim_blanks(lines[number - 1]));
}

}  // namespace

Result<std::vector<std::string>> weakened_tests(const BaseTree& base,
                                                const std::vector<FileChange>& changes) {
  std::vector<std::string> found;
  for (const FileChange& file : changes) {
    const bool known = is_regular(base.find(file.path));
    const Change change{file, family_of(file.path),
                        known ? TRY(base.read(file.path)) : std::string()};
    Findings findings;
    check_file(change, !known, findings);
    for (const std::string& finding : findings) found.push_back(shown(file.path) + ": " + finding);
  }
  return found;
}

Result<std::string> doubt_about_tests(const BaseTree& base,
                                      const std::vector<FileChange>& test_changes,
                                      const std::vector<FileChange>& changes) {
  static constexpr std::array<std::string_view, 4> kSources{"getsource", "__code__", "co_consts",
                                                            ".__file__"};
  std::set<std::string> patched;
  for (const FileChange& change : changes) {
    if (!is_test_path(change.path) && family_of(change.path) != Family::none)
      patched.emplace(leaf(change.path));
  }
  for (const FileChange& change : test_changes) {
    if (!change.content) continue;
    const Family family = family_of(change.path);
    const std::string before =
        is_regular(base.find(change.path)) ? TRY(base.read(change.path)) : std::string();
    const std::string code = code_only(*change.content, family, Strings::blanked);
    for (const std::string_view word : kSources) {
      if (count_words(code, word) > count_words(code_only(before, family, Strings::blanked), word))
        return "it looks at the code instead of running it (" + std::string(word) + ")";
    }
    for (const TestFunction& function : test_functions(*change.content, family)) {
      if (looks_at(function, patched))
        return "`" + shown(function.name) + "` looks at the patched files instead of running them";
    }
  }
  return std::string();
}

std::string raised_by_test(std::string_view log, std::string_view before,
                           const std::vector<FileChange>& test_changes) {
  for (const retrieval::Trace& trace : retrieval::parse_traces(log)) {
    const bool known = !trace.message.empty() && before.find(trace.message) != before.npos;
    if (trace.frames.empty() || known) continue;
    const retrieval::Frame& innermost = trace.frames.front();
    for (const FileChange& change : test_changes) {
      if (!change.content || !innermost.path.ends_with(change.path)) continue;
      const std::string line = line_of(*change.content, innermost.line);
      const bool asserts = line.find("AssertionError") != line.npos;
      if (!asserts &&
          (line.starts_with("raise ") || line.starts_with("throw ") || line.starts_with("panic(")))
        return change.path + ":" + std::to_string(innermost.line);
    }
  }
  return {};
}

std::string without_own_words(std::string_view log, const std::vector<FileChange>& test_changes) {
  std::set<std::string, std::less<>> lines, strings;
  for (const FileChange& change : test_changes) {
    if (!change.content) continue;
    for (const std::string_view line : lines_of(*change.content)) lines.emplace(trim_blanks(line));
    for (const std::string& literal : string_literals(*change.content, family_of(change.path)))
      if (literal.size() >= 4) strings.insert(literal);
  }
  std::string out;
  std::string_view previous;
  for (const std::string_view line : lines_of(log)) {
    std::string_view text = trim_blanks(line);
    const bool explained = text.starts_with("E ");  // pytest: the failure itself
    if (text.starts_with("> ") || explained) text = trim_blanks(text.substr(2));
    // An exception's line stands below the code that raised it; what is printed stands by itself.
    const bool raised = explained || previous.starts_with("    ");
    previous = line;
    if (lines.contains(text) || (!raised && strings.contains(text))) continue;
    std::string_view kept = line;
    for (const std::string& literal : strings) {
      if (text.find("Assertion") != text.npos && kept.ends_with(literal))
        kept.remove_suffix(literal.size());
    }
    out.append(kept) += '\n';
  }
  return out;
}

bool assert_nothing(const std::vector<FileChange>& test_changes) {
  bool any = false;
  for (const FileChange& change : test_changes) {
    if (!change.content) continue;
    for (const TestFunction& function : test_functions(*change.content, family_of(change.path))) {
      any = true;
      if (meaningful(assertions_of(function)) > 0) return false;
    }
  }
  return any;
}

}  // namespace triage::verify
