// All stages in this process, on the shop's repository, with a model that a test plays, and what may
// come out of them at the most: one internal note.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <functional>

#include "pipeline/stage.h"
#include "tests/e2e/hostile_world.h"
#include "tests/fakes/manual_clock.h"
#include "tests/fakes/scripted_http.h"

namespace triage::e2e {

struct NoMemory final : TicketMemory {
  std::vector<SimilarTicket> similar(const SafeText&, const TicketKey&, size_t) override { return {}; }
};

// The instructions of the corpus (data/injections.jsonl.gz), one a line; none where it is absent.
inline std::vector<std::string> injections() {
  const char* given = std::getenv("TRIAGED_DATA");
  const std::string file = std::string(given == nullptr ? "" : given) + "/injections.jsonl.gz";
  if (given == nullptr || !std::filesystem::exists(file)) return {};
  ProcessSpec spec;
  spec.argv = {"gzip", "-dc", file};
  spec.env = {{"PATH", "/usr/bin:/bin"}};
  spec.keep_output = 16U << 20U;
  const auto unpacked = run_process(spec);
  REQUIRE(unpacked.ok());
  std::vector<std::string> texts;
  for (std::size_t start = 0; start < unpacked->out.size();) {
    const std::size_t end = std::min(unpacked->out.find('\n', start), unpacked->out.size());
    const auto row = parse_json(std::string_view(unpacked->out).substr(start, end - start));
    if (row) texts.push_back((*row)["text"].as_string());
    start = end + 1;
  }
  REQUIRE(texts.size() >= 600);
  return texts;
}

// All stages on the shop's repository, without a daemon.
class Stages {
 public:
  Stages() {
    project_.name = "shop";
    project_.repository = shop_.repository();
    project_.depth = config::Depth::draft_pull_request;
    project_.labels = {"bug", "feature", "question"};
    settings_.model.name = "scripted";
    settings_.model.base_url = "http://127.0.0.1:9/v1";
  }

  // `answer` is the model: it makes each message from the request.
  Publication pass(Ticket ticket, const std::function<Json(const Json& request)>& answer) {
    testing::ScriptedHttp http;
    http.whenever("POST", "/v1/chat/completions", [&](const HttpRequest& request) {
      const Json asked = parse_json(request.body).value_or(Json());
      const Json choice = Json::object().set("message", answer(asked));
      return testing::answer(200, Json::object().set("choices", Json::array().push(choice)).dump());
    });
    Run run;
    run.id = "run-1";
    run.project = "shop";
    run.depth = project_.depth;
    run.ticket = std::move(ticket);
    run.ticket.key = {"desk", "1"};
    LimitedBudget budget(1.0);
    const StageContext context{settings_, project_, clock_, http, code_, memory_, budget,
                               "http://127.0.0.1:8377/runs/1", "", {}};
    for (const StageEntry& entry : stages()) {
      const auto advance = run_stage(entry, context, run);
      INFO(name_of(entry.stage));
      if (!advance) FAIL(advance.error().message);
    }
    for (const auto& request : http.requests()) {
      CHECK(request.url == "http://127.0.0.1:9/v1/chat/completions");
      check_nothing_private(request.body);
    }
    REQUIRE(run.publication.has_value());
    return *run.publication;
  }

  const Shop& shop() const { return shop_; }

 private:
  Shop shop_;
  fakes::TemporaryDirectory cache_;
  config::Settings settings_;
  config::ProjectSettings project_;
  fakes::ManualClock clock_;
  retrieval::CodeLibrary code_{cache_.path()};
  NoMemory memory_;
};

inline void check_effects(const Publication& publication) {
  int notes = 0;
  for (const Effect& effect : publication.effects) {
    for (const std::string& label : effect.labels)
      CHECK(std::set<std::string>{"bug", "feature", "question"}.contains(label));
    if (effect.kind == EffectKind::add_labels) continue;
    CHECK(effect.kind == EffectKind::post_note);
    ++notes;
    CHECK(effect.ticket.str() == TicketKey{"desk", "1"}.str());
    std::string body = effect.body.str();
    for (const std::string_view slot : {"{{receipt}}", "{{pull_request}}"}) {
      if (const std::size_t at = body.rfind(slot); at != std::string::npos) body.erase(at, slot.size());
    }
    const std::size_t mark = body.find("<!-- triage:op=");
    CHECK(power_of(body, mark == std::string::npos ? "" : body.substr(mark, 35)) == "");
    check_nothing_private(body);
  }
  CHECK(notes <= 1);
}

}  // namespace triage::e2e
