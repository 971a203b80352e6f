#include "pipeline/publish/pull_request.h"

#include <algorithm>

#include "pipeline/base/phrases.h"
#include "pipeline/base/utf8.h"
#include "pipeline/publish/fragment.h"
#include "pipeline/publish/parts.h"

namespace triage::publish {
namespace {

struct DiffSize {
  size_t files = 0, added = 0, removed = 0;
};

DiffSize size_of(const Verification& v) {
  DiffSize size{v.changes.size(), 0, 0};
  bool in_hunk = false;
  for (size_t start = 0; start < v.diff.size();) {
    const size_t end = std::min(v.diff.find('\n', start), v.diff.size());
    const std::string_view line = std::string_view(v.diff).substr(start, end - start);
    if (line.starts_with("diff --git")) in_hunk = false;
    if (line.starts_with("@@")) in_hunk = true;
    if (in_hunk && line.starts_with('+')) ++size.added;
    if (in_hunk && line.starts_with('-')) ++size.removed;
    start = end + 1;
  }
  return size;
}

std::string size_in_words(const DiffSize& size) {
  return counted(size.files, "file", "files") + ", +" + std::to_string(size.added) + " −" +
         std::to_string(size.removed);
}

std::string details(std::string_view summary, const std::string& inner) {
  return "<details><summary>" + std::string(summary) + "</summary>\n\n" + inner + "\n</details>\n";
}

std::string root_cause(const Run& run, const NoteContext& context) {
  constexpr size_t kMostPlaces = 10, kMostEvents = 10;
  std::string out = "**Root cause** › " + paragraphs(run.draft->cause, 4000) + "\n";
  for (size_t i = 0; i < run.draft->evidence.size() && i < kMostPlaces; ++i) {
    const Evidence& evidence = run.draft->evidence[i];
    out += "- ";
    if (!evidence.path.empty())
      out += place_link(context.web, run.retrieved->commit, evidence.path, evidence.start,
                        evidence.end) + " ";
    out += code(evidence.text, 200) + " (" + prose(evidence.kind, 40) + ")\n";
  }
  const std::string events = timeline(run, context.web, kMostEvents);
  return events.empty() ? out : out + "\n**How it comes about** ›\n\n" + events;
}

// What turned from red to green, from the figures; a weaker proof says why it is not higher.
std::string proof_in_words(const Run& run) {
  const Verification& v = *run.verification;
  if (v.proof != Proof::red_green || v.tests.fixed.empty()) return prose(v.why, 600) + ".";
  const bool one = v.tests.fixed.size() == 1;
  std::vector<std::string> fixed;
  for (size_t i = 0; i < v.tests.fixed.size() && i < 5; ++i)
    fixed.push_back(code(v.tests.fixed[i], 120));
  const auto runs = std::ranges::count_if(v.steps, [](const StepResult& step) {
    return step.name.starts_with("tests with the patch");
  });
  std::string out = listed(fixed) + (one ? " fails" : " fail") + " on base " +
                    code(run.retrieved->commit.substr(0, 7));
  if (!v.red.empty()) out += " with " + code(v.red, 200);
  out += one ? " and passes with the patch" : " and pass with the patch";
  return out + (runs > 1 ? " in each of " + std::to_string(runs) + " runs." : ".");
}

// Every step in a line, then as much of its log as there is room for.
std::string logs_of(const Verification& v, size_t room) {
  constexpr size_t kMostSteps = 12, kLargest = 3000;
  const size_t steps = std::min(v.steps.size(), kMostSteps);
  std::string logs;
  for (size_t i = 0; i < steps; ++i) {
    const StepResult& step = v.steps[i];
    const size_t size = std::min(kLargest, room / steps);
    logs += (i == 0 ? "" : "\n") + code(step.name, 120) + ": exit " + std::to_string(step.exit) + ", " +
            human_duration(step.took) + "\n";
    if (size >= 200 && !step.log.empty()) logs += code_block(step.log, size);
  }
  return logs;
}

std::string proof_section(const Run& run, size_t room) {
  const Verification& v = *run.verification;
  const std::string counts = counted(v.tests.passed_before, "test passes", "tests pass") +
                             " before the change, " + std::to_string(v.tests.passed_after) +
                             " after it.";
  return "**Proof: " + std::string(name_of(v.proof)) + "** › " + proof_in_words(run) + " " + counts +
         "\n\n" + details("red and green logs", logs_of(v, room));
}

// The change in words, then its size.
std::string change_section(const Run& run) {
  const Draft& draft = *run.draft;
  std::string words = prose(draft.change.empty() ? draft.title : draft.change, 600);
  if (!words.empty()) words += words.ends_with('.') ? " " : ". ";
  return "**Change** › " + words + size_in_words(size_of(*run.verification)) + ".\n";
}

// What was not looked at is said by the draft; what was not run is known to us.
std::string not_checked(const Run& run) {
  constexpr size_t kMost = 8;
  std::vector<std::string> items;
  for (size_t i = 0; i < run.draft->not_known.size() && i < kMost; ++i)
    items.push_back(prose(run.draft->not_known[i], 160));
  items.emplace_back("behaviour under load");
  return "**Not checked** › " + listed(items) + ".\n";
}

std::string risk_section(const NoteContext& context) {
  if (!context.risk) return {};
  const Risk& risk = *context.risk;
  const std::string reasons = risk.reasons.empty() ? "" : risk_reasons(risk, 6) + "; ";
  return "**Risk: " + risk.level + "** (" + std::to_string(risk.score) + " of 100) › " + reasons +
         "no protected path, no new network host.\n";
}

// Names that a forge would notify stand in backticks, unless the project asks for them.
std::string owner_in_words(const std::string& owner, bool mention) {
  const bool login = owner.starts_with('@') && std::ranges::all_of(owner.substr(1), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_./").find(c) != std::string_view::npos;
  });
  return mention && login ? owner : code(owner, 80);
}

// Owners first, then who last changed the lines that the patch is about.
std::string reviewers(const Run& run, const NoteContext& context) {
  std::vector<std::string> owners, authors;
  for (const std::string& owner : context.owners)
    owners.push_back(owner_in_words(owner, context.request_reviewers));
  const auto is_changed = [&](const Place& place) {
    return std::ranges::find(run.verification->changes, place.path, &FileChange::path) !=
           run.verification->changes.end();
  };
  const bool any_changed = std::ranges::any_of(run.retrieved->places, is_changed);
  for (const Place& place : run.retrieved->places) {
    if (!place.last_change || (any_changed && !is_changed(place))) continue;
    const std::string name = prose(place.last_change->author, 60);
    if (std::ranges::find(authors, name) == authors.end()) authors.push_back(name);
    if (authors.size() == 2) break;
  }
  std::vector<std::string> parts;
  if (!owners.empty()) parts.push_back(listed(owners) + " (CODEOWNERS)");
  if (!authors.empty()) parts.push_back(listed(authors) + " (last changed these lines)");
  return parts.empty() ? std::string() : "**Reviewers** › " + listed(parts) + ".\n";
}

std::string customer_words(const Run& run) {
  std::string out = "**What the customer said** › ";
  if (run.draft->understood.empty()) return out + quoted(run.redaction->subject.str(), 300) + "\n";
  for (size_t i = 0; i < run.draft->understood.size() && i < 3; ++i)
    out += (i == 0 ? "" : " ") + quoted(run.draft->understood[i], 300);
  return out + "\n";
}

// Ticked only where a test that the patch turned from red to green covers it by its name.
std::string acceptance(const Run& run) {
  const std::vector<Criterion> criteria = criteria_of(run);
  if (criteria.empty()) return {};
  std::string out = "**Acceptance criteria** ›\n";
  for (const Criterion& criterion : criteria) {
    out += criterion.test.empty()
               ? "- [ ] " + prose(criterion.text, 300) + " (not covered)\n"
               : "- [x] " + prose(criterion.text, 300) + " (" + code(criterion.test, 120) + ")\n";
  }
  return out;
}

std::string footer(const Run& run, const NoteContext& context) {
  std::uint64_t tokens = 0;
  for (const ModelExchange& exchange : run.draft->exchanges)
    tokens += exchange.input_tokens + exchange.output_tokens;
  std::string out = "<sub>triaged run " + link(run.id, context.console_url) + " · made by " +
                    prose(run.draft->made_by, 60) + " · " + spent(run, context.now);
  if (tokens > 0) out += " · " + std::to_string(tokens) + " tokens";
  if (run.draft->rounds > 0) out += " · " + counted(run.draft->rounds, "round", "rounds");
  if (const std::string hidden = hidden_values(run); !hidden.empty()) out += " · " + hidden;
  return out + " · receipt " + std::string(kReceiptSlot) + "</sub>\n";
}

}  // namespace

