// What a stage is given besides the run, and what it may answer.
#pragma once

#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "config/settings.h"
#include "pipeline/base/clock.h"
#include "pipeline/base/http.h"
#include "pipeline/base/http_service.h"
#include "pipeline/base/result.h"
#include "pipeline/budget.h"
#include "pipeline/run.h"
#include "retrieval/code_library.h"

namespace triage {

// Earlier tickets, as the store remembers them (redacted).
class TicketMemory {
 public:
  virtual ~TicketMemory() = default;
  virtual std::vector<SimilarTicket> similar(const SafeText& text, const TicketKey& except,
                                             size_t k) = 0;
};

// Everything a stage may use. References outlive the call.
struct StageContext {
  const config::Settings& settings;
  const config::ProjectSettings& project;
  const Clock& clock;
  HttpClient& http;
  retrieval::CodeLibrary& code;
  TicketMemory& memory;
  Budget& budget;               // what this run may still spend
  std::string console_url;      // of this run's page, for the note
  std::string revision;         // fixed commit to work on; empty: the branch's newest
  std::stop_token stop;
  bool last_attempt = false;    // nobody tries again: go on with what there is rather than fail
  UnixHttpHost* sockets = nullptr;  // how an agent in the sandbox reaches the gateway; null: no agents
  std::uint32_t open_drafts = 0;    // draft pull requests of the project that wait for reviewers
};

// An expected outcome is not an error: next, wait, hand to a person, or end here (with a reason).
struct Advance {
  enum class Kind { next, park, needs_person, finish } kind = Kind::next;
  std::string reason;
  TimePoint until{};  // park
};

using StageFunction = Result<Advance> (*)(const StageContext& context, Run& run);

struct StageEntry {
  Stage stage;
  StageFunction run;
};

// The stages in order: read this first.
std::span<const StageEntry> stages();

// Runs one stage with its timing; a stage whose result is there already is not run again.
Result<Advance> run_stage(const StageEntry& entry, const StageContext& context, Run& run);

}  // namespace triage
