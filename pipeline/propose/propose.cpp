#include "pipeline/propose/propose.h"

#include <memory>

#include "pipeline/propose/compose.h"
#include "pipeline/propose/gateway.h"
#include "pipeline/propose/models/chain.h"
#include "pipeline/propose/offline.h"

namespace triage::propose {
namespace {

CodeAtCommit code_for(const StageContext& context, const Run& run) {
  CodeAtCommit code;
  code.commit = run.retrieved->commit;
  if (code.commit.empty()) return code;
  auto view = context.code.reopen(context.project.name, code.commit, context.stop);
  if (!view) return code;
  if (const auto files = view->repository->files(code.commit)) {
    for (const retrieval::TreeFile& file : *files) code.paths.push_back(file.path);
  }
  code.read = [repository = view->repository, commit = code.commit](const std::string& path) {
    auto content = repository->read_file(commit, path);
    return content ? std::optional(std::move(*content)) : std::nullopt;
  };
  return code;
}

Draft ask(const StageContext& context, const Run& run, Draft offline, const CodeAtCommit& code) {
  const config::ModelSettings& settings = context.settings.model;
  redact::Redactor redactor(run.redaction->vault);
  redactor.know(run.ticket);
  Gateway gateway(context.http, context.clock, redactor, context.budget, settings.max_tokens);
  const std::unique_ptr<Model> model = make_model(context.settings, gateway);
  if (model == nullptr) {
    offline.problems.push_back("model.api " + settings.api + " is an agent, and none is run here");
    return offline;
  }
  Draft draft = ask_model(std::move(offline), run, context.settings, *model, redactor, code,
                          deadline_in(settings.timeout), context.stop);
  draft.exchanges = gateway.exchanges();
  return draft;
}

}  // namespace

Result<Advance> propose_stage(const StageContext& context, Run& run) {
  if (run.depth < config::Depth::diagnose) {
    return Advance{Advance::Kind::finish,
                   "depth " + std::string(name_of(run.depth)) + ": nothing is to be proposed"};
  }
  if (!run.classification || !run.redaction || !run.retrieved) {
    return internal_error("propose needs the results of classify, redact and retrieve");
  }
  const CodeAtCommit code = code_for(context, run);
  Draft draft = offline_draft(run, code);
  if (context.settings.model.name != kOfflineName && !run.classification->vague) {
    draft = ask(context, run, std::move(draft), code);
    // A stopped daemon resumes here: the model's part must not be lost to a draft without it.
    if (context.stop.stop_requested()) {
      return Error{ErrorKind::timeout, "stopped while the model was asked"};
    }
  }
  run.draft = std::move(draft);
  return Advance{};
}

}  // namespace triage::propose
