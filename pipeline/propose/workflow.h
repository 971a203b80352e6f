// A way of working as a ticket tells it: how it runs today, and what is wished for instead.
//
// The ticket's own sentences, in its order, as steps and as a Mermaid flowchart with a lane for
// each. Nothing is added, and no sentence that blames or insults somebody is repeated. Bounded.
#pragma once

#include <string_view>

#include "pipeline/run.h"

namespace triage::propose {

// Fills steps and mermaid; false, and nothing filled, where the text tells too little of it.
bool write_workflow(Draft& draft, std::string_view text);

}  // namespace triage::propose
