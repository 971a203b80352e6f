#include <algorithm>
#include <exception>

#include "daemon/failpoint.h"
#include "daemon/run_passage_internal.h"

namespace triage::daemon {
namespace {

[[maybe_unused]] std::string failpoint_of(Stage stage, std::string_view moment) {
  return "stage." + std::string(name_of(stage)) + "." + std::string(moment);
}

// Libraries throw; a stage that does is a bug of ours, and counts as an attempt like a crash would.
Result<Advance> guarded(const StageEntry& entry, const StageContext& context, Run& run) {
  try {
    return run_stage(entry, context, run);
  } catch (const std::exception& exception) {
    return internal_error(std::string(name_of(entry.stage)) + ": exception: " + exception.what());
  } catch (...) {
    return internal_error(std::string(name_of(entry.stage)) + ": unknown exception");
  }
}

}  // namespace

Milliseconds back_off(Milliseconds first, Milliseconds longest, std::uint32_t attempts) {
  Milliseconds delay = first;
  for (std::uint32_t n = 1; n < attempts && delay < longest; ++n) delay *= 2;
  return std::min(delay, longest);
}

RunPassage::RunPassage(const PassageContext& context, Claim claim)
    : context_(context), claim_(std::move(claim)) {
  run_.id = row().id;
  run_.project = row().project;
  run_.depth = row().depth;
  run_.started = row().created;
  run_.ticket = claim_.ticket;
  run_.instruction = RawText(row().instruction);
  run_.draft_number = claim_.draft_number;
}

Status RunPassage::restore() {
  for (const StageRow& stage : claim_.stages) {
    TRY_CTX(restore_stage(run_, stage.stage, stage.result),
            "stored result of " + std::string(name_of(stage.stage)));
    run_.timings.push_back({stage.stage, stage.took});
  }
  return {};
}

bool RunPassage::is_stored(Stage stage) const {
  return std::ranges::any_of(claim_.stages,
                             [&](const StageRow& row) { return row.stage == stage; });
}

// The books know what exchanges can't: calls of earlier attempts, and those that were never settled.
void RunPassage::add_account(const Budget& budget) {
  const auto account = budget.account();
  if (!run_.publication || !account) return;
  Json predicate = run_.publication->statement["predicate"];
  Json spent = predicate["spent"];
  spent.set("usd", account->spent).set("charged_usd", account->charged);
  spent.set("reserved_usd", account->reserved).set("limit_usd", account->limit);
  predicate.set("spent", std::move(spent));
  run_.publication->statement.set("predicate", std::move(predicate));
}

void RunPassage::go() {
  if (const Status restored = restore(); !restored) return failed(restored.error());
  const auto environment = context_.hooks.environment(row());
  if (!environment) return failed(environment.error());
  const StageContext stage_context{*environment->settings, *environment->project,
                                   context_.clock,         *environment->http,
                                   *environment->code,     *environment->memory,
                                   *environment->budget, environment->console_url,
                                   "",                     context_.stop,
                                   false,                  environment->sockets,
                                   environment->open_drafts};
  if (row().ending == name_of(RunState::needs_person)) run_.failure = row().reason;
  for (const StageEntry& entry : context_.stages) {
    const bool decided = !row().ending.empty();
    if (is_stored(entry.stage) || (decided && entry.stage != Stage::publish)) continue;
    if (context_.stop.stop_requested() || context_.draining.stop_requested())
      return static_cast<void>(context_.store.release(row().id, row().fence).ok());
    if (one_stage(entry, stage_context) == Next::over) return;
  }
}

RunPassage::Next RunPassage::one_stage(const StageEntry& entry, StageContext context) {
  context.last_attempt = row().attempts >= context_.options.max_attempts;
  if (!context_.store.begin_stage(row().id, row().fence, entry.stage)) return Next::over;
  FAILPOINT(failpoint_of(entry.stage, "before"));
  const auto begun = std::chrono::steady_clock::now();
  auto advance = guarded(entry, context, run_);
  const auto took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - begun);
  FAILPOINT(failpoint_of(entry.stage, "ran"));
  if (context_.hooks.observe)
    context_.hooks.observe(row(), entry.stage, took, advance ? nullptr : &advance.error());
  if (!advance && (entry.stage == Stage::publish || may_try_again(advance.error()))) {
    failed(advance.error());
    return Next::over;
  }
  // Given up, but not without a word: what there is goes out, with the reason, to a person.
  if (!advance) advance = Advance{Advance::Kind::needs_person, advance.error().message, {}};
  if (entry.stage == Stage::publish) add_account(context.budget);
  StageOutcome outcome;
  outcome.stage = entry.stage;
  outcome.result = stage_result(run_, entry.stage);
  outcome.took = took;
  outcome.reason = advance->reason.empty() && !row().ending.empty() ? row().reason : advance->reason;
  return store_outcome(entry, *advance, std::move(outcome));
}

