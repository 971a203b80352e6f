#include <algorithm>
#include <charconv>
#include <map>

#include "daemon/api_internal.h"
#include "pipeline/base/codec.h"
#include "pipeline/run_json.h"

namespace triage::daemon::api {
namespace {

// Answers a stored arrival: 202 with what became of it.
void ingest_and_answer(const Call& call, Arrival arrival) {
  Log& log = call.parts.log;
  const std::string source = arrival.source;
  call.parts.store.ingest(
      std::move(arrival), [&log, source, reply = call.reply](Result<Ingested> result) {
        if (!result) {
          log.error("event could not be stored: " + result.error().message, {{"source", source}});
          return reply(problem(result.error()));
        }
        log.info(result->duplicate ? "known delivery came again"
                 : result->run.empty() ? "event stored: " + result->reason : "ticket received",
                 {{"source", source}, {"ticket", result->ticket.external_id}, {"run", result->run}});
        if (!result->command.empty())
          log.info(result->command, {{"source", source}, {"ticket", result->ticket.external_id}});
        Json body = Json::object();
        body.set("source", result->ticket.source.empty() ? source : result->ticket.source);
        body.set("ticket", result->ticket.external_id).set("run", result->run);
        body.set("duplicate", result->duplicate).set("reason", result->reason);
        reply(json_response(202, body));
      });
}

struct Receiver {
  const connectors::Connector& connector;
  const config::ProjectSettings& project;
};

Result<Receiver> receiver(const World& world, const std::string& source) {
  const auto* connector = world.connector(source);
  const auto* project = world.project_of(source);
  if (connector == nullptr || project == nullptr)
    return Error{ErrorKind::not_found, "no source \"" + source + "\" is configured"};
  return Receiver{*connector, *project};
}

void receive(const Call& call, const std::string& source) {
  const auto world = call.parts.world.get();
  const auto found = receiver(*world, source);
  if (!found) return call.reply(problem(found.error()));
  auto delivery = found->connector.receive(call.request, call.parts.clock.now());
  if (!delivery) {
    call.parts.log.warn("delivery refused: " + delivery.error().message, {{"source", source}});
    return call.reply(problem(delivery.error()));
  }
  ingest_and_answer(call, {source, found->project.name, found->project.depth, std::move(*delivery),
                           found->project.commanders});
}

// The source that tickets are filed at: the one named, or the only local one.
Result<std::string> filing_source(const Call& call) {
  const auto world = call.parts.world.get();
  const auto named = call.query.find("source");
  std::vector<std::string> local;
  for (const auto& [name, connector] : world->connectors) {
    if (connector->can("stored_notes")) local.push_back(name);
  }
  if (named != call.query.end()) {
    if (std::ranges::find(local, named->second) != local.end()) return named->second;
    return Error{ErrorKind::not_found, "no local source \"" + named->second + "\" is configured"};
  }
  if (local.size() == 1) return local.front();
  return invalid_input(local.empty()
                           ? "no source with connector \"local\" is configured"
                           : "several local sources are configured; name one: ?source=" +
                                 local.front());
}

template <class T>
void answer(const Call& call, const Result<T>& result) {
  call.reply(result ? json_response(200, to_json(*result)) : problem(result.error()));
}

}  // namespace

void receive_webhook(Call call) {
  const std::string source = call.path[0];
  const auto world = call.parts.world.get();
  const auto* connector = world->connector(source);
  // A local source has no signature: its tickets come by /api/v1/tickets, with the API token.
  if (connector != nullptr && (connector->can("stored_notes") || !connector->can("webhook")))
    return call.reply(problem(404, "no webhook", "This source takes no webhooks."));
  receive(call, source);
}

void file_ticket(Call call) {
  const std::string_view type = call.request.headers.get("Content-Type");
  // Refusing the types that a foreign web page can send without asking keeps forms of other sites out.
  if (type.substr(0, type.find_first_of("; ")) != "application/json")
    return call.reply(problem(415, "JSON wanted", "Send the ticket as Content-Type: application/json."));
  const auto source = filing_source(call);
  if (!source) return call.reply(problem(source.error()));
  receive(call, *source);
}

void show_overview(Call call) { answer(call, call.parts.store.overview()); }

void list_runs(Call call) {
  RunFilter filter;
  if (const auto state = call.query.find("state"); state != call.query.end()) {
    filter.state = enum_of<RunState>(state->second);
    if (!filter.state) return call.reply(problem(422, "no such state", "States: queued, running, parked, delivering, needs_person, done, skipped, "
                               "failed, superseded."));
  }
  filter.project = call.query["project"];
  filter.before = call.query["before"];
  if (const std::string& limit = call.query["limit"]; !limit.empty())
    std::from_chars(limit.data(), limit.data() + limit.size(), filter.limit);
  filter.limit = std::clamp<size_t>(filter.limit, 1, 500);
  answer(call, call.parts.store.runs(filter));
}

void show_run(Call call) {
  const auto detail = call.parts.store.run(call.path[0]);
  if (!detail) return call.reply(problem(detail.error()));
  Json body = to_json(detail->run);
  Json stages = Json::object();
  for (const StageRow& stage : detail->stages) {
    Json result = stage.result;
    if (stage.stage == Stage::redact) result.set("vault", nullptr);  // what is private stays
    stages.set(name_of(stage.stage), result.set("took_ms", stage.took.count()));
  }
  body.set("stages", std::move(stages)).set("effects", to_json(detail->effects));
  call.reply(json_response(200, body));
}

void retry_run(Call call) {
  const Status retried = call.parts.store.retry(call.path[0]);
  if (!retried) return call.reply(problem(retried.error()));
  call.reply(json_response(202, Json::object().set("run", call.path[0])));
}

void show_receipts(Call call) {
  const auto rows = call.parts.store.receipts_of(call.path[0]);
  if (!rows) return call.reply(problem(rows.error()));
  Json entries = Json::array();
  for (const ReceiptRow& row : *rows) {
    Json entry = Json::object();
    entry.set("seq", row.seq).set("kind", row.kind).set("hash", row.hash);
    entry.set("previous", row.prev_hash).set("envelope", row.envelope);
    entries.push(std::move(entry));
  }
  call.reply(json_response(200, entries));
}

void show_receipt_key(Call call) { call.reply(text_response(200, call.parts.public_key)); }

void list_tickets(Call call) {
  const auto tickets = call.parts.store.tickets(call.query["source"], 100);
  if (!tickets) return call.reply(problem(tickets.error()));
  Json rows = Json::array();
  for (const Ticket& ticket : *tickets) {
    Json row = to_json(ticket.key);
    rows.push(row.set("subject", ticket.subject.raw()).set("revision", ticket.revision));
  }
  call.reply(json_response(200, rows));
}

void show_ticket(Call call) {
  const auto detail = call.parts.store.ticket({call.path[0], call.path[1]});
  if (!detail) return call.reply(problem(detail.error()));
  Json body = to_json(detail->ticket.key);
  body.set("subject", detail->ticket.subject.raw()).set("labels", to_json(detail->ticket.labels));
  body.set("notes", to_json(detail->notes)).set("runs", to_json(detail->runs));
  body.set("outcomes", to_json(detail->outcomes)).set("commands", to_json(detail->commands));
  body.set("hold", detail->hold);
  call.reply(json_response(200, body));
}

namespace {

// Each limit of day and month with what counts against it; no series where the store can't say.
template <class Family>
void add_limits(const Call& call, const Family& family, std::string& out) {
  const auto limits = call.parts.store.limit_states(call.parts.world.get()->settings);
  if (!limits) return;
  const auto series = [&](std::string_view name, std::string_view help, auto value) {
    family(name, "gauge", help);
    for (const LimitState& limit : *limits)
      out += std::string(name) + "{limit=\"" + limit.name + "\"} " + std::to_string(value(limit)) + "\n";
  };
  series("triaged_budget_limit_usd", "What may be spent in the period, by limit.",
         [](const LimitState& l) { return l.limit; });
  series("triaged_budget_spent_usd", "Spent in the period, by limit.",
         [](const LimitState& l) { return l.used.spent; });
  series("triaged_budget_reserved_usd", "Set aside for calls under way, by limit.",
         [](const LimitState& l) { return l.used.reserved; });
}

// Of each project, how many draft pull requests came to what.
template <class Family>
void add_drafts(const Call& call, const Family& family, std::string& out) {
  const auto drafts = call.parts.store.drafts(call.parts.world.get()->settings);
  if (!drafts) return;
  std::map<std::pair<std::string, DraftState>, std::uint64_t> counts;
  for (const DraftRow& draft : *drafts) ++counts[{draft.project, draft.state}];
  family("triaged_drafts", "gauge", "Draft pull requests made, by what people did with them.");
  for (const auto& [key, n] : counts)
    out += "triaged_drafts{project=\"" + key.first + "\",state=\"" + std::string(name_of(key.second)) +
           "\"} " + std::to_string(n) + "\n";
}

}  // namespace

void show_metrics(Call call) {
  const auto overview = call.parts.store.overview();
  if (!overview) return call.reply(problem(overview.error()));
  std::string out;
  const auto family = [&](std::string_view name, std::string_view type, std::string_view help) {
    out += "# HELP " + std::string(name) + " " + std::string(help) + "\n# TYPE " +
           std::string(name) + " " + std::string(type) + "\n";
  };
  family("triaged_runs", "gauge", "Runs by state.");
  for (const auto& [state, n] : overview->runs)
    out += "triaged_runs{state=\"" + state + "\"} " + std::to_string(n) + "\n";
  family("triaged_effects", "gauge", "Outward writes by state.");
  for (const auto& [state, n] : overview->effects)
    out += "triaged_effects{state=\"" + state + "\"} " + std::to_string(n) + "\n";
  family("triaged_oldest_waiting_seconds", "gauge", "Age of the oldest waiting run.");
  const double oldest = overview->oldest_waiting
                            ? static_cast<double>(overview->oldest_waiting->count()) / 1000.0 : 0.0;
  out += "triaged_oldest_waiting_seconds " + std::to_string(oldest) + "\n";
  family("triaged_spent_today_usd", "gauge", "Model cost of this UTC day.");
  out += "triaged_spent_today_usd " + std::to_string(overview->spent_today) + "\n";
  family("triaged_spent_month_usd", "gauge", "Model cost of this UTC month.");
  out += "triaged_spent_month_usd " + std::to_string(overview->spent_month) + "\n";
  add_limits(call, family, out);
  add_drafts(call, family, out);
  family("triaged_deliveries_total", "counter", "Events stored.");
  out += "triaged_deliveries_total " + std::to_string(overview->deliveries) + "\n";
  HttpResponse response = text_response(200, std::move(out));
  response.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  call.reply(std::move(response));
}

}  // namespace triage::daemon::api
