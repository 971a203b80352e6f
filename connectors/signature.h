// Proof that a webhook came from who holds the secret: named schemes over the raw bytes.
//
// Fails closed: no secret, no header, two headers, an empty or cut value are all refused. Values are
// compared in constant time. What is signed is a layout such as "v0:{timestamp}:{body}".
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/clock.h"
#include "pipeline/base/http.h"
#include "pipeline/base/result.h"

namespace triage::connectors {

// How a spec says that deliveries are proven.
struct ProofSpec {
  std::string scheme = "none";       // one of proof_schemes()
  std::string header;                // holds the proof
  std::string prefix;                // stands before it: "sha256="
  std::vector<std::string> secrets;  // names; any one may match, so that secrets can be rotated
  std::string layout = "{body}";     // {body}, {timestamp}, {id}
  std::string timestamp_header;      // unix seconds or RFC 3339; empty: none is signed
  std::string id_header;
  std::chrono::seconds tolerance{300};  // both ways
};

// By name. "none" leaves authentication to the daemon's own API token.
std::vector<std::string> proof_schemes();

// secrets: revealed values; empty ones are as if they were not there.
// Errors: denied, with what is wrong and what to do; never with a secret or a digest.
Result<void> verify_proof(const ProofSpec& spec, const std::vector<std::string>& secrets,
                          const HttpRequest& request, TimePoint now);

}  // namespace triage::connectors
