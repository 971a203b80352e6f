// Diagrams in Mermaid: those a model writes are read and written anew, ours are built from text.
//
// Only a subset passes: flowcharts of nodes, links and subgraphs, sequence diagrams, state
// diagrams. No directives, links, clicks, styles, HTML, entities or addresses; bounded in nodes,
// lines and bytes. What comes out holds only syntax written here, labels in quotes. Pure; linear in
// the text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/result.h"

namespace triage::propose {

// The diagram in our own writing. Errors: invalid_input, naming the line and what is wrong there.
Result<std::string> check_mermaid(std::string_view text);

// A flowchart of one or more lanes, each a chain of steps from top to bottom; "" for no steps.
struct Lane {
  std::string title;
  std::vector<std::string> steps;
};
std::string flowchart_of(const std::vector<Lane>& lanes);

// Text as it may stand in a quoted label: on one line, bounded, nothing in it has a meaning.
std::string mermaid_label(std::string_view text);

}  // namespace triage::propose
