// The daemon's outside world on loopback: a model that answers from a script, and a GitHub that
// records what is done to it and keeps what was made, as the real one would.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "pipeline/base/digest.h"
#include "pipeline/base/json.h"
#include "tests/fakes/loopback_server.h"

namespace triage::e2e {

// An OpenAI-compatible /chat/completions that always gives the same answer. `think` is called before
// each, on the server's thread.
class ScriptedModel {
 public:
  explicit ScriptedModel(std::string answer, std::function<void()> think = {}) {
    server_.answer_with([answer, think](const HttpRequest& request) {
      if (request.method == "GET") return HttpResponse{200, {}, R"({"data":[]})"};
      if (think) think();
      Json message = Json::object();
      message.set("role", "assistant").set("content", answer);
      Json choice = Json::object();
      choice.set("index", 0).set("message", message).set("finish_reason", "stop");
      Json body = Json::object();
      body.set("id", "chatcmpl-1").set("object", "chat.completion").set("model", "scripted");
      body.set("choices", Json::array().push(choice));
      body.set("usage", Json::object().set("prompt_tokens", 1200).set("completion_tokens", 300));
      return HttpResponse{200, {{"Content-Type", "application/json"}}, body.dump()};
    });
  }
  std::string base_url() const { return server_.url("/v1"); }
  std::vector<HttpRequest> requests() const { return server_.requests(); }

 private:
  testing::LoopbackServer server_;
};

// As much of GitHub's REST API as the connector uses, for one repository.
class RecordingGithub {
 public:
  RecordingGithub() {
    server_.answer_with([this](const HttpRequest& request) { return answer(request); });
  }
  std::string base_url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  std::vector<HttpRequest> requests() const { return server_.requests(); }

  struct State {
    std::vector<Json> comments, pulls;
    std::vector<std::string> labels;
    std::map<std::string, std::string> refs;  // name → commit
    std::map<std::string, Json> commits, trees;
  };
  State state() const {
    const std::lock_guard lock(mutex_);
    return state_;
  }

 private:
  static HttpResponse json(int status, const Json& body) {
    return {status, {{"Content-Type", "application/json"}}, body.dump()};
  }
  static Json array_of(const std::vector<Json>& items) { return Json::Array(items); }
  static std::string sha(const Json& content) { return sha256_hex(content.dump()).substr(0, 40); }

  HttpResponse answer(const HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    const std::string path = request.url.substr(0, request.url.find('?'));
    const auto ends = [&](std::string_view tail) { return path.ends_with(tail); };
    const auto has = [&](std::string_view part) { return path.find(part) != std::string::npos; };
    const Json body = parse_json(request.body).value_or(Json());
    if (request.method == "GET") return read(path, has, ends);
    if (has("/issues/") && ends("/comments")) return add_comment(body);
    if (has("/issues/") && ends("/labels")) return add_labels(body);
    if (ends("/git/trees")) return add(state_.trees, body);
    if (ends("/git/commits")) return add(state_.commits, body);
    if (ends("/git/refs")) return add_ref(body);
    if (ends("/pulls")) return add_pull(body);
    return json(404, Json::object().set("message", "Not Found"));
  }

  template <class Has, class Ends>
  HttpResponse read(const std::string& path, const Has& has, const Ends& ends) {
    if (has("/issues/") && ends("/comments")) return json(200, array_of(state_.comments));
    if (has("/issues/comments/")) return at(state_.comments, path);
    if (ends("/pulls")) return json(200, array_of(state_.pulls));
    if (has("/pulls/")) return at(state_.pulls, path);
    if (has("/git/ref/heads/")) {
      const auto found = state_.refs.find(path.substr(path.find("/git/ref/") + 9));
      if (found == state_.refs.end()) return json(404, Json::object().set("message", "Not Found"));
      return json(200, Json::object().set("object", Json::object().set("sha", found->second)));
    }
    if (has("/git/commits/")) {
      const Json who = Json::object().set("date", "2026-11-17T11:03:00Z");
      return json(200, Json::object()
                           .set("sha", path.substr(path.rfind('/') + 1))
                           .set("html_url", "https://github.example/acme/shop/commit/x")
                           .set("tree", Json::object().set("sha", std::string(40, 'a')))
                           .set("committer", who));
    }
    return json(404, Json::object().set("message", "Not Found"));
  }

  static HttpResponse at(const std::vector<Json>& items, const std::string& path) {
    const std::string number = path.substr(path.rfind('/') + 1);
    for (const Json& item : items) {
      if (std::to_string(item["id"].as_integer()) == number ||
          std::to_string(item["number"].as_integer()) == number)
        return json(200, item);
    }
    return json(404, Json::object().set("message", "Not Found"));
  }

  HttpResponse add_comment(const Json& body) {
    const std::int64_t id = 100 + static_cast<std::int64_t>(state_.comments.size());
    Json comment = Json::object();
    comment.set("id", id).set("body", body["body"]);
    comment.set("html_url", "https://github.example/acme/shop/issues/1#c" + std::to_string(id));
    comment.set("user", Json::object().set("login", "triaged-bot").set("type", "Bot"));
    state_.comments.push_back(comment);
    return json(201, comment);
  }
  HttpResponse add_labels(const Json& body) {
    for (const Json& label : body["labels"].items()) state_.labels.push_back(label.as_string());
    return json(200, Json::array());
  }
  static HttpResponse add(std::map<std::string, Json>& into, const Json& body) {
    const std::string id = sha(body);
    into[id] = body;
    return json(201, Json(body).set("sha", id));
  }
  HttpResponse add_ref(const Json& body) {
    const std::string name = body["ref"].as_string().substr(5);
    if (state_.refs.contains(name))
      return json(422, Json::object().set("message", "Reference already exists"));
    state_.refs[name] = body["sha"].as_string();
    return json(201, Json::object().set("object", Json::object().set("sha", body["sha"])));
  }
  HttpResponse add_pull(const Json& body) {
    const std::int64_t number = 482 + static_cast<std::int64_t>(state_.pulls.size());
    Json pull = body;
    pull.set("number", number).set("draft", body["draft"]);
    pull.set("html_url", "https://github.example/acme/shop/pull/" + std::to_string(number));
    pull.set("head", Json::object().set("ref", body["head"]));
    state_.pulls.push_back(pull);
    return json(201, pull);
  }

  mutable std::mutex mutex_;
  State state_;
  testing::LoopbackServer server_;
};

}  // namespace triage::e2e
