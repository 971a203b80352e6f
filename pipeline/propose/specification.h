// A draft of requirements from the record of a conversation, in the speakers' own words.
//
// Extractive and deterministic: what is wished for, where two speakers differ (both are quoted,
// nobody is right), and what was left open or asked and not answered. Speakers stand by role or
// placeholder; their names are taken out of the quotes. Nothing is summed up and nothing decided.
// Bounded.
#pragma once

#include "pipeline/run.h"
#include "pipeline/transcript.h"

namespace triage::propose {

// Fills requirements, disagreements, undecided, out_of_scope, steps (what somebody took on) and
// puts the first wishes into understood.
void write_specification(Draft& draft, const Transcript& talk);

// The record of a conversation in the redacted ticket: its body, or a file attached to it.
std::optional<Transcript> talk_of(const Run& run);

// Puts what we call the speakers in the place of their names, wherever a draft of such a record
// says them.
void hide_speakers(Draft& draft, const Transcript& talk);

}  // namespace triage::propose
