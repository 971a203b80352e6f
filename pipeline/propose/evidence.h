// What a retrieval shows, as evidence that anybody can check: frames, the place's own line, the
// commit that last changed it, and earlier tickets.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline/propose/code_at_commit.h"
#include "pipeline/run.h"

namespace triage::propose {

std::vector<Evidence> evidence_of(const Retrieved& found, const CodeAtCommit& code);

// The trace that leads into the project's code: the one whose frame is nearest to where it broke.
const retrieval::Trace* leading_trace(const Retrieved& found);
// Its first frame in the project's own code, or null.
const retrieval::Frame* app_frame(const retrieval::Trace& trace);

// Where to look first: "shop/pricing.py:88", and what it is called there.
struct Spot {
  std::string path;
  std::uint32_t line = 0;
  std::string symbol;
  std::string text;  // the line itself
  std::optional<LastChange> last_change;
  std::optional<RecentChange> recent_change;
  std::string where() const { return path + ":" + std::to_string(line); }
};
// Nothing when no place was found.
std::optional<Spot> first_spot(const Retrieved& found, const CodeAtCommit& code);

// The text of a line, trimmed and bounded; "" where there is none.
std::string line_at(const CodeAtCommit& code, const std::string& path, std::uint32_t number);

// A commit id shortened to seven digits; anything else ("#482") as it is.
std::string short_id(const std::string& reference);

}  // namespace triage::propose
