#include "pipeline/redact/redact.h"

namespace triage::redact {
namespace {

constexpr std::size_t kMostText = std::size_t{512} * 1024;  // what search and models are given

// Redacts one field and notes its spans under the field's name.
SafeText field(Redactor& redactor, std::string_view text, const std::string& name,
               Redaction& into) {
  Redacted redacted = redactor.redact(text);
  for (Span& span : redacted.spans) {
    into.spans.push_back({name, span.start, span.end, std::move(span.kind), std::move(span.rule),
                          std::move(span.placeholder)});
  }
  return std::move(redacted.text);
}

}  // namespace

Redaction redact_ticket(const Ticket& ticket, const RawText& instruction) {
  Redactor redactor;
  redactor.know(ticket);
  Redaction out;
  out.subject = field(redactor, ticket.subject.raw(), "subject", out);
  out.body = field(redactor, ticket.body.raw(), "body", out);
  std::vector<SafeText> names;
  for (const Comment& comment : ticket.comments) {
    const std::string name = "comment " + std::to_string(out.comments.size() + 1);
    out.comments.push_back(field(redactor, comment.body.raw(), name, out));
  }
  for (const Attachment& attachment : ticket.attachments) {
    const std::string number = std::to_string(names.size() + 1);
    names.push_back(field(redactor, attachment.name, "attachment " + number + " name", out));
    out.attachments.push_back(
        field(redactor, attachment.text.raw(), "attachment " + names.back().str(), out));
  }

  std::vector<Redactor::Section> sections{{{}, nullptr, &out.subject}, {{}, nullptr, &out.body}};
  for (const SafeText& comment : out.comments) sections.push_back({"Comment:", nullptr, &comment});
  for (std::size_t i = 0; i < names.size(); ++i)
    sections.push_back({"Attachment ", &names[i], &out.attachments[i]});
  std::erase_if(sections, [&](const Redactor::Section& s) {
    return s.text->empty() && s.text != &out.subject;
  });
  if (!instruction.empty())
    out.instruction = field(redactor, instruction.raw(), "instruction", out);
  out.text = Redactor::join(sections, kMostText);
  out.vault = redactor.vault();
  return out;
}

Result<Advance> redact_stage(const StageContext& /*context*/, Run& run) {
  run.redaction = redact_ticket(run.ticket, run.instruction);
  return Advance{};
}

}  // namespace triage::redact
