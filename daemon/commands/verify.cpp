// triaged verify: the same verdict about any patch that a run would give about its own.
//
// Exit status: 0 when the proof is red-green or regression-free, 1 when it is lower, 2 for a wrong
// option, patch file, repository or revision, 3 when the sandbox can't be used here.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "daemon/commands/command.h"
#include "pipeline/edit_format.h"
#include "pipeline/verify/proof.h"

namespace triage::commands {
namespace {

struct VerifyOptions {
  std::string repository = ".", revision = "HEAD", patch, test_patch, test_command, build_command;
  std::string ticket;
  std::uint32_t runs = 3, time_limit = 300;
  std::string user = "nobody";
  bool json = false;
};

Json as_json(const Verification& found) {
  Json steps = Json::array();
  for (const StepResult& step : found.steps)
    steps.push(Json::object()
                   .set("name", step.name)
                   .set("exit", step.exit)
                   .set("took_ms", step.took.count())
                   .set("log", step.log));
  return Json::object()
      .set("proof", name_of(found.proof))
      .set("why", found.why)
      .set("red", found.red)
      .set("red_reason", found.red_reason)
      .set("steps", std::move(steps))
      .set("tests", Json::object()
                        .set("fixed", to_json(found.tests.fixed))
                        .set("broken", to_json(found.tests.broken))
                        .set("still_failing", to_json(found.tests.still_failing))
                        .set("passed_before", found.tests.passed_before)
                        .set("passed_after", found.tests.passed_after))
      .set("policy", to_json(found.policy));
}

void print_text(const Verification& found) {
  std::printf("proof: %s\n%s\n", std::string(name_of(found.proof)).c_str(), found.why.c_str());
  for (const StepResult& step : found.steps)
    std::printf("  %-28s exit %d, %s\n", step.name.c_str(), step.exit,
                human_duration(step.took).c_str());
  for (const std::string& line : found.policy) std::printf("  policy: %s\n", line.c_str());
}

Result<std::vector<Edit>> read_patch(const std::string& path) {
  if (path.empty()) return std::vector<Edit>();
  const std::string text = TRY(read_input(path));
  // An empty patch is a patch, and gets its verdict like any other.
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) return std::vector<Edit>();
  return TRY_CTX(parse_unified_diff(text), path);
}

// What was reported: plain text, or a ticket file as `triaged run` takes it.
Result<verify::ReportedFault> read_reported(const std::string& path) {
  if (path.empty()) return verify::ReportedFault();
  std::string text = TRY(read_input(path));
  if (const auto ticket = parse_json(text); ticket.ok() && ticket->is_object()) {
    text = (*ticket)["subject"].as_string() + "\n" + (*ticket)["body"].as_string();
    for (const Json& comment : (*ticket)["comments"].items())
      text += "\n" + (comment.is_string() ? comment : comment["body"]).as_string();
  }
  return verify::ReportedFault(retrieval::parse_traces(text), text);
}

Result<int> verify(const VerifyOptions& options) {
  const retrieval::Repository repository = TRY(retrieval::Repository::open(options.repository));
  const std::string commit = TRY(repository.resolve(options.revision));
  config::SandboxSettings limits;
  limits.user = options.user;
  limits.time_limit = std::chrono::seconds(options.time_limit);
  const verify::Sandbox sandbox(limits);
  config::ProjectSettings project;
  project.test_command = options.test_command;
  project.build_command = options.build_command;
  project.proof_runs = options.runs;
  const std::vector<Edit> edits = TRY(read_patch(options.patch));
  const std::vector<Edit> test_edits = TRY(read_patch(options.test_patch));
  const verify::ReportedFault reported = TRY(read_reported(options.ticket));
  if (auto there = sandbox.probe(); !there) {
    std::fprintf(stderr, "triaged: sandbox: %s\n", there.error().message.c_str());
    return kOutsideFailed;
  }

  const verify::ProofTask task{repository, commit, project, sandbox, reported, {}};
  const Verification found = TRY(verify::verify_patch(task, edits, test_edits));
  if (options.json) {
    std::printf("%s\n", as_json(found).dump().c_str());
  } else {
    print_text(found);
  }
  return found.proof >= Proof::regression_free ? kDone : kAnswerIsNo;
}

}  // namespace

void add_verify(CLI::App& app, Action& action) {
  auto options = std::make_shared<VerifyOptions>();
  CLI::App* command = app.add_subcommand(
      "verify", "Show how far a patch works: apply, policy, tests in the sandbox");
  command->add_option("--repo", options->repository, "Repository (a folder)")->required();
  command->add_option("--rev", options->revision, "Base commit, branch or tag")
      ->capture_default_str();
  command->add_option("--patch", options->patch, "Unified diff to judge, - for standard input")
      ->required();
  command->add_option("--test-patch", options->test_patch, "Unified diff with its tests");
  command->add_option("--ticket", options->ticket,
                      "What was reported (text or ticket file): the failing test has to show it");
  command->add_option("--test", options->test_command, "Test command, run by sh -c in the sandbox")
      ->required();
  command->add_option("--build", options->build_command, "Build command, run before the tests");
  command->add_option("--runs", options->runs, "How often the tests have to pass with the patch")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command->add_option("--time-limit", options->time_limit, "Seconds that each step may take")
      ->check(CLI::Range(1, 86'400))
      ->capture_default_str();
  command->add_option("--user", options->user, "Account for the sandbox when run as root")
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON document");
  command->callback([options, &action] {
    action = [options] {
      auto done = verify(*options);
      return done ? *done : report(done.error());
    };
  });
}

}  // namespace triage::commands