std::string render_title(const Run& run) {
  const bool test_only = run.verification && run.verification->proof == Proof::none &&
                         run.verification->reproduced.value_or(false);
  std::string title = prose(test_only ? "Failing test: " + run.redaction->subject.str()
                            : run.draft->title.empty() ? run.draft->headline
                                                       : run.draft->title,
                            200);
  while (title.ends_with('.')) title.pop_back();
  if (title.size() > 72) {
    title = std::string(truncate_utf8(title, 71)) + "…";
    // A span that was cut open would set free what it holds.
    if (std::ranges::count(title, '`') % 2 == 1) title = title.substr(0, title.rfind('`')) + "…";
  }
  return title;
}

std::string render_pull_request(const Run& run, const NoteContext& context) {
  const std::string ticket = link(prose(run.ticket.key.str(), 80), run.ticket.url);
  std::string out = "*Draft made by triaged from ticket " + ticket +
                    ". Not reviewed by anyone. It can't merge or deploy itself.*\n";
  if (!run.draft->stopped_by.empty())
    out += "\n*Stopped early: " + sentence(run.draft->stopped_by, 300) + "*\n";
  for (const std::string& section :
       {customer_words(run), root_cause(run, context), change_section(run),
        proof_section(run, context.log_bytes), acceptance(run), not_checked(run),
        risk_section(context), reviewers(run, context)}) {
    if (!section.empty()) out += "\n" + section;
  }
  out += "\nAnswer in a comment: `/triage refine WHAT TO CHANGE` · `/triage reject WHY` · "
         "`/triage retry` · `/triage stop`\n\n" + footer(run, context);
  return out;
}

}  // namespace triage::publish
