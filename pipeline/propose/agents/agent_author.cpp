#include "pipeline/propose/agents/agent_author.h"

#include "pipeline/propose/answer.h"

namespace triage::propose {

Result<Draft> AgentAuthor::write(const Feedback* last, Deadline deadline, std::stop_token stop) {
  StageContext context = context_;
  context.stop = std::move(stop);
  const SafeText prompt =
      last == nullptr ? prompt_
                      : redactor_.seal_code(prompt_.str() + "\n\n" + last->report.str());
  AgentOutcome outcome = TRY(run_agent({context, *code_.repository, code_.commit, gateway_, redactor_,
                                        context.settings.model, prompt,
                                        last == nullptr ? std::vector<Edit>{} : last->edits, deadline}));
  events_ = std::move(outcome.events);
  auto read = parse_answer(outcome.text, kind_);
  if (!read && outcome.edits.empty()) {
    if (!outcome.problem.empty()) return Error{ErrorKind::unavailable, outcome.problem};
    return read.error();
  }
  Draft draft = read ? std::move(*read) : Draft{};
  if (!read) draft.cause = outcome.text;
  // What lies in the working directory is the proposal, not what the last message says of it.
  draft.edits = std::move(outcome.edits);
  if (!outcome.problem.empty()) draft.stopped_by = "early: " + outcome.problem;
  return draft;
}

}  // namespace triage::propose
