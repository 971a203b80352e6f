#include "pipeline/propose/models/endpoint.h"

#include <algorithm>
#include <utility>

namespace triage::propose {
namespace {

constexpr int kMaxShapes = 10;

}  // namespace

EndpointModel::EndpointModel(const config::ModelSettings& settings, Gateway& gateway)
    : settings_(settings), gateway_(gateway), dialect_(dialect_for(settings.api)) {
  shape_.tools = settings.tools;
}

// Whose items a turn holds: only the model that made them can read them.
std::string EndpointModel::seal() const { return settings_.api + " " + settings_.name; }

// The request with this model's own items only, and within its limit.
ModelRequest EndpointModel::own(const ModelRequest& request) const {
  ModelRequest mine = request;
  mine.max_output_tokens = std::min(mine.max_output_tokens, settings_.max_output_tokens);
  for (Message& message : mine.messages) {
    const bool ours = message.verbatim["by"].as_string() == seal();
    message.verbatim = ours ? Json(message.verbatim["items"]) : Json();
  }
  return mine;
}

ModelAnswer EndpointModel::sealed(ModelAnswer answer, const ModelRequest& request,
                                  const Shape& shape) const {
  if (answer.model.empty()) answer.model = settings_.name;
  answer.no_tools = !request.tools.empty() && !shape.tools;
  if (!answer.verbatim.is_null()) {
    answer.verbatim =
        Json::object().set("by", seal()).set("items", std::move(answer.verbatim));
  }
  return answer;
}

EndpointModel::Attempt EndpointModel::attempt(const ModelRequest& request, Deadline deadline,
                                              std::stop_token stop) {
  const ModelRequest mine = own(request);
  Shape shape = [&] {
    const std::lock_guard lock(mutex_);
    return shape_;
  }();
  bool again = false;
  for (int tried = 0;; ++tried) {
    const HttpRequest http = dialect_.build(settings_, mine, shape);
    auto sent = gateway_.send(settings_, http, mine.max_output_tokens, deadline, stop);
    if (!sent) {
      const ErrorKind kind = sent.error().kind;
      return {std::move(sent).error(),
              kind != ErrorKind::denied && kind != ErrorKind::exhausted && !stop.stop_requested()};
    }
    Reading reading = dialect_.parse(sent->response, mine);
    gateway_.settle(sent->exchange, reading.answer, reading.usage);
    if (reading.answer) {
      const std::lock_guard lock(mutex_);
      shape_ = shape;
      return {sealed(std::move(*reading.answer), mine, shape), false};
    }
    // A stream that broke off, where the Gateway saw a good answer begin.
    if (reading.answer.error().kind == ErrorKind::unavailable && !stop.stop_requested() &&
        !std::exchange(again, true)) {
      continue;
    }
    const auto next = other_shape(sent->response, mine, shape);
    const bool other = next && dialect_.build(settings_, mine, *next).body != http.body;
    if (!other || tried >= kMaxShapes) return {std::move(reading.answer), true};
    shape = *next;
  }
}

Result<ModelAnswer> EndpointModel::ask(const ModelRequest& request, Deadline deadline,
                                       std::stop_token stop) {
  return attempt(request, deadline, std::move(stop)).answer;
}

}  // namespace triage::propose
