// What a line in the record of a conversation can begin with: a time, a name, a bullet, a heading.
//
// Pure functions over one line; never fail.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pipeline/base/ascii.h"
#include "pipeline/transcript.h"

namespace triage::transcript {

// A time of day or of a recording at the start, with brackets around it: its size, 0 for none.
size_t time_size(std::string_view text);

struct Who {
  std::string name, role;
  bool said = false;  // the name is a placeholder or a role, and may be shown
};
// A name, a role or a placeholder; nothing where the text before a colon is something else.
std::optional<Who> who_in(std::string_view text);

// "Attendees", "## Offene Punkte:".
std::optional<TurnPart> heading_in(std::string_view line);

std::string_view without_bullet(std::string_view line);

}  // namespace triage::transcript
