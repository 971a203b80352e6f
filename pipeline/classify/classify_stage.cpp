#include <algorithm>

#include "pipeline/classify/classify.h"

namespace triage::classify {

Result<Advance> classify_stage(const StageContext& context, Run& run) {
  Classification c = classify(run.ticket.subject.raw(), run.ticket.body.raw());
  // A picture or a log with no words still is a ticket.
  const bool attached = std::any_of(run.ticket.attachments.begin(), run.ticket.attachments.end(),
                                    [](const Attachment& a) { return !a.text.empty(); });
  if (c.skip_reason == "the ticket has no text" && attached) c.skip_reason.clear();
  if (context.project.depth == config::Depth::skip) c.skip_reason = "policy: skip";
  const std::string reason = c.skip_reason;
  run.classification = std::move(c);
  if (reason.empty()) return Advance{};
  return Advance{Advance::Kind::finish, reason, {}};
}

}  // namespace triage::classify
