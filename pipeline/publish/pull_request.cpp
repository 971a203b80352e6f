#include "pipeline/publish/pull_request.h"

#include <algorithm>
#include <set>

#include "pipeline/base/utf8.h"
#include "pipeline/publish/fragment.h"

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
  std::string out = "**Root cause** › " + paragraphs(run.draft->cause, 4000) + "\n";
  for (const Evidence& evidence : run.draft->evidence) {
    out += "- ";
    if (!evidence.path.empty())
      out += place_link(context.web_url, run.retrieved->commit, evidence.path, evidence.start,
                        evidence.end) + " ";
    out += code(evidence.text, 200) + " (" + prose(evidence.kind, 40) + ")\n";
  }
  return out;
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

std::string proof_section(const Run& run) {
  constexpr size_t kMostSteps = 10;
  const Verification& v = *run.verification;
  const std::string counts = counted(v.tests.passed_before, "test passes", "tests pass") +
                             " before the change, " + std::to_string(v.tests.passed_after) +
                             " after it.";
  std::string logs;
  for (size_t i = 0; i < v.steps.size() && i < kMostSteps; ++i) {
    const StepResult& step = v.steps[i];
    if (i > 0) logs += "\n";
    logs += code(step.name, 120) + ": exit " + std::to_string(step.exit) + ", " +
            human_duration(step.took) + "\n" + code_block(step.log, 3000);
  }
  return "**Proof: " + std::string(name_of(v.proof)) + "** › " + proof_in_words(run) + " " + counts +
         "\n\n" + details("logs", logs);
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
  std::vector<std::string> items;
  for (const std::string& item : run.draft->not_known) items.push_back(prose(item, 160));
  items.emplace_back("behaviour under load");
  return "**Not checked** › " + listed(items) + ".\n";
}

std::string risk(const Run& run) {
  const DiffSize size = size_of(*run.verification);
  const size_t lines = size.added + size.removed;
  const bool small = size.files <= 3 && lines <= 60;
  const bool large = size.files > 8 || lines > 300;
  std::vector<std::string> reasons{size_in_words(size)};
  reasons.emplace_back("no protected path");
  reasons.emplace_back(run.verification->tests.broken.empty() ? "no existing test broke"
                                                              : "existing tests broke");
  return std::string("**Risk: ") + (large ? "high" : small ? "low" : "medium") + "** › " +
         listed(reasons) + ".\n";
}

std::string reviewers(const Run& run) {
  std::vector<std::string> names;
  for (const Place& place : run.retrieved->places) {
    if (!place.last_change) continue;
    const std::string name = prose(place.last_change->author, 60);
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    if (names.size() == 2) break;
  }
  if (names.empty()) return {};
  return "**Reviewers** › last changed these lines: " + listed(names) + ".\n";
}

std::string customer_words(const Run& run) {
  std::string out = "**What the customer said** › ";
  if (run.draft->understood.empty()) return out + quoted(run.redaction->subject.str(), 300) + "\n";
  for (size_t i = 0; i < run.draft->understood.size() && i < 3; ++i)
    out += (i == 0 ? "" : " ") + quoted(run.draft->understood[i], 300);
  return out + "\n";
}

std::string acceptance(const Run& run) {
  if (run.draft->acceptance.empty()) return {};
  std::string out = "**Acceptance criteria** (proposed; tick what you agree with) ›\n";
  for (const std::string& item : run.draft->acceptance) out += "- [ ] " + prose(item, 300) + "\n";
  return out;
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
  for (const std::string& section :
       {customer_words(run), root_cause(run, context),
        change_section(run),
        proof_section(run), acceptance(run), not_checked(run), risk(run), reviewers(run)}) {
    if (!section.empty()) out += "\n" + section;
  }
  out += "\n<sub>triaged run " + run.id + " · made by " + prose(run.draft->made_by, 60) + " · " +
         spent(run, context.now);
  const std::string hidden = hidden_values(run);
  if (!hidden.empty()) out += " · " + hidden;
  out += " · receipt " + std::string(kReceiptSlot) + "</sub>\n";
  return out;
}

}  // namespace triage::publish
