#include "pipeline/propose/agents/agent_gateway.h"

#include <algorithm>

#include "pipeline/propose/models/dialect.h"
#include "retrieval/pack.h"

namespace triage::propose {
namespace {

constexpr size_t kMaxPath = 100;

// Statuses that client libraries do not try again.
int status_of(const Error& error) {
  return error.kind == ErrorKind::denied ? 403 : 400;
}

}  // namespace

AgentGateway::AgentGateway(Gateway& gateway, redact::Redactor& redactor,
                           const config::ModelSettings& endpoint, AgentDialect dialect,
                           Deadline deadline, std::stop_token stop)
    : gateway_(gateway),
      redactor_(redactor),
      endpoint_(endpoint),
      dialect_(dialect),
      deadline_(deadline),
      stop_(std::move(stop)) {}

AgentGateway::Report AgentGateway::report() const {
  const std::lock_guard lock(mutex_);
  return report_;
}

void AgentGateway::note(const std::string& refusal) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string>& all = report_.refusals;
  if (all.size() < kMaxRefusals && std::ranges::find(all, refusal) == all.end())
    all.push_back(refusal);
}

HttpResponse AgentGateway::refuse(int status, const Error& error) {
  note(error.message);
  {
    const std::lock_guard lock(mutex_);
    report_.last_error = error;
  }
  return agent_error(dialect_, status, error.message);
}

HttpResponse AgentGateway::handle(const HttpRequest& request) {
  std::uint32_t calls = 0;
  {
    const std::lock_guard lock(mutex_);
    calls = ++report_.calls;
  }
  switch (agent_path(dialect_, request.method, request.url)) {
    case AgentPath::unknown:
      note("a call of " + request.method.substr(0, 10) + " " +
           redactor_.seal_code(request.url.substr(0, std::min(request.url.find('?'), kMaxPath))).str());
      return agent_error(dialect_, 404, "there is nothing at this path");
    case AgentPath::count_tokens: {
      Json count = Json::object();
      count.set("input_tokens", retrieval::estimate_tokens(request.body));
      return {200, {{"Content-Type", "application/json"}}, count.dump()};
    }
    case AgentPath::ask:
      break;
  }
  // Refused calls count too: whoever goes on after a refusal is in a loop.
  if (calls > endpoint_.max_turns)
    return refuse(403, {ErrorKind::exhausted, "model.max_turns (" +
                                                  std::to_string(endpoint_.max_turns) +
                                                  ") calls were made"});
  return ask(request);
}

HttpResponse AgentGateway::ask(const HttpRequest& request) {
  Result<HttpResponse> response = forward(request);
  if (!response) return refuse(status_of(response.error()), response.error());
  const std::lock_guard lock(mutex_);
  ++report_.answered;
  report_.last_error.reset();
  return std::move(response).value();
}

// An answer of the model, or why there is none.
Result<HttpResponse> AgentGateway::forward(const HttpRequest& request) {
  if (!request.headers.get("Content-Encoding").empty())
    return invalid_input("a compressed question can't be looked at");
  const Json sent = TRY_CTX(parse_json(request.body), "the agent's question");
  AgentBody body = TRY_CTX(
      fit_to_leave(dialect_, sent, endpoint_.name, endpoint_.max_output_tokens,
                   [this](const std::string& text) { return redactor_.seal_code(text).str(); }),
      "the agent's question");
  for (const std::string& tool : body.left_out)
    note("a tool that the endpoint would run: " + redactor_.seal_code(tool).str());

  HttpRequest out{"POST", agent_endpoint(dialect_, endpoint_.base_url),
                  agent_headers(dialect_, request.headers), body.json.dump()};
  const Deadline deadline = std::min(deadline_, deadline_in(endpoint_.timeout));
  GatewayAnswer answer =
      TRY(gateway_.send(endpoint_, std::move(out), body.max_output_tokens, deadline, stop_));
  if (answer.response.status != 200) {
    // Its own words may name the key: the agent is told no more than the number.
    const Error error = invalid_input("the model endpoint refused the question (" +
                                      std::to_string(answer.response.status) + ")");
    gateway_.settle(answer.exchange, error);
    return error;
  }
  const Reading reading = dialect_for(endpoint_.api).parse(answer.response, {});
  gateway_.settle(answer.exchange, reading.answer, reading.usage);
  std::string type(answer.response.headers.get("Content-Type"));
  return HttpResponse{200, {{"Content-Type", type.empty() ? "application/json" : std::move(type)}},
                      std::move(answer.response.body)};
}

}  // namespace triage::propose
