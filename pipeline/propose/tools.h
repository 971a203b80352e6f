// What a model in our loop may do: look at the code, change it in memory, run the tests in the
// sandbox, and finish.
//
// Each tool is one row of a table in tools.cpp. Whatever a model passes is answered with text: a call
// that can't be done says why and what would do. Results are sealed by redaction and cut head and
// tail; nothing here writes outside the sandbox or reaches a network. One candidate, one thread.
#pragma once

#include <string>
#include <vector>

#include "pipeline/propose/models/model.h"
#include "pipeline/propose/working_tree.h"
#include "pipeline/redact/redact.h"
#include "pipeline/run.h"
#include "pipeline/verify/proof.h"
#include "retrieval/code_library.h"

namespace triage::propose {

// References outlive the box.
struct ToolWorld {
  const retrieval::CodeView& code;
  const verify::ProofTask& proof;  // how the tests are run
  redact::Redactor& redactor;
  bool may_edit = true;  // false below depth `spec`: it only looks
};

class ToolBox {
 public:
  // `base`: the commit as it is; `tree`: with the changes to start from.
  ToolBox(ToolWorld world, WorkingTree base, WorkingTree tree);

  // Of the tools that make sense for this project and depth; "finish" is the loop's own.
  std::vector<ToolSpec> specs() const;
  SafeText call(const ToolCall& call);
  // All of them or none, on the working copy; where they fit the commit only, in place of what was
  // changed so far: the model gave its whole patch again. Errors: invalid_input naming the file.
  Result<void> apply(const std::vector<Edit>& edits);

  const WorkingTree& tree() const { return tree_; }
  // Everything that was called so far, in order.
  std::vector<AgentEvent> take_events();

 private:
  friend struct ToolTable;
  Result<std::string> search_code(const Json& arguments);
  Result<std::string> read(const Json& arguments);
  Result<std::string> definition(const Json& arguments);
  Result<std::string> references(const Json& arguments);
  Result<std::string> history(const Json& arguments);
  Result<std::string> edit(const Json& arguments);
  Result<std::string> run_tests(const Json& arguments);

  bool can_run_tests() const;

  ToolWorld world_;
  WorkingTree base_;
  WorkingTree tree_;
  std::vector<AgentEvent> events_;
  std::optional<int> exit_;  // of the command that the current call ran
};

}  // namespace triage::propose
