#include "pipeline/propose/answer.h"

namespace triage::propose {
namespace {

Json text(std::string_view description) {
  return Json::object().set("type", "string").set("description", description);
}

Json choice(std::initializer_list<std::string_view> values, std::string_view description) {
  Json names = Json::array();
  for (const std::string_view value : values) names.push(value);
  return text(description).set("enum", std::move(names));
}

Json nullable(std::string_view type, std::string_view description) {
  return Json::object()
      .set("type", Json::array().push(type).push("null"))
      .set("description", description);
}

// Strict endpoints want every member required and no others.
Json object(Json properties) {
  Json required = Json::array();
  for (const auto& [name, schema] : properties.members()) required.push(name);
  return Json::object()
      .set("type", "object")
      .set("properties", std::move(properties))
      .set("required", std::move(required))
      .set("additionalProperties", false);
}

Json list(Json items, std::string_view description) {
  return Json::object()
      .set("type", "array")
      .set("description", description)
      .set("items", std::move(items));
}

Json texts(std::string_view description) {
  return list(Json::object().set("type", "string"), description);
}

void add_findings(Json& properties, std::string_view headline, std::string_view cause) {
  properties.set("headline", text(headline))
      .set("cause", text(cause))
      .set("confidence", choice({"low", "medium", "high"}, "How sure the given code makes you."))
      .set("understood", texts("Sentences of the ticket, word for word. At most 6."))
      .set("assumed", texts("What you took for granted. At most 6, one sentence each."))
      .set("not_known", texts("What was not shown or not checked. At most 6."))
      .set("out_of_scope", texts("What the ticket raises and this leaves alone. At most 6."))
      .set("question", text("One question to the customer, only if its answer would decide the "
                            "matter; else empty. At most 200 characters."))
      .set(
          "customer_note",
          text(
              "Two or three friendly sentences that support may send: what you understood, and "
              "\"Is this what you meant?\" No promise, no date, no code. At most 500 characters."));
}

void add_timeline(Json& properties) {
  Json event;
  event.set("when", text("A date or words of the ticket or history; empty if not told."))
      .set("what", text("One sentence: what happened. At most 250 characters."))
      .set("path", nullable("string", "The file that shows it, or null."))
      .set("line", nullable("integer", "The line in that file, or null."));
  properties.set("timeline", list(object(std::move(event)),
                                  "How it came about, earliest first, each with its evidence. No "
                                  "fix in here. At most 10."));
}

void add_edits(Json& properties) {
  Json edit;
  edit.set("path", text("The file, from the top of the repository."))
      .set("search", nullable("string",
                              "Whole lines of the file exactly as they are, enough of "
                              "them to be found once; null for a new or deleted file."))
      .set("replace", nullable("string", "What takes the place of `search`; null without it."))
      .set("content", nullable("string", "The whole text of a new file, else null."))
      .set("delete", Json::object().set("type", "boolean").set("description", "Delete the file."));
  properties
      .set("title", text("For the pull request: the behaviour, not the file. At most 72 "
                         "characters; empty without edits."))
      .set("change",
           text("One or two sentences: what the edits do; or \"No change needed\" and why."))
      .set("edits", list(object(std::move(edit)), "The edits, tests included; empty for none."));
}

void add_acceptance(Json& properties) {
  Json criterion;
  criterion.set("given", text("The state before.")).set("when", text("What is done."));
  criterion.set("then", text("What can be seen. At most 200 characters."));
  properties.set("acceptance", list(object(std::move(criterion)),
                                    "How one can see that the wish is met. At most 8."));
}

void add_workflow(Json& properties) {
  Json step;
  step.set("phase", choice({"today", "proposed"}, "As it is, or as it could be."))
      .set("who", text("A role or placeholder of the ticket, never a name; may be empty."))
      .set("what", text("What is done. At most 200 characters."));
  properties
      .set("steps", list(object(std::move(step)),
                         "How it runs today as the ticket tells it, then what could be done "
                         "instead. Blame nobody. At most 16."))
      .set("mermaid", text("The proposed way as a Mermaid flowchart that begins with \"flowchart "
                           "TD\": nodes like a[\"text\"], links like a -->|text| b; no styles, "
                           "links, HTML or directives. At most 25 nodes; empty for none."));
}

Json said(std::string_view by) {
  Json side;
  side.set("by", text(by))
      .set("quote", text("Their words, word for word. At most 200 characters."));
  return side;
}

void add_specification(Json& properties) {
  constexpr std::string_view kBy = "The speaker's role or placeholder.";
  Json requirement;
  requirement.set("text", text("One requirement in a sentence of yours. At most 200 characters."));
  const Json side = said(kBy);
  for (const auto& [name, schema] : side.members()) requirement.set(name, schema);
  Json disagreement;
  disagreement.set("about", text("What they differ on, in a few words."))
      .set("sides", list(object(side), "Each side, two or more."));
  properties
      .set("requirements",
           list(object(std::move(requirement)), "What they agreed to want. At most 20."))
      .set("disagreements", list(object(std::move(disagreement)),
                                 "Where they differ: keep both sides, decide nothing. At most 12."))
      .set("undecided", texts("What was left open or asked and not answered, quoted. At most 12."));
}

}  // namespace

Json answer_schema(TicketKind kind) {
  Json properties;
  constexpr std::string_view kHeadline = "The answer in one sentence. At most 250 characters.";
  switch (kind) {
    case TicketKind::feature:
      add_findings(properties, kHeadline,
                   "Where it would go and what is there today, citing `path:line`. At most 1,500 "
                   "characters.");
      add_acceptance(properties);
      add_edits(properties);
      break;
    case TicketKind::question:
      add_findings(
          properties, kHeadline,
          "The answer in plain words, citing code or documentation as `path:line`. At most "
          "1,500 characters.");
      add_edits(properties);
      break;
    case TicketKind::complaint:
      add_findings(
          properties, kHeadline,
          "What led to it, in plain words; `path:line` where the code explains it. At most "
          "1,500 characters.");
      add_workflow(properties);
      add_edits(properties);
      break;
    case TicketKind::operations:
      add_findings(properties, kHeadline,
                   "What makes it slow or go wrong. At most 1,500 characters.");
      add_workflow(properties);
      break;
    case TicketKind::transcript:
      add_findings(properties, kHeadline,
                   "What was talked about and to what end. At most 1,500 characters.");
      add_specification(properties);
      break;
    default:
      add_findings(
          properties, kHeadline,
          "The root cause in plain words with `path:line`: keep asking why until the first "
          "thing that went wrong. No fix in here. At most 1,500 characters.");
      add_timeline(properties);
      add_edits(properties);
  }
  return object(std::move(properties));
}

}  // namespace triage::propose
