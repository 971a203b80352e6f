// A Model that answers from a script and keeps what it was asked; and a small shop's code to work on.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/propose/models/model.h"
#include "pipeline/redact/redact.h"
#include "retrieval/code_library.h"
#include "tests/pipeline/verify/small_shop.h"

namespace triage::propose::testing {

class ScriptedModel final : public Model {
 public:
  using Turn = std::function<Result<ModelAnswer>(const ModelRequest&)>;

  ScriptedModel& then(Result<ModelAnswer> answer) {
    script_.push_back([answer = std::move(answer)](const ModelRequest&) { return answer; });
    return *this;
  }
  ScriptedModel& says(std::string text) {
    ModelAnswer answer;
    answer.text = std::move(text);
    return then(std::move(answer));
  }
  // Calls in pairs of name and arguments.
  ScriptedModel& calls(std::vector<std::pair<std::string, Json>> calls) {
    ModelAnswer answer;
    for (auto& [name, arguments] : calls) {
      answer.calls.push_back({"call_" + std::to_string(++made_), name, arguments.dump()});
    }
    return then(std::move(answer));
  }

  Result<ModelAnswer> ask(const ModelRequest& request, Deadline, std::stop_token) override {
    requests.push_back(request);
    if (script_.empty()) return internal_error("nobody scripted a further answer");
    Turn turn = std::move(script_.front());
    script_.pop_front();
    return turn(request);
  }
  bool done() const { return script_.empty(); }

  std::vector<ModelRequest> requests;

 private:
  std::deque<Turn> script_;
  int made_ = 0;
};

inline Json text(std::initializer_list<std::pair<const char*, const char*>> fields) {
  Json out = Json::object();
  for (const auto& [name, value] : fields) out.set(name, value);
  return out;
}

// The shop of the verify tests, opened as a run sees it.
struct ShopCode {
  verify::Shop shop;
  fakes::TemporaryDirectory cache;
  retrieval::CodeLibrary library{cache.path()};
  retrieval::CodeView view;
  redact::Redactor redactor;
  verify::ProofTask proof = shop.task();

  ShopCode() {
    auto opened = library.open("shop", {shop.git.path(), ""}, "");
    REQUIRE(opened.ok());
    view = std::move(*opened);
  }
};

}  // namespace triage::propose::testing
