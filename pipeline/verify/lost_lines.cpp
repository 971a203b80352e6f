#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "pipeline/verify/test_code_internal.h"

namespace triage::verify {
namespace {

bool is_any_of(std::string_view line, std::initializer_list<std::string_view> starts) {
  return std::any_of(starts.begin(), starts.end(),
                     [&](std::string_view start) { return line.starts_with(start); });
}

// "tests => 12", "plan(3)", "1..4": they grow with the tests.
bool is_plan(std::string_view line) {
  return line.find("tests =>") != line.npos || line.find("plan(") != line.npos ||
         line.find("plan ") != line.npos;
}

// "total = price(3)", "const x = …", "my $x = …", "x := …": what a test is prepared with.
bool is_assignment(std::string_view line) {
  const size_t at = line.find('=');
  if (at == line.npos || at == 0) return false;
  const bool compares = line.substr(at).starts_with("==") || line.substr(at).starts_with("=>") ||
                        line.substr(at).starts_with("=~") ||
                        std::string_view("=!<>").find(line[at - 1]) != std::string_view::npos;
  return !compares && line.substr(0, at).find_first_of("(\"'{") == line.npos;
}

// Lines that check nothing by themselves: brackets, imports, preparations, heads of blocks.
bool checks_nothing(std::string_view line) {
  const bool has_words = std::any_of(line.begin(), line.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
  return !has_words || line == "end" || is_assignment(line) ||
         is_any_of(line, {"import ", "from ", "use ", "using ", "require ", "require(", "#include",
                          "package ", "const ", "let ", "var ", "my ", "our ", "local ", "return",
                          "class ", "struct ", "type ", "static ", "void ", "else", "} else", "try",
                          "for ", "while ", "with ", "if ", "elif ", "except", "} catch", "fi", "done"});
}

std::string_view without_end(std::string_view line) {
  while (!line.empty() && std::string_view(" \t\r;,").find(line.back()) != std::string_view::npos)
    line.remove_suffix(1);
  return trim_blanks(line);
}

std::string without_digits(std::string_view line) {
  std::string out(line);
  std::erase_if(out, [](char c) { return c >= '0' && c <= '9'; });
  return out;
}

// A statement however it was wrapped: lines joined while a bracket is open, without blanks.
struct Statements {
  std::vector<size_t> of_line;  // which statement each line is part of
  std::vector<std::string> text;
};

Statements statements_of(std::string_view kept, std::string_view bare) {
  Statements out;
  const auto kept_lines = lines_of(kept), bare_lines = lines_of(bare);
  std::int64_t open = 0;
  for (size_t i = 0; i < kept_lines.size(); ++i) {
    if (open <= 0 || out.text.empty()) out.text.emplace_back();
    std::string& text = out.text.back();
    out.of_line.push_back(out.text.size() - 1);
    for (const char c : kept_lines[i]) {
      if (c == ' ' || c == '\t' || c == '\r') continue;
      if ((c == ')' || c == ']' || c == '}') && text.ends_with(',')) text.pop_back();
      text += c;
    }
    if (open < 0) open = 0;
    for (const char c : bare_lines[i])
      open += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
  }
  return out;
}

}  // namespace

std::string lost_line(std::string_view before, std::string_view after, Family family) {
  const std::string old_code = code_only(before, family, Strings::kept);
  const std::string new_code = code_only(after, family, Strings::kept);
  const Statements was = statements_of(old_code, code_only(before, family, Strings::blanked));
  const Statements is = statements_of(new_code, code_only(after, family, Strings::blanked));
  std::map<std::string_view, std::int64_t> fewer;  // statements, old less new
  for (const std::string& text : was.text) ++fewer[text];
  for (const std::string& text : is.text) --fewer[text];
  std::map<std::string_view, std::int64_t> left;
  std::map<std::string, std::int64_t> plans;
  for (const std::string_view line : lines_of(new_code)) {
    ++left[without_end(line)];
    if (is_plan(line)) ++plans[without_digits(without_end(line))];
  }
  // Those of statements that are there as a whole, however wrapped, are not lost and take theirs first.
  std::vector<std::string_view> others;
  const std::vector<std::string_view> lines = lines_of(old_code);
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string_view code = without_end(lines[i]);
    if (fewer[was.text[was.of_line[i]]] > 0) {
      others.push_back(code);
    } else {
      --left[code];
    }
  }
  for (const std::string_view code : others) {
    if (--left[code] >= 0 || checks_nothing(code)) continue;
    if (is_plan(code) && --plans[without_digits(code)] >= 0) continue;
    return std::string(code);
  }
  return "";
}

}  // namespace triage::verify
