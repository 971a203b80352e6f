// Effect: one outward write, decided by the publish stage, carried out by the daemon's outbox.
//
// An effect is create-or-adopt: whoever carries it out looks for its op_id first (a branch of that
// name, a marker in a note, a pull request for that head) and adopts what is there. Bodies are
// SafeText: nothing else can leave.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/codec.h"
#include "pipeline/base/ids.h"
#include "pipeline/base/text.h"

namespace triage {

enum class EffectKind { push_branch, open_draft_pull_request, add_labels, post_note };

inline std::span<const std::string_view> names(EffectKind) {
  static constexpr std::array<std::string_view, 4> kNames{"push_branch", "open_draft_pull_request",
                                                          "add_labels", "post_note"};
  return kNames;
}

// One file of a resulting tree. Regular files only; no content means the file is deleted.
struct FileChange {
  std::string path;
  std::optional<std::string> content;
  bool executable = false;
};

// In the order of EffectKind a run's effects are carried out; a later one may name an earlier one's
// result: kPullRequestLink in a note's body becomes the link to the pull request or branch.
inline constexpr std::string_view kPullRequestLink = "{{pull_request}}";

struct Effect {
  std::string op_id;
  EffectKind kind = EffectKind::post_note;

  // push_branch, open_draft_pull_request
  std::string project;
  std::string branch;       // always "triage/…"
  std::string base_branch;  // where a pull request would go
  std::string base_commit;  // the commit the changes were made and proven on
  std::vector<FileChange> changes;

  // add_labels, post_note
  TicketKey ticket;
  std::vector<std::string> labels;

  SafeText title;  // commit message or pull request title
  SafeText body;   // note, or pull request description
};

template <class V>
void describe(V& v, FileChange& f) {
  v("path", f.path);
  v("content", f.content);
  v("executable", f.executable);
}

template <class V>
void describe(V& v, Effect& e) {
  v("op_id", e.op_id);
  v("kind", e.kind);
  v("project", e.project);
  v("branch", e.branch);
  v("base_branch", e.base_branch);
  v("base_commit", e.base_commit);
  v("changes", e.changes);
  v("ticket", e.ticket);
  v("labels", e.labels);
  v("title", e.title);
  v("body", e.body);
}

// What came of an effect: where it can be seen, and whether it was found rather than made.
struct EffectResult {
  std::string id;   // id on the other side: note id, pull request number, branch name
  std::string url;
  bool adopted = false;
};

template <class V>
void describe(V& v, EffectResult& r) {
  v("id", r.id);
  v("url", r.url);
  v("adopted", r.adopted);
}

// "<!-- triage:op=0123456789abcdef -->": hidden in Markdown, found again by create-or-adopt.
std::string effect_marker(std::string_view op_id);

}  // namespace triage
