// A run's surroundings for agents: the real sandbox, socket and gateway, one commit of a repository,
// and a model that is scripted or not there.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>

#include "daemon/http_client.h"
#include "daemon/unix_http_host.h"
#include "pipeline/propose/agents/agent.h"
#include "pipeline/verify/proof.h"
#include "tests/e2e/daemon_process.h"
#include "tests/fakes/git_repository.h"
#include "tests/pipeline/verify/sandbox_here.h"

namespace triage::e2e {

class AgentBench {
 public:
  AgentBench(const std::string& repository, const std::string& api, const std::string& program,
             const std::string& base_url)
      : code_(folder_ / "mirrors"), budget_(5.0) {
    config::ModelSettings& model = settings_.model;
    model.api = api;
    model.name = "scripted-1";
    model.program = program;
    model.base_url = base_url;
    model.api_key = config::Secret("sk-canary-0123456789abcdef0123456789");
    model.input_price = 1;
    model.output_price = 2;
    project_.name = "shop";
    project_.repository = repository;
    project_.test_command = "/usr/bin/python3 -m unittest discover -v -s tests -t .";
    auto http = daemon::BeastHttpClient::create({});
    REQUIRE(http.ok());
    http_ = std::move(*http);
    auto opened = retrieval::Repository::open(repository);
    REQUIRE(opened.ok());
    repository_.emplace(std::move(*opened));
    commit_ = *repository_->resolve("");
    gateway_.emplace(*http_, clock_, redactor_, budget_, 10'000'000, Milliseconds{0});
  }

  Result<propose::AgentOutcome> run(Milliseconds limit = Milliseconds{120'000},
                                    Milliseconds idle = Milliseconds{60'000},
                                    std::vector<Edit> start_from = {}, std::stop_token stop = {}) {
    const StageContext context{settings_, project_, clock_, *http_, code_, memory_, budget_,
                               "",        "",       stop,   false,  &sockets_};
    return propose::run_agent({context, *repository_, commit_, *gateway_, redactor_, settings_.model,
                               redactor_.seal_code("Fix the checkout bug."), std::move(start_from),
                               deadline_in(limit), idle, start_limit, TRIAGED_BINARY});
  }

  Verification verify(const std::vector<Edit>& edits) {
    const verify::Sandbox sandbox(settings_.sandbox);
    auto proof = verify::verify_patch({*repository_, commit_, project_, sandbox, {}, {}}, edits);
    REQUIRE(proof.ok());
    return std::move(*proof);
  }

  config::Settings& settings() { return settings_; }
  redact::Redactor& redactor() { return redactor_; }
  const propose::Gateway& gateway() const { return *gateway_; }
  int starts() const { return sockets_.served; }  // of the agent: each has a socket of its own
  Milliseconds start_limit{60'000};

 private:
  struct NoMemory final : TicketMemory {
    std::vector<SimilarTicket> similar(const SafeText&, const TicketKey&, size_t) override { return {}; }
  };

  struct CountingHost final : UnixHttpHost {
    Result<std::unique_ptr<HttpService>> serve(const std::string& path, HttpHandler handler) override {
      ++served;
      return host.serve(path, std::move(handler));
    }
    daemon::UnixSocketHost host;
    int served = 0;
  };

  fakes::TemporaryDirectory folder_;
  config::Settings settings_;
  config::ProjectSettings project_;
  SystemClock clock_;
  std::unique_ptr<HttpClient> http_;
  retrieval::CodeLibrary code_;
  NoMemory memory_;
  LimitedBudget budget_;
  redact::Redactor redactor_;
  CountingHost sockets_;
  std::optional<retrieval::Repository> repository_;
  std::string commit_;
  std::optional<propose::Gateway> gateway_;
};

// What an event list says, one line each.
inline std::string lines_of(const std::vector<AgentEvent>& events) {
  std::string out;
  for (const AgentEvent& event : events)
    out += event.what + ": " + event.detail + (event.exit ? " = " + std::to_string(*event.exit) : "") + "\n";
  return out;
}

}  // namespace triage::e2e
