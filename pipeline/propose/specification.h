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

}  // namespace triage::propose
