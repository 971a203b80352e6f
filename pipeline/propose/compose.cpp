#include "pipeline/propose/compose.h"

#include <algorithm>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/claims.h"
#include "pipeline/propose/lines.h"

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
  draft.stopped_by = std::move(by_model.stopped_by);
  if (draft.headline.empty() && !draft.stopped_by.empty()) {
    draft.headline = "Not finished: the work ended " + draft.stopped_by;
  } else if (draft.headline.empty()) {
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

}  // namespace triage::propose
