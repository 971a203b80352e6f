#include "pipeline/verify/reproduction.h"

#include <algorithm>
#include <array>

#include "pipeline/base/json.h"
#include "pipeline/verify/steps_internal.h"
#include "pipeline/verify/test_report.h"

namespace triage::verify {
namespace {

struct Interpreter {
  std::string_view language, file, program;
};
constexpr std::array<Interpreter, 8> kInterpreters{{
    {"python", ".triage-repro.py", "python3"},
    {"python3", ".triage-repro.py", "python3"},
    {"py", ".triage-repro.py", "python3"},
    {"javascript", ".triage-repro.js", "node"},
    {"js", ".triage-repro.js", "node"},
    {"ruby", ".triage-repro.rb", "ruby -I. -Ilib"},
    {"php", ".triage-repro.php", "php"},
    {"perl", ".triage-repro.pl", "perl -I. -Ilib"},
}};

const Interpreter* interpreter_for(std::string_view language) {
  const auto row = std::find_if(kInterpreters.begin(), kInterpreters.end(),
                                [&](const Interpreter& i) { return i.language == language; });
  return row == kInterpreters.end() ? nullptr : &*row;
}

void decide(const ProofTask& task, const ProcessResult& first, const ProcessResult& second,
            ReproductionOutcome& outcome) {
  if (first.success() && second.success()) {
    outcome.reproduced = false;
    outcome.why = "the ticket's script runs without an error at this commit";
    return;
  }
  const std::string log = full_log(first);
  const std::string line = failure_line(log);
  const std::string_view sign = load_failure(log);
  const bool same = first.exit_code == second.exit_code && line == failure_line(full_log(second)) &&
                    first.timed_out == second.timed_out;
  if (!same) {
    outcome.why = "the ticket's script does not fail the same way twice";
  } else if (first.timed_out || first.too_much_output) {
    outcome.why = "the ticket's script was cut off by a limit of the sandbox";
  } else if (!sign.empty() && !task.reported.is_shown_by(sign)) {
    outcome.why = "the ticket's script can't be loaded here (" + std::string(sign) + ")";
  } else if (!task.reported.empty() && !task.reported.is_shown_by(log)) {
    outcome.why = "the ticket's script fails with \"" + line + "\", the ticket reports " +
                  task.reported.name();
  } else {
    outcome.reproduced = true;
    outcome.red = line;
    outcome.why = "the ticket's own script fails at this commit: " + line;
  }
}

// Python that stays what it is when it is moved into a method.
bool can_be_indented(std::string_view code) {
  static constexpr std::array<std::string_view, 11> kTied{
      "\"\"\"", "'''",   "import *", "__name__", "\\\n",          "\nreturn",
      "await ", "global ", "nonlocal ", "yield",  "from __future__"};
  return std::none_of(kTied.begin(), kTied.end(), [&](std::string_view word) {
    return code.find(word) != std::string_view::npos;
  });
}

}  // namespace

Result<ReproductionOutcome> reproduce(const ProofTask& task, const Reproduction& script) {
  ReproductionOutcome outcome;
  const Interpreter* interpreter = interpreter_for(script.language);
  if (interpreter == nullptr) {
    outcome.why = "the ticket's script is in a language that is not run here";
    return outcome;
  }
  if (auto there = task.sandbox.probe(task.stop); !there) {
    if (there.error().kind == ErrorKind::exhausted) return there.error();  // passes by
    outcome.why = there.error().message.starts_with("sandbox: ")
                      ? there.error().message
                      : "sandbox: " + there.error().message;
    return outcome;
  }
  const auto owner = TRY(task.sandbox.owner());
  Workspace workspace = TRY(Workspace::create(owner));
  TRY(workspace.check_out(task.repository, task.commit));
  if (!task.project.build_command.empty()) {
    const ProcessResult built = TRY(run_step(task.sandbox, workspace, "build base",
                                             task.project.build_command, outcome.steps, task.stop));
    if (!built.success()) {
      outcome.why = "the base does not build here, so the ticket's script was not run";
      return outcome;
    }
  }
  TRY(workspace.apply({{std::string(interpreter->file), script.code, false}}));
  const std::string command =
      std::string(interpreter->program) + " " + std::string(interpreter->file);
  const ProcessResult first = TRY(run_step(task.sandbox, workspace, "reproduction 1/2", command,
                                           outcome.steps, task.stop));
  const ProcessResult second = TRY(run_step(task.sandbox, workspace, "reproduction 2/2", command,
                                            outcome.steps, task.stop));
  decide(task, first, second, outcome);
  return outcome;
}

std::optional<FileChange> as_test_file(const Reproduction& script) {
  const Interpreter* interpreter = interpreter_for(script.language);
  if (interpreter == nullptr || interpreter->program != "python3" || script.test_path.empty())
    return std::nullopt;
  std::string text =
      "\"\"\"The reproduction from a ticket: fails while the reported fault is there.\"\"\"\n";
  if (can_be_indented(script.code)) {
    text += "import unittest\n\n\nclass ReproductionTest(unittest.TestCase):\n"
            "    def test_reproduction(self):\n";
    for (std::string_view rest = script.code; !rest.empty();) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view line = rest.substr(0, end);
      if (line.find_first_not_of(" \t\r") != std::string_view::npos)
        text.append("        ").append(line);
      text += '\n';
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return FileChange{script.test_path, std::move(text), false};
  }
  text += "import subprocess\nimport sys\nimport unittest\n\nSCRIPT = (\n";
  for (std::string_view rest = script.code; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    text += "    " + json_quote(std::string(rest.substr(0, end)) + "\n") + "\n";
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  text += ")\n\n\nclass ReproductionTest(unittest.TestCase):\n"
          "    def test_reproduction(self):\n"
          "        done = subprocess.run([sys.executable, \"-c\", SCRIPT],\n"
          "                              capture_output=True, text=True, timeout=60)\n"
          "        self.assertEqual(done.returncode, 0, done.stderr)\n";
  return FileChange{script.test_path, std::move(text), false};
}

}  // namespace triage::verify
