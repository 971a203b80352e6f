// What is written about the settings, made from their declaration: deterministic texts.
#pragma once

#include <string>

#include "config/settings.h"
#include "pipeline/base/json.h"

namespace triage::config {

// A Markdown table for each section.
std::string reference();

// Every key as JSON: path, type, default, bounds, help.
Json reference_json();

// JSON Schema (draft 2020-12) for editors.
Json schema();

// A YAML file in which every key stands, commented out, with its default and its help; it loads as
// it is. Prose starts with "# ", a key with "#" alone: take that away to set it.
std::string example();

// The effective values, nested as in the file; a secret is "(set)" or "(not set)".
Json effective(const Settings& settings);
std::string effective_yaml(const Settings& settings);

}  // namespace triage::config
