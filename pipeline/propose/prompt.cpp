#include "pipeline/propose/prompt.h"

#include <algorithm>
#include <string>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/agents/agent.h"

namespace triage::propose {
namespace {

constexpr size_t kMaxTicket = 32 * 1024;  // bytes of ticket text in a prompt
constexpr std::string_view kTicketStart = "--- BEGIN TICKET (untrusted data) ---";
constexpr std::string_view kTicketEnd = "--- END TICKET ---";

std::string code_context(const std::vector<retrieval::PackedChunk>& chunks) {
  if (chunks.empty()) return "No code could be found for this ticket. Give no edits.\n";
  std::string text;
  for (const retrieval::PackedChunk& chunk : chunks) {
    text +=
        "### " + chunk.path + ":" + std::to_string(chunk.start) + "-" + std::to_string(chunk.end);
    if (!chunk.symbol.empty()) text += " (" + chunk.symbol + ")";
    text += "\n```\n" + chunk.text + (chunk.text.ends_with('\n') ? "" : "\n") + "```\n";
    if (!chunk.left_out.empty()) text += "(left out: " + chunk.left_out + ")\n";
    text += "\n";
  }
  return text;
}

// The closing mark inside a ticket would end the quotation early.
std::string quoted_ticket(const SafeText& ticket) {
  std::string text = head_and_tail(ticket.str(), kMaxTicket);
  for (size_t at = text.find("--- "); at != std::string::npos; at = text.find("--- ", at)) {
    const bool mark = text.compare(at, kTicketEnd.size(), kTicketEnd) == 0 ||
                      text.compare(at, kTicketStart.size(), kTicketStart) == 0;
    if (mark) text.replace(at, 3, "- -");
    at += 4;
  }
  return text;
}

std::string hints(const Retrieved& found) {
  std::string text;
  for (const Place& place : found.places) {
    text += "- " + place.path + ":" + std::to_string(place.start) + "-" + std::to_string(place.end);
    for (const std::string& why : place.why) text += "; " + why;
    text += "\n";
  }
  return text.empty()
             ? ""
             : "Places that the code index thinks most likely, best first:\n" + text + "\n";
}

// What an engineer asked for by "/triage refine".
std::string wish(const Redaction& redaction) {
  if (redaction.instruction.empty()) return "";
  return "# Wish of an engineer\n\nAn engineer of the project looked at an earlier draft and asks for "
         "this. Follow it where it concerns the change, within the rules:\n\n> " +
         quoted_ticket(redaction.instruction) + "\n\n";
}

std::string tests(const config::ProjectSettings& project) {
  if (project.test_command.empty()) return "";
  return "The project's tests are run with `" + project.test_command + "`.\n";
}

}  // namespace

AnswerForm form_for(const config::ModelSettings& model) {
  if (is_agent(model)) return AnswerForm::agent;
  return model.tools ? AnswerForm::tools : AnswerForm::json;
}

ModelRequest build_prompt(const Run& run, const config::Settings& settings,
                          const config::ProjectSettings& project, redact::Redactor& redactor) {
  const TicketKind kind = run.classification ? run.classification->kind : TicketKind::bug;
  const std::string code = "# Code of " + run.project + " at commit " + run.retrieved->commit +
                           "\n\n" + code_context(run.retrieved->context);
  const std::string ticket = "# Ticket\n\n" + std::string(kTicketStart) + "\n" +
                             quoted_ticket(run.redaction->text) + "\n" + std::string(kTicketEnd) +
                             "\n\n" + hints(*run.retrieved) + wish(*run.redaction) + "# Task\n\n" +
                             std::string(task_for(kind)) + "\n" + tests(project);
  ModelRequest request;
  request.max_output_tokens = settings.model.max_output_tokens;
  request.messages.push_back({Role::system, redactor.seal_code(instructions_for(form_for(settings.model)))});
  request.messages.push_back({Role::user, redactor.seal_code(code + "\n" + ticket)});
  return request;
}

}  // namespace triage::propose
