// ModelChain: the configured model and those that stand in for it.
//
// A question goes to the first that has not failed in this run; the next is asked where an endpoint
// is down, slow, out of quota, refuses the key, the model or the request, or answers nonsense.
// Never where our own rules ended it: an exhausted budget, a private value, a stop. Each model but
// the last leaves a part of the time to those behind it. ModelAnswer::model and the exchanges say
// who answered. Thread-safe. Errors: the last model's, naming every model that was asked.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "config/settings.h"
#include "pipeline/propose/models/endpoint.h"
#include "pipeline/propose/models/model.h"

namespace triage::propose {

class ModelChain final : public Model {
 public:
  explicit ModelChain(std::vector<std::unique_ptr<EndpointModel>> models);
  Result<ModelAnswer> ask(const ModelRequest& request, Deadline deadline,
                          std::stop_token stop) override;

 private:
  std::vector<size_t> alive() const;
  void skip(size_t model);

  std::vector<std::unique_ptr<EndpointModel>> models_;
  mutable std::mutex mutex_;  // failed_
  std::vector<bool> failed_;
};

// The model of a run, with its fallbacks. Null where no endpoint is asked directly: offline, and
// agents (model.api codex and claude). Both arguments outlive it.
std::unique_ptr<Model> make_model(const config::Settings& settings, Gateway& gateway);

}  // namespace triage::propose
