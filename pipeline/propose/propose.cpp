#include "pipeline/propose/propose.h"

#include <memory>

#include "pipeline/propose/agents/agent_author.h"
#include "pipeline/propose/candidates.h"
#include "pipeline/propose/gateway.h"
#include "pipeline/propose/loop.h"
#include "pipeline/propose/models/chain.h"
#include "pipeline/propose/offline.h"
#include "pipeline/propose/prompt.h"
#include "pipeline/verify/base_runs.h"

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

std::unique_ptr<redact::Redactor> redactor_for(const Run& run) {
  auto redactor = std::make_unique<redact::Redactor>(run.redaction->vault);
  redactor->know(run.ticket);
  return redactor;
}

// What all candidates of a run share.
struct Shared {
  Shared(const StageContext& context, const redact::Redactor& redactor)
      : gateway(context.http, context.clock, redactor, context.budget,
                context.settings.model.max_tokens),
        model(make_model(context.settings, gateway)) {}

  Gateway gateway;
  std::unique_ptr<Model> model;  // null where an agent works
  verify::BaseRuns base_runs;
};

// What one candidate works with; members refer to those before them.
struct Bench {
  Bench(const StageContext& context, const Run& run, retrieval::CodeView view, Shared& shared,
        std::stop_token stop)
      : code(std::move(view)),
        redactor(redactor_for(run)),
        sandbox(context.settings.sandbox),
        proof{*code.repository, code.commit, context.project, sandbox,
              verify::ReportedFault(run.retrieved->traces), std::move(stop), &shared.base_runs} {}

  retrieval::CodeView code;
  std::unique_ptr<redact::Redactor> redactor;
  verify::Sandbox sandbox;
  verify::ProofTask proof;
};

// For an agent, which takes one text.
SafeText one_text(const ModelRequest& request, redact::Redactor& redactor) {
  std::string text;
  for (const Message& message : request.messages) text += message.content.str() + "\n\n";
  return redactor.seal_code(text);
}

Result<Candidate> enter(const StageContext& context, const Run& run, Shared& shared,
                        std::uint32_t number, std::stop_token stop) {
  auto view = TRY(context.code.reopen(context.project.name, run.retrieved->commit, stop));
  auto bench = std::make_shared<Bench>(context, run, std::move(view), shared, stop);
  ModelRequest first = build_prompt(run, context.settings, context.project, *bench->redactor);
  if (number > 0) {
    first.messages.push_back({Role::user, bench->redactor->seal_code(
        "Others work on this as well. Look for another cause or another cure than the first that "
        "comes to mind (approach " + std::to_string(number + 1) + ").")});
  }
  const TicketKind kind = run.classification->kind;
  std::unique_ptr<Author> author;
  if (is_agent(context.settings.model)) {
    author = std::make_unique<AgentAuthor>(context, bench->code, shared.gateway, *bench->redactor,
                                           one_text(first, *bench->redactor), kind);
  } else {
    const ToolWorld world{bench->code, bench->proof, *bench->redactor,
                          run.depth >= config::Depth::spec};
    author = std::make_unique<LoopAuthor>(context.settings.model, *shared.model, world,
                                          std::move(first), kind);
  }
  return Candidate{bench, std::move(author), bench->redactor.get(), &bench->proof};
}

Draft ask(const StageContext& context, const Run& run, const Draft& offline,
          const CodeAtCommit& code) {
  const config::ModelSettings& settings = context.settings.model;
  const auto redactor = redactor_for(run);  // the gateway's own: it looks last
  Shared shared(context, *redactor);
  const Contest contest{settings,
                        run,
                        code,
                        deadline_in(context.settings.budget.run_time),
                        context.stop,
                        [&](std::uint32_t number, std::stop_token stop) {
                          return enter(context, run, shared, number, std::move(stop));
                        }};
  Draft draft = best_draft(contest, offline);
  draft.exchanges = shared.gateway.exchanges();
  if (draft.by_model) {
    draft.made_by = settings.name;
  } else {
    for (std::string& problem : draft.problems) {
      problem = "The model " + settings.name + " at " + settings.base_url +
                " could not be used: " + problem + "; this was made without a model.";
    }
  }
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
  const bool searched = !run.retrieved->commit.empty();
  if (context.settings.model.name != kOfflineName && !run.classification->vague && searched) {
    draft = ask(context, run, draft, code);
    // A stopped daemon resumes here: the model's part must not be lost to a draft without it.
    if (context.stop.stop_requested()) {
      return Error{ErrorKind::timeout, "stopped while the model was asked"};
    }
  }
  const std::vector<ModelExchange>& earlier = run.retrieved->exchanges;
  draft.exchanges.insert(draft.exchanges.begin(), earlier.begin(), earlier.end());
  if (!run.retrieved->warning.empty()) draft.problems.push_back(run.retrieved->warning);
  run.draft = std::move(draft);
  return Advance{};
}

}  // namespace triage::propose
