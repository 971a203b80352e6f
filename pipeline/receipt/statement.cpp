#include "pipeline/receipt/statement.h"

#include <set>

#include "pipeline/base/digest.h"
#include "pipeline/receipt/receipt.h"
#include "pipeline/run_json.h"

namespace triage::receipt {
namespace {

Json object(std::initializer_list<std::pair<std::string_view, Json>> members) {
  Json out = Json::object();
  for (const auto& [name, value] : members) out.set(name, value);
  return out;
}

Json subject(std::string name, std::string_view content) {
  return Json::array().push(object(
      {{"name", std::move(name)}, {"digest", object({{"sha256", sha256_hex(content)}})}}));
}

Json statement(Json subjects, std::string_view predicate_type, Json predicate) {
  return object({{"_type", "https://in-toto.io/Statement/v1"},
                 {"subject", std::move(subjects)},
                 {"predicateType", predicate_type},
                 {"predicate", std::move(predicate)}});
}

// The lines of code that were looked at.
Json read_part(const Run& run) {
  Json ranges = Json::array();
  if (!run.retrieved) return ranges;
  for (const auto& chunk : run.retrieved->context) {
    ranges.push(object({{"path", chunk.path}, {"start", chunk.start}, {"end", chunk.end},
                        {"sha256", sha256_hex(chunk.text)}}));
  }
  return ranges;
}

Json redaction_part(const Run& run) {
  std::map<std::string, std::set<std::string>> placeholders;
  if (run.redaction) {
    for (const RedactedSpan& span : run.redaction->spans)
      placeholders[span.kind].insert(span.placeholder);
  }
  Json out = Json::object();
  for (const auto& [kind, values] : placeholders) out.set(kind, values.size());
  return out;
}

Json run_part(const Run& run) {
  Json steps = Json::array();
  if (!run.verification) return steps;
  for (const StepResult& step : run.verification->steps) {
    steps.push(object({{"name", step.name}, {"command", step.command}, {"exit", step.exit},
                       {"took_ms", step.took.count()}, {"log_sha256", sha256_hex(step.log)}}));
  }
  return steps;
}

Json changed_part(const Run& run) {
  Json files = Json::array();
  if (!run.verification) return files;
  for (const FileChange& change : run.verification->changes) {
    Json file = object({{"path", change.path}});
    file.set("sha256", change.content ? Json(sha256_hex(*change.content)) : Json());
    files.push(std::move(file));
  }
  return files;
}

Json tested_part(const Run& run) {
  const Verification none;
  const Verification& v = run.verification ? *run.verification : none;
  return object({{"proof", name_of(v.proof)},
                 {"fixed", to_json(v.tests.fixed)},
                 {"broken", to_json(v.tests.broken)},
                 {"still_failing", to_json(v.tests.still_failing)},
                 {"passed_before", v.tests.passed_before},
                 {"passed_after", v.tests.passed_after},
                 {"reproduced", to_json(v.reproduced)}});
}

Json spent_part(const Run& run, TimePoint now) {
  double cost = 0;
  std::uint64_t input = 0;
  std::uint64_t output = 0;
  if (run.draft) {
    for (const ModelExchange& exchange : run.draft->exchanges) {
      cost += exchange.cost;
      input += exchange.input_tokens;
      output += exchange.output_tokens;
    }
  }
  return object({{"usd", cost}, {"input_tokens", input}, {"output_tokens", output},
                 {"seconds", static_cast<double>((now - run.started).count()) / 1000.0}});
}

// What the model did on its way: in order, and the words only as a digest.
Json events_part(const Run& run) {
  Json out = Json::array();
  if (!run.draft) return out;
  for (const AgentEvent& event : run.draft->events) {
    out.push(object({{"by", event.by}, {"what", event.what},
                     {"detail_sha256", sha256_hex(event.detail)}, {"exit", to_json(event.exit)}}));
  }
  return out;
}

Json effects_part(const std::vector<Effect>& effects) {
  Json out = Json::array();
  for (const Effect& effect : effects) {
    Json row = object({{"kind", name_of(effect.kind)}, {"op_id", effect.op_id}});
    if (!effect.branch.empty()) row.set("branch", effect.branch);
    if (!effect.labels.empty()) row.set("labels", to_json(effect.labels));
    if (!effect.body.empty()) row.set("body_sha256", sha256_hex(effect.body.str()));
    out.push(std::move(row));
  }
  return out;
}

Json timings_part(const Run& run) {
  Json out = Json::array();
  for (const StageTiming& timing : run.timings)
    out.push(object({{"stage", name_of(timing.stage)}, {"took_ms", timing.took.count()}}));
  return out;
}

}  // namespace

Json run_statement(const Run& run, const std::vector<Effect>& effects, Ending ending,
                   TimePoint now) {
  Json subjects = run.verification && !run.verification->diff.empty()
                      ? subject("diff", run.verification->diff)
                      : subject("ticket " + run.ticket.key.str(),
                                run.redaction ? run.redaction->text.str() : std::string());
  Json predicate = object({
      {"run", run.id},
      {"ticket", run.ticket.key.str()},
      {"revision", run.ticket.revision},
      {"project", run.project},
      {"commit", run.retrieved ? run.retrieved->commit : std::string()},
      {"depth", name_of(run.depth)},
      {"started", to_rfc3339(run.started)},
      {"sealed", to_rfc3339(now)},
      {"ending", name_of(ending)},
      {"made_by", run.draft ? run.draft->made_by : std::string()},
      {"stages", timings_part(run)},
      {"read", read_part(run)},
      {"hidden", redaction_part(run)},
      {"sent", run.draft ? to_json(run.draft->exchanges) : Json::array()},
      {"did", events_part(run)},
      {"rounds", run.draft ? run.draft->rounds : 0U},
      {"struck_citations", run.draft ? run.draft->struck : 0U},
      {"stopped_by", run.draft ? run.draft->stopped_by : std::string()},
      {"held_back", run.held_back},
      {"asked_for_sha256", run.instruction.empty() || !run.redaction
                               ? std::string()
                               : sha256_hex(run.redaction->instruction.str())},
      {"ran", run_part(run)},
      {"changed", changed_part(run)},
      {"tested", tested_part(run)},
      {"spent", spent_part(run, now)},
      {"risk", run.publication ? to_json(run.publication->risk) : Json()},
      {"policy", run.verification ? to_json(run.verification->policy) : Json::array()},
      {"effects", effects_part(effects)},
  });
  return statement(std::move(subjects), kRunPredicate, std::move(predicate));
}

Json delivery_statement(const std::string& run_id, const std::vector<Delivered>& effects,
                        TimePoint now) {
  Json rows = Json::array();
  for (const Delivered& effect : effects) {
    rows.push(object({{"op_id", effect.op_id},
                      {"kind", name_of(effect.kind)},
                      {"delivered", effect.error.empty()},
                      {"id", effect.result.id},
                      {"url", effect.result.url},
                      {"adopted", effect.result.adopted},
                      {"error", effect.error}}));
  }
  Json predicate =
      object({{"run", run_id}, {"at", to_rfc3339(now)}, {"effects", std::move(rows)}});
  return statement(subject("run " + run_id, predicate.dump()), kDeliveryPredicate, predicate);
}

}  // namespace triage::receipt
