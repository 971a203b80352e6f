// What a model is told: how to work, and what a ticket of each kind is to become.
//
// Fixed texts, the same for every run, so that endpoints can cache them. The form of an answer is
// answer_schema() for models that call tools or answer in JSON, and Markdown headings for the rest.
#pragma once

#include <string_view>

#include "pipeline/run.h"

namespace triage::propose {

// How the model gives its answer: by the tool `finish`, as one JSON object, under headings, or, an
// agent, in the files of its working directory and a last message under headings.
enum class AnswerForm { tools, json, headings, agent };

// The system text.
std::string_view instructions_for(AnswerForm form);

// What the ticket is to become.
std::string_view task_for(TicketKind kind);

// What the one attempt to repair an unusable answer begins with; the reason follows.
inline constexpr std::string_view kRepair =
    "Your answer could not be used. Give the whole answer again, put right. What is wrong: ";

}  // namespace triage::propose
