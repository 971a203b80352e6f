// What the two readers of a model's answer share: the names of its parts, and how text becomes a
// bounded paragraph, sentence or list.
//
// Pure functions, linear in the text; never fail.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/run.h"

namespace triage::propose::answer {

inline constexpr size_t kMaxItems = 20;

// The parts of an answer, by what models call them.
enum class Section {
  headline,
  cause,
  confidence,
  understood,
  assumed,
  not_known,
  out_of_scope,
  question,
  customer_note,
  acceptance,
  timeline,
  mermaid,
  steps,
  requirements,
  disagreements,
  undecided,
  title,
  change,
  edits,
  other
};
using Sections = std::map<Section, std::string>;

std::optional<Section> section_named(std::string_view name);

// The first line that says something, without Markdown around it; "none" and the like say nothing.
std::string sentence(std::string_view text);
// The whole text, without diagrams (those count only where they are checked); at most 4,000 bytes.
std::string paragraph(std::string_view text);
// The entries of a list, or its lines; at most kMaxItems.
std::vector<std::string> items(std::string_view text);
// An item of a list on one line, bounded.
std::string item(std::string_view text);
bool says_nothing(std::string_view text);

// The first ```mermaid block, without its fence; nothing where there is none.
std::optional<std::string> diagram_in(std::string_view text);

// What the sections say. `timeline` and the lists are read line by line.
Draft draft_of(const Sections& sections);

// The JSON object that the answer is or holds. Nothing: it holds none. Errors: invalid_input, where
// it means to be JSON and can't be read.
Result<std::optional<Json>> find_object(std::string_view text);
// Whether the answer as a whole means to be one.
bool is_json(std::string_view text);
// Adds to `problems` of the draft what had to be left out.
Draft read_object(const Json& object);

}  // namespace triage::propose::answer
