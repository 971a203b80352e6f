#include "pipeline/verify/verify.h"

#include <algorithm>
#include <utility>

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

Result<Verification> try_draft(const ProofTask& task, const Draft& draft, config::Depth depth) {
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

Result<Verification> verify_draft(const ProofTask& task, const Draft& draft, config::Depth depth) {
  Verification result = TRY(try_draft(task, draft, depth));
  if (result.changes.empty() || !result.policy.empty()) return result;
  const std::string commit = TRY_CTX(
      task.repository.commit_changes(task.commit, result.changes, "preview", TimePoint{}),
      "diff of the patch");
  result.diff = TRY_CTX(task.repository.diff(task.commit, commit), "diff of the patch");
  return result;
}

Result<Advance> verify_stage(const StageContext& context, Run& run) {
  if (!run.retrieved || run.retrieved->commit.empty() || !run.draft) {
    run.verification.emplace().why = "there is no code and draft to verify";
    return Advance{};
  }
  // The propose stage had these very edits verified by verify_draft().
  if (run.draft->verified) {
    run.verification = std::move(*std::exchange(run.draft->verified, std::nullopt));
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

  run.verification = TRY(verify_draft(task, *run.draft, run.depth));
  return Advance{};
}

}  // namespace triage::verify
