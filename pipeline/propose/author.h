// Author: who writes a proposal for a run, be it a plain model in our loop or an agent in the sandbox.
#pragma once

#include <stop_token>
#include <vector>

#include "pipeline/base/clock.h"
#include "pipeline/base/result.h"
#include "pipeline/base/text.h"
#include "pipeline/run.h"

namespace triage::propose {

// What the proposal of the round before came to.
struct Feedback {
  std::vector<Edit> edits;
  SafeText report;  // the diff, how far it was proven and why not further, the failing logs
};

class Author {
 public:
  virtual ~Author() = default;
  // One proposal: the model's words, and its edits as whole contents and removals. `last`: null in
  // the first round. A bound that ended the work early is in Draft::stopped_by, with what there was
  // by then. Errors: as in Model, where nothing came of it.
  virtual Result<Draft> write(const Feedback* last, Deadline deadline, std::stop_token stop) = 0;
  // What was done since it was last asked for, also by work that failed.
  virtual std::vector<AgentEvent> take_events() = 0;
};

}  // namespace triage::propose
