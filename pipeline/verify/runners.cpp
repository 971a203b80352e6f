#include "pipeline/verify/runners.h"

#include <algorithm>
#include <array>

namespace triage::verify {
namespace {

// How the names of tests are given to a runner.
enum class Select {
  none,
  operands,     // instead of what follows the call: unittest, pytest
  go_pattern,   // -run '^(TestA|TestB)$'
  pattern,      // the option, then a pattern of the names
  exact_names,  // behind "--": cargo
};

// A runner is called by `words`, as whole words next to each other; the first may have a path
// before. In another order, `call` takes the place of the words and `before` comes before the
// command.
struct Runner {
  std::string_view name;
  std::array<std::string_view, 3> words;
  std::string_view before, call;  // call empty: there is no other order
  Select select = Select::none;
  std::string_view option = {};
};

// Reverses modules, classes and methods, each within its own, so that fixtures still fit.
constexpr std::string_view kReversedUnittest =
    "-c 'import unittest\n"
    "class Reversed(unittest.TestSuite):\n"
    "    def __init__(self, tests=()):\n"
    "        super().__init__(reversed(list(tests)))\n"
    "unittest.TestLoader.suiteClass = Reversed\n"
    "unittest.main(module=None)'";
// A plug-in of two lines, for a pytest that has none of its own installed.
constexpr std::string_view kReversingPlugin =
    "mkdir -p /tmp/.triage-order && printf 'def pytest_collection_modifyitems(items):\\n    "
    "items.reverse()\\n' >/tmp/.triage-order/triage_order.py && "
    "export PYTHONPATH=\"/tmp/.triage-order${PYTHONPATH:+:$PYTHONPATH}\" && ";

constexpr std::array<Runner, 18> kRunners{{
    {"unittest", {"-m", "unittest"}, "", kReversedUnittest, Select::operands},
    {"pytest", {"-m", "pytest"}, kReversingPlugin, "-m pytest -p triage_order", Select::operands},
    {"pytest", {"pytest"}, kReversingPlugin, "pytest -p triage_order", Select::operands},
    {"pytest", {"py.test"}, kReversingPlugin, "py.test -p triage_order", Select::operands},
    {"go test", {"go", "test"}, "", "go test -shuffle=20240229", Select::go_pattern},
    {"ctest",
     {"ctest"},
     "export GTEST_SHUFFLE=1; ",
     "ctest --schedule-random",
     Select::pattern,
     "-R"},
    {"jest", {"jest"}, "", "jest --randomize --seed=20240229", Select::pattern, "-t"},
    {"vitest",
     {"vitest", "run"},
     "",
     "vitest run --sequence.shuffle --sequence.seed=20240229",
     Select::pattern,
     "-t"},
    {"vitest",
     {"vitest"},
     "",
     "vitest --sequence.shuffle --sequence.seed=20240229",
     Select::pattern,
     "-t"},
    {"rspec", {"rspec"}, "", "rspec --order rand:20240229", Select::pattern, "-e"},
    {"phpunit", {"phpunit"}, "", "phpunit --order-by=reverse", Select::pattern, "--filter"},
    {"maven",
     {"mvn", "test"},
     "",
     "mvn test -Dsurefire.runOrder=reversealphabetical",
     Select::none},
    {"maven",
     {"mvn", "-q", "test"},
     "",
     "mvn -q test -Dsurefire.runOrder=reversealphabetical",
     Select::none},
    {"cargo test", {"cargo", "test"}, "", "", Select::exact_names},
    {"node --test", {"node", "--test"}, "", "", Select::pattern, "--test-name-pattern"},
    {"mocha", {"mocha"}, "", "", Select::pattern, "-g"},
    {"gtest", {"--gtest_color=no"}, "export GTEST_SHUFFLE=1; ", "--gtest_color=no", Select::none},
    {"dotnet", {"dotnet", "test"}, "", "", Select::none},
}};

struct Word {
  size_t start = 0, end = 0;
};

// The words of a command, and where its simple commands end.
std::vector<Word> words_of(std::string_view command) {
  static constexpr std::string_view kEnds = " \t\n;|&<>()";
  std::vector<Word> words;
  for (size_t at = 0; at < command.size();) {
    if (kEnds.find(command[at]) != kEnds.npos) {
      ++at;
      continue;
    }
    const size_t end = std::min(command.find_first_of(kEnds, at), command.size());
    words.push_back({at, end});
    at = end;
  }
  return words;
}

struct Call {
  const Runner* runner = nullptr;
  size_t start = 0, end = 0;  // of the words that name it
  size_t command_end = 0;     // of the simple command they are in
  std::string_view path;      // before the first word: "node_modules/.bin/"
};

bool is_quoted(std::string_view command, size_t at) {
  const auto before = command.substr(0, at);
  return std::count(before.begin(), before.end(), '\'') % 2 == 1 ||
         std::count(before.begin(), before.end(), '"') % 2 == 1;
}

Call find_call(std::string_view command) {
  const std::vector<Word> words = words_of(command);
  const auto text = [&](size_t i) {
    return i < words.size() ? command.substr(words[i].start, words[i].end - words[i].start)
                            : std::string_view();
  };
  for (const Runner& runner : kRunners) {
    for (size_t i = 0; i < words.size(); ++i) {
      const std::string_view first = text(i);
      const size_t slash = first.rfind('/');
      const std::string_view path = slash == first.npos ? "" : first.substr(0, slash + 1);
      if (first.substr(path.size()) != runner.words[0] || is_quoted(command, words[i].start))
        continue;
      // "pip install pytest" calls pip: a runner of one word stands where a program stands.
      const std::string_view previous = i == 0 ? "" : text(i - 1);
      const bool runs = i == 0 || previous == "npx" || previous == "exec" || previous == "run" ||
                        previous == "bunx" || previous == "time" ||
                        previous.find('=') != previous.npos ||
                        command.substr(words[i - 1].end, words[i].start - words[i - 1].end)
                                .find_first_of(";|&(\n") != std::string_view::npos;
      if (!runs && runner.words[0][0] != '-') continue;
      size_t n = 1;
      while (n < 3 && !runner.words[n].empty() && text(i + n) == runner.words[n]) ++n;
      if (n < 3 && !runner.words[n].empty()) continue;
      const size_t end = words[i + n - 1].end;
      return {&runner, words[i].start, end,
              std::min(command.find_first_of(";|&<>\n)", end), command.size()), path};
    }
  }
  return {};
}

std::string replaced(std::string_view command, size_t start, size_t end, std::string_view with) {
  return std::string(command.substr(0, start)) + std::string(with) +
         std::string(command.substr(end));
}

// A name within single quotes; false where it can't be.
bool is_plain(std::string_view name) {
  return !name.empty() && std::none_of(name.begin(), name.end(), [](unsigned char c) {
    return c == '\'' || c < 0x20 || c == 0x7f;
  }) && name[0] != '-';
}

std::string alternatives(const std::vector<std::string>& names) {
  std::string pattern;
  for (const std::string& name : names) {
    if (!pattern.empty()) pattern += '|';
    for (const char c : name) {
      if (std::string_view("\\^$.|?*+()[]{}/").find(c) != std::string_view::npos) pattern += '\\';
      pattern += c;
    }
  }
  return pattern;
}

// Options stay (with their values, where they have one), operands go.
std::string options_of(std::string_view rest) {
  static constexpr std::array<std::string_view, 14> kWithValue{"-c",
                                                               "-p",
                                                               "-o",
                                                               "-k",
                                                               "-m",
                                                               "-n",
                                                               "-W",
                                                               "-s",
                                                               "-t",
                                                               "--rootdir",
                                                               "--tb",
                                                               "--confcutdir",
                                                               "--import-mode",
                                                               "--timeout"};
  std::string kept;
  bool value = false;
  for (const Word& word : words_of(rest)) {
    const std::string_view text = rest.substr(word.start, word.end - word.start);
    if (value || text.starts_with('-')) kept.append(" ").append(text);
    value = !value && std::find(kWithValue.begin(), kWithValue.end(), text) != kWithValue.end();
  }
  return kept;
}

}  // namespace

std::string_view runner_of(std::string_view command) {
  const Call call = find_call(command);
  return call.runner == nullptr ? std::string_view() : call.runner->name;
}

std::optional<std::string> shuffled(std::string_view command) {
  const Call call = find_call(command);
  if (call.runner == nullptr || call.runner->call.empty()) return std::nullopt;
  return std::string(call.runner->before) +
         replaced(command, call.start, call.end,
                  std::string(call.path) + std::string(call.runner->call));
}

std::optional<std::string> selecting(std::string_view command,
                                     const std::vector<std::string>& tests) {
  const Call call = find_call(command);
  if (call.runner == nullptr || tests.empty() || !std::all_of(tests.begin(), tests.end(), is_plain))
    return std::nullopt;
  const std::string_view rest = command.substr(call.end, call.command_end - call.end);
  std::string names;
  for (const std::string& test : tests) names += " '" + test + "'";
  switch (call.runner->select) {
    case Select::none: return std::nullopt;
    case Select::operands: {
      // What unittest's discovery is told means nothing to a list of names.
      const std::string options = call.runner->name == "unittest"
                                      ? (rest.find(" -v") != rest.npos ? " -v" : "")
                                      : options_of(rest);
      return replaced(command, call.end, call.command_end, options + names + " ");
    }
    case Select::go_pattern:
      return replaced(command, call.end, call.end, " -run '^(" + alternatives(tests) + ")$'");
    case Select::pattern:
      return replaced(command, call.end, call.end,
                      " " + std::string(call.runner->option) + " '" +
                          (call.runner->name == "ctest" ? "^(" + alternatives(tests) + ")$"
                           : call.runner->name == "rspec" || call.runner->name == "mocha"
                               ? tests.front()
                               : alternatives(tests)) +
                          "'");
    case Select::exact_names:
      if (rest.find(" -- ") != rest.npos) return std::nullopt;
      return replaced(command, call.command_end, call.command_end, " -- --exact" + names + " ");
  }
  return std::nullopt;
}

bool refuses_options(const TestReport& report, std::string_view log) {
  static constexpr std::array<std::string_view, 10> kSigns{
      "unrecognized arguments",        "Unrecognized option", "Unknown option", "unknown option",
      "flag provided but not defined", "no such option",      "invalid option", "Unrecognized CLI",
      "unrecognized option",           "Unknown argument"};
  if (report.exit_ok || report.names_passes) return false;
  return std::any_of(kSigns.begin(), kSigns.end(),
                     [&](std::string_view sign) { return log.find(sign) != log.npos; });
}

}  // namespace triage::verify
