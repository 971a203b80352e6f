// The publish stage: what policy lets out. It decides the ending from what was computed (proof,
// policy, depth), never from what a model claims, and turns it into effects: at most one branch, one
// draft pull request, allow-listed labels and one note. It carries nothing out itself.
#pragma once

#include <string>
#include <vector>

#include "pipeline/stage.h"
#include "pipeline/verify/base_tree.h"

namespace triage::publish {

Result<Advance> publish_stage(const StageContext& context, Run& run);

// The base commit and what becomes of it, as git has them.
struct CodeAtHand {
  verify::BaseTree base, result;
};

// The stage on trees that were read already; null: there is no change, or no way to judge it, and
// then none leaves. Errors: those of reading the trees.
Result<Publication> make_publication(const StageContext& context, Run& run, const CodeAtHand* code);

// How the run ends, and whether that deserves a note.
struct Decision {
  Ending ending = Ending::diagnosis;
  bool note = true;
  std::string held;  // why a proven patch goes less far than the project's depth; empty: it doesn't
};
// No risk: there is nothing to fear. `max_risk` as in the project's settings.
Decision decide(const Run& run, const std::optional<Risk>& risk = std::nullopt,
                std::string_view max_risk = "medium");

// Those of the allowed labels that name the ticket's kind or severity: "bug", "triage/bug",
// "kind: bug", "severity/high".
std::vector<std::string> labels_for(const Classification& classification,
                                    const std::vector<std::string>& allowed);

// "triage/<ticket>-<slug>", from a ticket's second draft on with its number: always a valid ref name (git-check-ref-format). The title is a sealed
// one: a branch's name is read by as many as its title.
std::string branch_name(const Run& run, const SafeText& title);

}  // namespace triage::publish
