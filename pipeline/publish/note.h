// The internal note: what support reads while on the phone. The first line is the answer; plain
// words first, code last. Markdown; holds the slots that the outbox fills (pull request, receipt).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pipeline/publish/permalink.h"
#include "pipeline/run.h"

namespace triage::publish {

inline constexpr std::string_view kReceiptSlot = "{{receipt}}";

// What the texts need besides the run.
struct NoteContext {
  std::string console_url;          // of the run; may be empty
  WebAddress web;
  TimePoint now{};
  std::optional<Risk> risk;         // of the patch
  std::string held;                 // why a proven patch goes less far than it might
  std::vector<std::string> owners;  // of the changed files, as CODEOWNERS names them
  bool request_reviewers = false;   // owners are mentioned, so that the forge notifies them
  size_t log_bytes = 24'000;        // of all logs together
};

std::string render_note(const Run& run, Ending ending, const NoteContext& context);

}  // namespace triage::publish
