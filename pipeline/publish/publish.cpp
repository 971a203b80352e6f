#include "pipeline/publish/publish.h"

#include <algorithm>

#include "pipeline/publish/fragment.h"
#include "pipeline/publish/gate.h"
#include "pipeline/publish/note.h"
#include "pipeline/publish/owners.h"
#include "pipeline/publish/pull_request.h"
#include "pipeline/publish/risk.h"
#include "pipeline/receipt/statement.h"
#include "pipeline/redact/redact.h"

namespace triage::publish {
namespace {

// GitHub takes 65,536 characters.
constexpr size_t kLargestBody = 65'000;

bool has_tests_only(const Verification& v) {
  return v.proof == Proof::none && v.reproduced.value_or(false) && !v.changes.empty();
}

// The label's own word: what follows the last "/" or ":".
std::string word_of(std::string_view label) {
  const size_t cut = label.find_last_of("/:");
  if (cut != std::string_view::npos) label.remove_prefix(cut + 1);
  std::string out;
  for (const char c : label) {
    if (c != ' ') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

Effect branch_effect(const StageContext& context, const Run& run, redact::Redactor& redactor) {
  Effect effect;
  effect.kind = EffectKind::push_branch;
  effect.op_id = op_id_for(run.id, name_of(effect.kind));
  effect.project = run.project;
  effect.title = redactor.seal(render_title(run));
  effect.branch = branch_name(run, effect.title);
  effect.base_branch = context.project.branch.empty() ? run.retrieved->branch : context.project.branch;
  effect.base_commit = run.retrieved->commit;
  effect.changes = run.verification->changes;
  effect.body = redactor.seal("Draft made by triaged from ticket " + run.ticket.key.str() + ", run " +
                              run.id + ".\nNot reviewed by anyone.\n");
  return effect;
}

Effect pull_request_effect(const Effect& branch, const Run& run, const NoteContext& note,
                           redact::Redactor& redactor) {
  Effect effect = branch;
  effect.kind = EffectKind::open_draft_pull_request;
  effect.op_id = op_id_for(run.id, name_of(effect.kind));
  effect.changes.clear();
  // Sealing makes a body longer; what a forge would not take is made with less of the logs.
  NoteContext room = note;
  for (const size_t bytes : {note.log_bytes, note.log_bytes / 4, size_t{0}}) {
    room.log_bytes = bytes;
    effect.body =
        redactor.seal(render_pull_request(run, room) + "\n" + effect_marker(effect.op_id));
    if (effect.body.str().size() <= kLargestBody) break;
  }
  return effect;
}

Effect labels_effect(const Run& run, std::vector<std::string> labels) {
  Effect effect;
  effect.kind = EffectKind::add_labels;
  effect.op_id = op_id_for(run.id, name_of(effect.kind));
  effect.ticket = run.ticket.key;
  effect.labels = std::move(labels);
  return effect;
}

Effect note_effect(const Run& run, Ending ending, const NoteContext& note,
                   redact::Redactor& redactor) {
  Effect effect;
  effect.kind = EffectKind::post_note;
  effect.op_id = op_id_for(run.id, name_of(effect.kind));
  effect.ticket = run.ticket.key;
  const std::string marker = "\n" + effect_marker(effect.op_id);
  effect.body = redactor.seal(render_note(run, ending, note) + marker);
  if (const auto guarded = redactor.guard(effect.body.str()); !guarded) {
    effect.body = redactor.seal("**A note was made and held back:** " + guarded.error().message +
                                ". The run's page has it: " + note.console_url + "\n" + marker);
  }
  return effect;
}

// What the gate says about the changes; what can't be judged does not leave.
Result<std::optional<Risk>> judge_changes(const StageContext& context, Run& run,
                                          const CodeAtHand* code, const redact::Redactor& redactor) {
  if (!run.verification || run.verification->changes.empty()) return std::optional<Risk>();
  std::vector<std::string>& policy = run.verification->policy;
  if (code == nullptr && !policy.empty()) return std::optional<Risk>();
  if (code == nullptr) {
    policy.emplace_back("the code could not be read again, so the change was not judged");
    return std::optional<Risk>();
  }
  for (std::string& line : TRY(judge(code->base, code->result, context.project, redactor))) {
    if (std::ranges::find(policy, line) == policy.end()) policy.push_back(std::move(line));
  }
  if (has_tests_only(*run.verification)) return std::optional<Risk>();
  return std::optional<Risk>(risk_of(run, TRY(changes_between(code->base, code->result))));
}

// The tree keeps the repository open that its contents are read from.
Result<verify::BaseTree> load_tree(const std::shared_ptr<retrieval::Repository>& repository,
                                   const std::string& commit) {
  constexpr std::uint64_t kLargest = 4U << 20U;
  return verify::BaseTree(TRY(repository->files(commit)),
                          [repository](const retrieval::TreeFile& file) {
                            return repository->read_blob(file.blob, kLargest);
                          });
}

// Reads both trees from the mirror: what git makes of the changes is what is judged. Changes that git
// can't make a tree of are refused; what was refused before needs no reading.
Result<std::optional<CodeAtHand>> read_code(const StageContext& context, Run& run) {
  if (!run.retrieved || !run.verification || run.verification->changes.empty() ||
      !run.verification->policy.empty() || decide(run).ending == Ending::skipped)
    return std::optional<CodeAtHand>();
  const retrieval::CodeView view =
      TRY(context.code.reopen(context.project.name, run.retrieved->commit, context.stop));
  const retrieval::Repository& repository = *view.repository;
  const Result<std::string> result = repository.commit_changes(
      view.commit, run.verification->changes, "preview", run.started);
  if (!result) {
    run.verification->policy.push_back("the changes make no tree: " + result.error().message);
    return std::optional<CodeAtHand>();
  }
  return std::optional<CodeAtHand>(CodeAtHand{TRY(load_tree(view.repository, view.commit)),
                                              TRY(load_tree(view.repository, *result))});
}

// Branch and pull request. Where their words would leak, there are none and policy says so.
std::vector<Effect> code_effects(const StageContext& context, Run& run, Ending ending,
                                 const NoteContext& note, redact::Redactor& redactor) {
  std::vector<Effect> effects;
  if (ending != Ending::draft_pull_request && ending != Ending::preview_branch) return effects;
  effects.push_back(branch_effect(context, run, redactor));
  if (ending == Ending::draft_pull_request)
    effects.push_back(pull_request_effect(effects.front(), run, note, redactor));
  for (const Effect& effect : effects) {
    const auto guarded =
        redactor.guard(effect.branch + "\n" + effect.title.str() + "\n" + effect.body.str());
    if (guarded) continue;
    run.verification->policy.push_back("the text of the pull request: " + guarded.error().message);
    return {};
  }
  return effects;
}

// Who owns the changed files, as the base commit says.
std::vector<std::string> owners_at(const verify::BaseTree& base, const Run& run) {
  constexpr std::size_t kMost = 4;
  const auto text = read_codeowners([&](std::string_view path) -> std::optional<std::string> {
    auto content = base.read(path);
    return content ? std::optional(std::move(*content)) : std::nullopt;
  });
  if (!text) return {};
  std::vector<std::string> paths;
  for (const FileChange& change : run.verification->changes) paths.push_back(change.path);
  return owners_of(CodeOwners::parse(*text), paths, kMost);
}

NoteContext note_context(const StageContext& context, const Run& run, const CodeAtHand* code) {
  NoteContext note;
  note.console_url = context.console_url;
  note.web = web_address(context.project);
  note.now = context.clock.now();
  note.request_reviewers = context.project.request_reviewers;
  if (code != nullptr && run.verification) note.owners = owners_at(code->base, run);
  return note;
}

Ending ending_of(DraftKind kind) {
  switch (kind) {
    case DraftKind::question: return Ending::question;
    case DraftKind::no_change: return Ending::no_change;
    case DraftKind::answer: return Ending::answer;
    case DraftKind::workflow: return Ending::workflow;
    case DraftKind::spec: return Ending::spec;
    case DraftKind::diagnosis:
    case DraftKind::patch: return Ending::diagnosis;
  }
  return Ending::diagnosis;
}

}  // namespace

Decision decide(const Run& run, const std::optional<Risk>& risk, std::string_view max_risk) {
  if (run.classification && !run.classification->skip_reason.empty())
    return {Ending::skipped,
            run.classification->kind != TicketKind::spam && run.depth > config::Depth::classify, ""};
  if (!run.draft || run.depth <= config::Depth::classify)
    return {Ending::skipped, !run.failure.empty() && run.depth > config::Depth::classify, ""};
  const bool publishable = run.verification && run.retrieved && run.verification->policy.empty() &&
                           !run.verification->changes.empty();
  const bool proven = publishable && run.verification->proof == Proof::red_green;
  const int excess = risk ? rank_of_risk(risk->level) - rank_of_risk(max_risk) : 0;
  std::string held = run.held_back;
  if (proven && excess > 0) held = "its risk is " + risk->level;
  if (proven && excess > 0 && risk->level == "high") {
    if (run.depth >= config::Depth::patch) return {Ending::diagnosis, true, held};
  } else if (proven && run.depth >= config::Depth::patch) {
    if (run.depth == config::Depth::patch) return {Ending::preview_branch, true, ""};
    return {held.empty() ? Ending::draft_pull_request : Ending::preview_branch, true, held};
  }
  if (publishable && run.depth >= config::Depth::spec && has_tests_only(*run.verification))
    return {Ending::preview_branch, true, ""};
  return {ending_of(run.draft->kind), true, ""};
}

std::vector<std::string> labels_for(const Classification& classification,
                                    const std::vector<std::string>& allowed) {
  std::vector<std::string> out;
  for (const std::string& label : allowed) {
    const bool about_severity = label.find("severity") != std::string::npos;
    const std::string_view wanted = about_severity ? std::string_view(classification.severity)
                                                   : name_of(classification.kind);
    if (!wanted.empty() && word_of(label) == wanted) out.push_back(label);
  }
  return out;
}

std::string branch_name(const Run& run, const SafeText& title) {
  const std::string number =
      run.draft_number > 1 ? "-" + std::to_string(run.draft_number) : std::string();
  return "triage/" + slug(run.ticket.key.external_id, 24) + "-" + slug(title.str(), 40) + number;
}

Result<Publication> make_publication(const StageContext& context, Run& run,
                                     const CodeAtHand* code) {
  redact::Redactor redactor(run.redaction ? run.redaction->vault
                                          : std::map<std::string, std::string>{});
  redactor.know(run.ticket);
  Publication publication;
  publication.risk = TRY(judge_changes(context, run, code, redactor));
  const auto decided = [&] { return decide(run, publication.risk, context.project.max_risk); };
  if (decided().ending == Ending::draft_pull_request &&
      context.open_drafts >= context.project.max_open_drafts)
    run.held_back = std::to_string(context.open_drafts) +
                    " draft pull requests of this project wait for a reviewer already; the branch is "
                    "there, and a pull request follows on /triage retry when some of them are decided";
  NoteContext note = note_context(context, run, code);
  note.risk = publication.risk;
  note.held = decided().held;
  publication.effects = code_effects(context, run, decided().ending, note, redactor);
  const Decision decision = decided();  // again: policy may have refused the words
  note.held = decision.held;
  publication.ending = decision.ending;
  if (run.classification) {
    auto labels = labels_for(*run.classification, context.project.labels);
    if (!labels.empty()) publication.effects.push_back(labels_effect(run, std::move(labels)));
  }
  if (decision.note)
    publication.effects.push_back(note_effect(run, decision.ending, note, redactor));
  return publication;
}

Result<Advance> publish_stage(const StageContext& context, Run& run) {
  std::optional<CodeAtHand> code;
  auto read = read_code(context, run);
  if (!read && !context.last_attempt) return read.error();
  if (read) code = std::move(*read);
  run.publication = TRY(make_publication(context, run, code ? &*code : nullptr));
  run.publication->statement = receipt::run_statement(run, run.publication->effects,
                                                      run.publication->ending, context.clock.now());
  return Advance{};
}

}  // namespace triage::publish
