#include <algorithm>

#include "pipeline/classify/classify.h"
#include "pipeline/transcript.h"

namespace triage::classify {
namespace {

constexpr std::size_t kFewWords = 600;  // bytes of a body that only hands over a file

// "See the attached notes": then the record of the conversation is the ticket.
std::string with_talk(const Ticket& ticket) {
  std::string text = ticket.body.raw();
  if (text.size() > kFewWords) return text;
  for (const Attachment& attachment : ticket.attachments) {
    if (read_transcript(attachment.text.raw())) return text + "\n\n" + attachment.text.raw();
  }
  return text;
}

}  // namespace

Result<Advance> classify_stage(const StageContext& context, Run& run) {
  Classification c = classify(run.ticket.subject.raw(), with_talk(run.ticket));
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
