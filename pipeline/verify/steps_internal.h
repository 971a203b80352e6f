// Commands run in the sandbox and recorded as steps of a verification. Private to this folder.
#pragma once

#include <string>

#include "pipeline/base/utf8.h"
#include "pipeline/run.h"
#include "pipeline/verify/sandbox.h"
#include "pipeline/verify/workspace.h"

namespace triage::verify {

inline constexpr size_t kLogBytes = 16 * 1024;

// Output as it may be shown and stored: whole text of both streams, UTF-8.
inline std::string full_log(const ProcessResult& result) {
  std::string log = result.out;
  if (!log.empty() && !log.ends_with('\n')) log += '\n';
  log += result.err;
  if (result.timed_out) log += "\n[ended: over the time limit]";
  if (result.too_much_output) log += "\n[ended: too much output]";
  return repair_utf8(log);
}

inline Result<ProcessResult> run_step(const Sandbox& sandbox, const Workspace& workspace,
                                      const std::string& name, const std::string& command,
                                      std::vector<StepResult>& steps, std::stop_token stop) {
  const ProcessResult result = TRY_CTX(
      sandbox.run(workspace.path(), command, sandbox.settings().time_limit, stop), "sandbox");
  if (result.stopped) return Error{ErrorKind::timeout, "stopped while running " + name};
  steps.push_back({name, command, result.exit_code, result.took,
                   head_and_tail(full_log(result), kLogBytes)});
  return result;
}

}  // namespace triage::verify
