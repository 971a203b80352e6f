// Parts that notes and pull requests share. What comes from a run goes through fragment.h; a part
// is "" where there is nothing to say.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/publish/note.h"
#include "pipeline/run.h"

namespace triage::publish {

// `path:12–18` as a link at the commit, or as code where there is no address.
std::string place_link(const WebAddress& web, const std::string& commit, const std::string& path,
                       std::uint32_t start, std::uint32_t end);

std::string hidden_values(const Run& run);         // "2 values hidden (1 e-mail, 1 API key)"
std::string spent(const Run& run, TimePoint now);  // "41 s · $0.06"; "41 s" without a model
std::string day_month(TimePoint time);             // "17 Nov 2026"

// One line of prose that ends like a sentence.
std::string sentence(std::string_view untrusted, size_t max);

// What happened in order, each with where it can be checked; at most `most` events.
std::string timeline(const Run& run, const WebAddress& web, size_t most);

// "its reasons, joined", the weightiest first.
std::string risk_reasons(const Risk& risk, size_t most);

// Criteria with the fixed test of ours that covers each by its name: "" where none does.
struct Criterion {
  std::string text, test;
};
std::vector<Criterion> criteria_of(const Run& run);

// The answer's places, the workflow's diagram and steps, the specification's lists.
std::string artifact(const Run& run, Ending ending, const WebAddress& web);

}  // namespace triage::publish
