// EndpointModel: a model at an HTTP endpoint: its dialect joined to the Gateway.
//
// A server that refuses a part of the request is asked again without it (other_shape); what was
// learnt so is kept for the next question. An answer that breaks off is asked for once more.
// Thread-safe. Errors: as in Model; those of an answer that the endpoint gave have cost what the
// endpoint says it used.
#pragma once

#include <mutex>

#include "pipeline/propose/gateway.h"
#include "pipeline/propose/models/dialect.h"
#include "pipeline/propose/models/model.h"

namespace triage::propose {

class EndpointModel final : public Model {
 public:
  // Both outlive this.
  EndpointModel(const config::ModelSettings& settings, Gateway& gateway);
  Result<ModelAnswer> ask(const ModelRequest& request, Deadline deadline,
                          std::stop_token stop) override;

  // ask(), and whether another endpoint could do better: not where our own rules stood in the way.
  struct Attempt {
    Result<ModelAnswer> answer;
    bool worth_another = false;
  };
  Attempt attempt(const ModelRequest& request, Deadline deadline, std::stop_token stop);

  const config::ModelSettings& settings() const { return settings_; }

 private:
  ModelRequest own(const ModelRequest& request) const;
  ModelAnswer sealed(ModelAnswer answer, const ModelRequest& request, const Shape& shape) const;
  std::string seal() const;

  const config::ModelSettings& settings_;
  Gateway& gateway_;
  const Dialect& dialect_;
  std::mutex mutex_;  // shape_
  Shape shape_;
};

}  // namespace triage::propose
