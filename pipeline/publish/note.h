// The internal note: what support reads while on the phone. The first line is the answer; plain
// words first, code last. Markdown; holds the slots that the outbox fills (pull request, receipt).
#pragma once

#include <string>

#include "pipeline/run.h"

namespace triage::publish {

inline constexpr std::string_view kReceiptSlot = "{{receipt}}";

struct NoteContext {
  std::string console_url;  // of the run; may be empty
  std::string web_url;      // of the repository, for permalinks; may be empty
  TimePoint now{};
};

std::string render_note(const Run& run, Ending ending, const NoteContext& context);

// Parts that the pull request shares.
std::string place_link(const std::string& web_url, const std::string& commit,
                       const std::string& path, std::uint32_t start, std::uint32_t end);
std::string hidden_values(const Run& run);   // "2 values hidden (1 e-mail, 1 API key)", or ""
std::string spent(const Run& run, TimePoint now);  // "41 s · $0.06"; "41 s" without a model
std::string day_month(TimePoint time);       // "17 Nov 2026"

}  // namespace triage::publish
