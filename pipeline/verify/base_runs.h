// What a project's tests do on the base as it is, run once for every candidate of a run.
//
// The suite runs twice: tests that don't end the same way both times are flaky, named, and left
// out. What was found is kept by repository, commit, both commands and the limits of the sandbox;
// it is never looked at again while the object lives, so that an object should live no longer than
// one run of a ticket (the machine's own tools may change). Errors and stopped runs are not kept:
// the next caller tries again. Thread-safe: whoever comes while another works on the same base
// waits for it, at most for the time limits of the steps. A repository object belongs to one
// thread: each candidate brings its own.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pipeline/run.h"
#include "pipeline/verify/workspace.h"

namespace triage::verify {

struct ProofTask;
struct SuiteRun;

struct BaseRun {
  bool built = true;
  std::shared_ptr<const SuiteRun> suite;  // null without a test command
  std::set<std::string> flaky;
  std::vector<StepResult> steps;
};

class BaseRuns {
 public:
  enum class Order { as_written, shuffled };

  // Is the sandbox there, and tight? Looked at until it is. Errors: those of Sandbox::probe.
  Result<void> probe(const ProofTask& task);

  // In another order the suite runs once; nothing where the runner offers none (see runners.h).
  // Errors: those of verify_patch.
  Result<std::shared_ptr<const BaseRun>> find(const ProofTask& task,
                                              Order order = Order::as_written);

  // The base as it was built for find(), for one caller to go on in; the next ones get nothing.
  std::optional<Workspace> take_workspace(const ProofTask& task);

 private:
  struct Slot {
    std::mutex busy;
    std::shared_ptr<const BaseRun> run;
    std::optional<Workspace> workspace;
  };

  std::shared_ptr<Slot> slot(const ProofTask& task, Order order);

  std::mutex mutex_;
  std::set<std::string> probed_;  // keys of tasks
  std::map<std::string, std::shared_ptr<Slot>> slots_;
};

}  // namespace triage::verify