RunPassage::Next RunPassage::store_outcome(const StageEntry& entry, const Advance& advance,
                                           StageOutcome outcome) {
  if (advance.kind == Advance::Kind::park) {
    // A lost lease makes this fail, and then the run is not ours to wait for.
    static_cast<void>(
        context_.store.park(row().id, row().fence, advance.reason, advance.until).ok());
    return Next::over;
  }
  if (entry.stage == Stage::publish) {
    publish(advance, std::move(outcome));
    return Next::over;
  }
  if (advance.kind == Advance::Kind::finish) outcome.ending = RunState::skipped;
  if (advance.kind == Advance::Kind::needs_person) outcome.ending = RunState::needs_person;
  const Status stored = context_.store.finish_stage(row().id, row().fence, outcome);
  FAILPOINT(failpoint_of(entry.stage, "stored"));
  if (!stored) {
    failed(stored.error());
    return Next::over;
  }
  claim_.run.attempts = 1;
  claim_.run.reason = outcome.reason;
  if (outcome.ending) claim_.run.ending = name_of(*outcome.ending);
  if (advance.kind == Advance::Kind::needs_person) run_.failure = advance.reason;
  return Next::stage;
}

void RunPassage::publish(const Advance& advance, StageOutcome outcome) {
  const bool for_person = advance.kind == Advance::Kind::needs_person ||
                          row().ending == name_of(RunState::needs_person);
  const bool skipped = run_.publication && run_.publication->ending == Ending::skipped;
  outcome.ending = for_person ? RunState::needs_person
                   : skipped  ? RunState::skipped
                              : RunState::done;
  PublishOutcome published{std::move(outcome), {}, {}};
  if (run_.publication) published.effects = run_.publication->effects;
  if (context_.hooks.seal)
    published.seal = [this](std::string_view prev) { return context_.hooks.seal(run_, prev); };
  const Status stored =
      context_.store.finish_publish(row().id, row().fence, std::move(published));
  FAILPOINT(failpoint_of(Stage::publish, "stored"));
  if (!stored) failed(stored.error());
}

bool RunPassage::may_try_again(const Error& error) const {
  return context_.stop.stop_requested() ||
         (row().attempts < context_.options.max_attempts &&
          (is_retryable(error.kind) || error.kind == ErrorKind::internal));
}

void RunPassage::failed(const Error& error) {
  Store& store = context_.store;
  const TimePoint now = context_.clock.now();
  Status written;
  if (context_.stop.stop_requested()) {
    written = store.release(row().id, row().fence);
  } else if (may_try_again(error)) {
    const TimePoint earliest = now + back_off(context_.options.first_delay,
                                              context_.options.longest_delay, row().attempts);
    written = store.retry_later(row().id, row().fence, error.message,
                                std::max(earliest, error.retry_at.value_or(earliest)));
  } else {
    const std::string tried = row().attempts > 1
                                  ? " (attempt " + std::to_string(row().attempts) + ")"
                                  : std::string();
    written = store.quarantine(row().id, row().fence, error.message + tried);
  }
  // What can't be written (lease lost, disk full) is found again when the lease has run out.
  static_cast<void>(written.ok());
}

}  // namespace triage::daemon
