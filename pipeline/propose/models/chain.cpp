#include "pipeline/propose/models/chain.h"

#include <algorithm>
#include <utility>

namespace triage::propose {
namespace {

// The time that one of `left` models may take: the last takes all, each before it leaves a share.
Deadline share_of(Deadline deadline, size_t left, Milliseconds own_limit) {
  const auto now = std::chrono::steady_clock::now();
  const auto rest = std::chrono::duration_cast<Milliseconds>(deadline - now);
  if (left <= 1 || rest <= Milliseconds{0}) return deadline;
  const auto models = static_cast<std::int64_t>(left);
  return now + std::min(own_limit, rest * models / (models + 1));
}

}  // namespace

ModelChain::ModelChain(std::vector<std::unique_ptr<EndpointModel>> models)
    : models_(std::move(models)), failed_(models_.size(), false) {}

// With every model failed all get another chance: better than none.
std::vector<size_t> ModelChain::alive() const {
  const std::lock_guard lock(mutex_);
  const bool none = std::ranges::find(failed_, false) == failed_.end();
  std::vector<size_t> models;
  for (size_t i = 0; i < models_.size(); ++i) {
    if (none || !failed_[i]) models.push_back(i);
  }
  return models;
}

void ModelChain::skip(size_t model) {
  const std::lock_guard lock(mutex_);
  failed_[model] = true;
}

Result<ModelAnswer> ModelChain::ask(const ModelRequest& request, Deadline deadline,
                                    std::stop_token stop) {
  const std::vector<size_t> models = alive();
  std::string before;  // what the models before said
  for (size_t i = 0; i < models.size(); ++i) {
    EndpointModel& model = *models_[models[i]];
    const Deadline share = share_of(deadline, models.size() - i, model.settings().timeout);
    auto attempt = model.attempt(request, share, stop);
    if (attempt.answer) return std::move(attempt.answer);
    Error error = std::move(attempt.answer).error();
    const bool over = std::chrono::steady_clock::now() >= deadline || stop.stop_requested();
    if (!attempt.worth_another || over) return error;
    skip(models[i]);
    const std::string said = "model " + model.settings().name + ": " + error.message;
    before += (before.empty() ? "" : "; ") + said;
    if (i + 1 == models.size()) {
      if (models_.size() > 1) error.message = before;
      return error;
    }
  }
  return internal_error("a chain without models was asked");
}

std::unique_ptr<Model> make_model(const config::Settings& settings, Gateway& gateway) {
  const config::ModelSettings& first = settings.model;
  if (first.name == "offline" || first.api == "codex" || first.api == "claude") return nullptr;
  std::vector<std::unique_ptr<EndpointModel>> models;
  models.push_back(std::make_unique<EndpointModel>(first, gateway));
  for (const std::string& name : first.fallbacks) {
    const auto found = settings.models.find(name);
    // The loader refuses unknown names; offline is what remains without a model anyhow.
    if (found == settings.models.end() || found->second.name == "offline") continue;
    models.push_back(std::make_unique<EndpointModel>(found->second, gateway));
  }
  return std::make_unique<ModelChain>(std::move(models));
}

}  // namespace triage::propose
