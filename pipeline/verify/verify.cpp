#include "pipeline/verify/verify.h"

#include <algorithm>

#include "pipeline/verify/base_tree.h"
#include "pipeline/verify/policy.h"
#include "pipeline/verify/proof.h"
#include "pipeline/verify/reproduction.h"

namespace triage::verify {
namespace {

// A failing test is worth a branch of its own where nobody offers a patch.
Result<void> keep_failing_test(const ProofTask& task, FileChange test, Verification& result) {
  const BaseTree base = TRY(BaseTree::load(task.repository, task.commit));
  const auto refused = TRY(check_policy(base, {test}, task.project));
  if (base.find(test.path) != nullptr || !refused.empty()) return {};
  result.changes = {std::move(test)};
  result.why = "a failing test made from the ticket's own reproduction";
  return {};
}

Result<Verification> verify_draft(const ProofTask& task, const Draft& draft, config::Depth depth) {
  Verification result;
  std::vector<Edit> reproduction_test;
  std::optional<FileChange> failing_test;
  if (draft.reproduction && depth >= config::Depth::diagnose) {
    const ReproductionOutcome outcome = TRY(reproduce(task, *draft.reproduction));
    result.reproduced = outcome.reproduced;
    result.red = outcome.red;
    result.why = outcome.why;
    result.steps = outcome.steps;
    if (outcome.reproduced.value_or(false)) failing_test = as_test_file(*draft.reproduction);
  }
  if (draft.edits.empty()) {
    if (failing_test && depth >= config::Depth::spec)
      TRY(keep_failing_test(task, std::move(*failing_test), result));
    if (result.why.empty()) result.why = "no patch was proposed";
    return result;
  }
  if (depth < config::Depth::patch) {
    result.why = "this project's depth ends before a patch";
    return result;
  }
  const bool brings_test = std::any_of(draft.edits.begin(), draft.edits.end(), [](const Edit& e) {
    return is_test_path(e.path);
  });
  if (failing_test && !brings_test)
    reproduction_test.push_back({failing_test->path, {}, failing_test->content, false});
  return verify_patch(task, draft.edits, reproduction_test, std::move(result));
}

}  // namespace

Result<Advance> verify_stage(const StageContext& context, Run& run) {
  if (!run.retrieved || run.retrieved->commit.empty() || !run.draft) {
    run.verification.emplace().why = "there is no code and draft to verify";
    return Advance{};
  }
  const retrieval::CodeView view =
      TRY(context.code.reopen(context.project.name, run.retrieved->commit, context.stop));
  const Sandbox sandbox(context.settings.sandbox);
  const ProofTask task{*view.repository,
                       view.commit,
                       context.project,
                       sandbox,
                       ReportedFault(run.retrieved->traces,
                                     run.redaction ? run.redaction->text.str() : std::string()),
                       context.stop};

  Verification result = TRY(verify_draft(task, *run.draft, run.depth));
  if (!result.changes.empty() && result.policy.empty()) {
    const std::string commit = TRY_CTX(
        view.repository->commit_changes(view.commit, result.changes, "preview", run.started),
        "diff of the patch");
    result.diff = TRY_CTX(view.repository->diff(view.commit, commit), "diff of the patch");
  }
  run.verification = std::move(result);
  return Advance{};
}

}  // namespace triage::verify
