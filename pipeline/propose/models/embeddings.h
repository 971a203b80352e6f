// Vectors of texts by an OpenAI-compatible /embeddings endpoint, through the gateway, which adds the
// key, counts the cost and refuses what redaction knows. Vectors of texts seen before come from a
// file, which lies in the cache directory, is derived data and may be deleted at any time.
//
// Errors: those of Gateway::send; invalid_input when the endpoint refuses or answers nonsense.
#pragma once

#include <stop_token>
#include <string>

#include "pipeline/base/clock.h"
#include "pipeline/propose/gateway.h"
#include "retrieval/rerank.h"

namespace triage::propose {

class EndpointEmbedder final : public retrieval::Embedder {
 public:
  // References outlive it. `cache`: the file for vectors; empty or not writable: none are kept.
  EndpointEmbedder(const config::ModelSettings& endpoint, Gateway& gateway, std::string cache,
                   Deadline deadline, std::stop_token stop);

  // The texts leave this machine: only what was sealed may be given.
  Result<std::vector<retrieval::Vector>> embed(const std::vector<std::string>& texts) override;

 private:
  Result<std::vector<retrieval::Vector>> ask(const std::vector<std::string>& texts);

  const config::ModelSettings& endpoint_;
  Gateway& gateway_;
  std::string cache_;
  Deadline deadline_;
  std::stop_token stop_;
};

}  // namespace triage::propose
