// An agent in the sandbox as an author: it is given the same words as a model in our loop, works on
// its own copy of the files, and what it left there is the proposal.
#pragma once

#include <string>

#include "pipeline/propose/agents/agent.h"
#include "pipeline/propose/author.h"

namespace triage::propose {

class AgentAuthor final : public Author {
 public:
  // `prompt`: instructions, code and ticket in one text. References outlive the author.
  AgentAuthor(const StageContext& context, const retrieval::CodeView& code, Gateway& gateway,
              redact::Redactor& redactor, SafeText prompt, TicketKind kind)
      : context_(context),
        code_(code),
        gateway_(gateway),
        redactor_(redactor),
        prompt_(std::move(prompt)),
        kind_(kind) {}

  Result<Draft> write(const Feedback* last, Deadline deadline, std::stop_token stop) override;
  std::vector<AgentEvent> take_events() override { return std::exchange(events_, {}); }

 private:
  const StageContext& context_;
  const retrieval::CodeView& code_;
  Gateway& gateway_;
  redact::Redactor& redactor_;
  SafeText prompt_;
  TicketKind kind_;
  std::vector<AgentEvent> events_;
};

}  // namespace triage::propose
