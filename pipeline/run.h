// Run: one passage of a ticket revision through the stages, and what each stage found out.
//
// A stage is a function from what is known to what is new. The driver stores each stage's result
// (the optional below that the stage filled) before the next begins; a crash resumes at the stage
// that was running, with everything before it reloaded from JSON. Stages never talk to the store,
// a helpdesk or a forge; what they want done outside they return as Effects.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/settings.h"
#include "pipeline/base/codec.h"
#include "pipeline/base/effect.h"
#include "pipeline/base/ticket.h"
#include "retrieval/index.h"
#include "retrieval/pack.h"
#include "retrieval/traces.h"

namespace triage {

// In order. The list with their functions is in pipeline/stages.cpp.
enum class Stage { classify, redact, retrieve, propose, verify, publish };
inline constexpr std::array<std::string_view, 6> kStageNames{"classify", "redact", "retrieve",
                                                             "propose",  "verify", "publish"};
inline std::span<const std::string_view> names(Stage) { return kStageNames; }

// ---- classify --------------------------------------------------------------------------------
enum class TicketKind {
  bug, feature, question, complaint, incident, billing, spam, other,
  operations,  // how work is done here, not what the program does
  transcript,  // of a meeting or a call
};
inline std::span<const std::string_view> names(TicketKind) {
  static constexpr std::array<std::string_view, 10> kNames{
      "bug",     "feature", "question", "complaint",  "incident",
      "billing", "spam",    "other",    "operations", "transcript"};
  return kNames;
}

struct Classification {
  TicketKind kind = TicketKind::other;
  double p = 0;                  // 0…1
  std::map<std::string, double> labels;  // every kind with its share
  std::vector<std::string> why;  // the words and rules that decided
  std::string severity;          // "low", "normal", "high", "critical"
  std::vector<std::string> missing;  // "version", "steps", "error message": what the ticket lacks
  bool vague = false;            // too little to search with
  std::string skip_reason;       // not empty: not to be looked at (spam, empty …)
};

// ---- redact ----------------------------------------------------------------------------------
struct RedactedSpan {
  std::string field;  // "subject", "body", "comment 2", "attachment server.log"
  std::uint64_t start = 0, end = 0;  // UTF-8 byte offsets in that field, half-open
  std::string kind;         // "EMAIL", "PHONE", "CARD", "IBAN", "IP", "API_KEY", "PERSON" …
  std::string rule;
  std::string placeholder;  // "<EMAIL_1>"
};

struct Redaction {
  SafeText subject;
  SafeText body;
  std::vector<SafeText> comments;
  std::vector<SafeText> attachments;
  SafeText text;  // all of it, subject on the first line: what search and models get
  SafeText instruction;  // of Run::instruction; not part of `text`
  std::vector<RedactedSpan> spans;
  std::map<std::string, std::string> vault;  // placeholder → value; never leaves
};

// ---- retrieve --------------------------------------------------------------------------------
struct LastChange {
  std::string commit, author, summary;
  TimePoint time{};
};

// A change of a place's file shortly before the ticket, where the ticket says "since …".
struct RecentChange {
  LastChange change;
  std::uint32_t start = 0, end = 0;  // the first lines that it left in the file; 0: not looked up
};

struct Place {
  std::string path;
  std::uint32_t start = 0, end = 0;
  std::string symbol;
  double score = 0;
  std::vector<std::string> why;  // at most three clauses for people, the strongest first
  std::string excerpt;  // the lines that matter most, at most a dozen
  std::optional<LastChange> last_change;
  std::optional<RecentChange> recent_change = std::nullopt;
};

struct SimilarTicket {
  TicketKey key;
  std::string subject;
  std::string url;
  double score = 0;     // 0…1
  std::string fixed_by; // commit or pull request, where known
  std::vector<std::string> why = {};  // what it shares with this one
};

// One exchange with a model: digests and figures; bodies are kept by the gateway, not here.
struct ModelExchange {
  std::string model, endpoint;
  std::string request_sha256, answer_sha256;
  std::uint64_t input_tokens = 0, output_tokens = 0;
  std::uint64_t cached_tokens = 0;  // of the input, read from the endpoint's cache
  double cost = 0;  // USD
  Milliseconds took{0};
  std::string error;
  bool priced = true;  // false: nobody told us a price, and `cost` is 0 for that
};

struct Retrieved {
  std::string branch, commit;
  std::string stale;  // why the mirror is not fresh, if so
  std::string trust;  // "exact", "likely", "weak"
  std::vector<Place> places;  // best first
  std::vector<retrieval::Trace> traces;
  std::vector<retrieval::PackedChunk> context;
  std::vector<SimilarTicket> similar;
  std::uint64_t files = 0;  // how many were searched
  double search_ms = 0;
  std::vector<ModelExchange> exchanges;  // with an embedding endpoint
  std::string warning;  // why it could not be used, in words for people
};

// ---- verify ----------------------------------------------------------------------------------
enum class Proof { none, applies, builds, regression_free, red_green };
inline std::span<const std::string_view> names(Proof) {
  static constexpr std::array<std::string_view, 5> kNames{"none", "applies", "builds",
                                                          "regression-free", "red-green"};
  return kNames;
}

struct StepResult {
  std::string name;  // "apply", "base tests", "test on base", "test with patch 1/3" …
  std::string command;
  int exit = 0;
  Milliseconds took{0};
  std::string log;   // head and tail
};

struct TestChanges {
  std::vector<std::string> fixed, broken, still_failing;
  std::uint32_t passed_before = 0, passed_after = 0;
};

struct Verification {
  Proof proof = Proof::none;
  std::vector<StepResult> steps;
  TestChanges tests;
  std::vector<std::string> policy;  // what policy refused; not empty: nothing may be published
  std::vector<FileChange> changes;  // the resulting files, where the patch applied
  std::string diff;                 // of those, against the base
  std::string why;                  // why the proof is not higher, or how it was shown
  std::string red;                  // the line with which the new test failed on the base
  std::string red_reason;           // what makes that the reported fault, or that nothing can tell
  std::vector<std::string> flaky;   // tests of the base that end differently from run to run
  std::optional<bool> reproduced;   // the ticket's own script: did it show the fault?
};

// ---- propose ---------------------------------------------------------------------------------
enum class Confidence { low, medium, high };
inline std::span<const std::string_view> names(Confidence) {
  static constexpr std::array<std::string_view, 3> kNames{"low", "medium", "high"};
  return kNames;
}

// A claim and where anybody can check it.
struct Evidence {
  std::string kind;  // "frame", "error string", "symbol", "commit", "ticket", "log", "test"
  std::string path;
  std::uint32_t start = 0, end = 0;
  std::string commit;
  std::string text;  // the cited line or a short statement
};

// A change to one file: replacements in order, or the whole content, or removal.
struct Hunk {
  std::string before, after;
  std::uint32_t line_hint = 0;  // from a diff header; 0: none
};
struct Edit {
  std::string path;
  std::vector<Hunk> hunks;
  std::optional<std::string> content;
  bool remove = false;
};

// A script from the ticket that can be run, and as which test file it would be kept.
struct Reproduction {
  std::string language;
  std::string code;
  std::string test_path;
};

// One thing that a model did on its way, for the receipt: a tool call of our loop, or an event of an
// agent's stream.
struct AgentEvent {
  std::string by;       // "loop", "codex", "claude"
  std::string what;     // "read", "edit", "run_tests", "command", "file change", "refused" …
  std::string detail;   // path, command or reason: one short line, sealed
  std::optional<int> exit;
};

enum class DraftKind { diagnosis, patch, question, no_change, answer, workflow, spec };
inline std::span<const std::string_view> names(DraftKind) {
  static constexpr std::array<std::string_view, 7> kNames{
      "diagnosis", "patch", "question", "no_change", "answer", "workflow", "spec"};
  return kNames;
}

// One event on the way to the fault, in order of time.
struct TimelineEvent {
  std::string what;  // a sentence
  std::string when;  // as the ticket or history says it; may be empty
  Evidence evidence; // where it can be checked; kind empty: nowhere
};

struct Draft {
  DraftKind kind = DraftKind::diagnosis;
  std::string made_by;    // "offline" or the model's name
  bool by_model = false;
  std::string headline;   // the answer in one sentence
  std::string cause;      // a short paragraph, plain words
  Confidence confidence = Confidence::low;
  std::vector<Evidence> evidence;
  std::vector<std::string> understood, assumed, not_known, out_of_scope;
  std::string question;   // at most one, to the customer
  std::string customer_note;
  std::vector<std::string> acceptance;  // criteria
  std::vector<TimelineEvent> timeline;  // bug, incident
  std::string mermaid;                  // workflow: a flowchart, checked
  std::vector<std::string> steps;       // workflow: what would be done, by whom
  std::vector<std::string> requirements, disagreements, undecided;  // spec from a transcript
  std::string title;      // behaviour, for the pull request
  std::string change;     // what the patch does, one or two sentences
  std::vector<Edit> edits;              // the patch, tests included
  std::optional<Reproduction> reproduction;
  std::vector<std::string> problems;    // model unreachable, answer unusable … for people
  std::vector<ModelExchange> exchanges;
  std::vector<AgentEvent> events;
  std::uint32_t struck = 0;      // citations of the model that are not in the code
  std::uint32_t rounds = 0;      // proposals that were verified before this one was chosen
  std::string stopped_by;        // the bound that ended the work early, in words; empty: none
  std::optional<Verification> verified;  // of exactly these edits, by the verify room
};

// ---- publish ---------------------------------------------------------------------------------
enum class Ending {
  draft_pull_request, preview_branch, diagnosis, question, no_change, skipped,
  answer, workflow, spec,
};
inline std::span<const std::string_view> names(Ending) {
  static constexpr std::array<std::string_view, 9> kNames{
      "draft-pull-request", "preview-branch", "diagnosis", "question", "no-change", "skipped",
      "answer",             "workflow",       "spec"};
  return kNames;
}

// How much a reviewer has to fear from a patch, computed from its resulting tree and its proof.
struct Risk {
  std::uint32_t score = 0;           // 0…100
  std::string level = "low";         // "low", "medium", "high"
  std::vector<std::string> reasons;  // clauses for people, the weightiest first
};

struct Publication {
  Ending ending = Ending::diagnosis;
  std::optional<Risk> risk;  // of the patch, where there is one
  std::vector<Effect> effects;
  Json statement;  // the receipt's in-toto statement, before it is signed
};

// ----------------------------------------------------------------------------------------------
struct StageTiming {
  Stage stage = Stage::classify;
  Milliseconds took{0};
};

struct Run {
  std::string id;
  std::string project;
  config::Depth depth = config::Depth::diagnose;
  TimePoint started{};
  Ticket ticket;
  RawText instruction;  // what an authorised person asked for by "/triage refine"; untrusted all the same
  std::uint32_t draft_number = 1;  // of this ticket's branches; from the second on it is in the name
  std::string held_back;  // why no pull request is opened though one could be; empty: nothing is in its way
  std::optional<Classification> classification;
  std::optional<Redaction> redaction;
  std::optional<Retrieved> retrieved;
  std::optional<Draft> draft;
  std::optional<Verification> verification;
  std::optional<Publication> publication;
  std::vector<StageTiming> timings;
  std::string failure;  // why a stage was given up or a person is needed; publish says so
};

// What one stage added to the run, as JSON, and its inverse.
Json stage_result(const Run& run, Stage stage);
Result<void> restore_stage(Run& run, Stage stage, const Json& json);

}  // namespace triage
