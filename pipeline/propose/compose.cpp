#include "pipeline/propose/compose.h"

#include <algorithm>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/answer.h"
#include "pipeline/propose/claims.h"
#include "pipeline/propose/lines.h"
#include "pipeline/propose/prompt.h"

namespace triage::propose {
namespace {

constexpr size_t kMaxHeadline = 300;

template <class T>
void keep(T& ours, T& theirs) {
  if (!theirs.empty()) ours = std::move(theirs);
}

void append(std::vector<std::string>& to, std::vector<std::string>& from) {
  std::ranges::move(from, std::back_inserter(to));
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

Draft without_model(Draft offline, const std::string& problem) {
  offline.problems.push_back(problem + "; this was made without a model.");
  return offline;
}

}  // namespace

Draft merge_drafts(Draft offline, Draft by_model) {
  Draft draft = std::move(offline);
  take_artifacts(draft, by_model);
  draft.by_model = true;
  draft.kind = by_model.kind;
  draft.confidence = by_model.confidence;
  // The offline words say that no model was asked, so none of them may stand beside a model's.
  draft.headline = std::move(by_model.headline);
  draft.cause = std::move(by_model.cause);
  draft.question = std::move(by_model.question);
  draft.customer_note = std::move(by_model.customer_note);
  draft.not_known = std::move(by_model.not_known);
  draft.change = std::move(by_model.change);
  draft.edits = std::move(by_model.edits);
  keep(draft.understood, by_model.understood);
  keep(draft.assumed, by_model.assumed);
  keep(draft.out_of_scope, by_model.out_of_scope);
  keep(draft.acceptance, by_model.acceptance);
  keep(draft.title, by_model.title);
  if (draft.headline.empty()) {
    const std::string& said = draft.cause.empty() ? draft.title : draft.cause;
    const size_t end = std::min({said.find(". "), said.find('\n'), kMaxHeadline});
    draft.headline = truncate_utf8(said, end);
  }
  append(draft.problems, by_model.problems);
  return draft;
}

void restore_code_values(std::vector<Edit>& edits,
                         const std::map<std::string, std::string>& vault) {
  for (Edit& edit : edits) {
    for (Hunk& hunk : edit.hunks) {
      for (const auto& [placeholder, value] : vault) {
        if (hunk.before.find(placeholder) == std::string::npos) continue;
        hunk.before = replaced(std::move(hunk.before), placeholder, value);
        hunk.after = replaced(std::move(hunk.after), placeholder, value);
      }
    }
  }
}

Draft ask_model(Draft offline, const Run& run, const config::Settings& settings, Model& model,
                redact::Redactor& redactor, const CodeAtCommit& code, Deadline deadline,
                std::stop_token stop) {
  const std::string who = "The model " + settings.model.name;
  const auto answer = model.ask(build_prompt(run, settings, redactor), deadline, stop);
  if (!answer) {
    return without_model(std::move(offline), who + " at " + settings.model.base_url +
                                                 " could not be used: " + answer.error().message);
  }
  auto read = parse_answer(answer->text, run.classification->kind);
  if (!read) {
    return without_model(std::move(offline),
                         who + " answered, but of no use: " + read.error().message);
  }
  if (answer->cut_off) {
    read->problems.push_back("The model's answer was cut off at model.max_output_tokens.");
  }
  restore_code_values(read->edits, redactor.vault());
  Draft draft = merge_drafts(std::move(offline), std::move(*read));
  check_claims(draft, run, code);
  draft.made_by = settings.model.name;
  return draft;
}

}  // namespace triage::propose
