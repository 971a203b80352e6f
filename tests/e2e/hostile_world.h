// The daemon among enemies: a model that obeys every injection, tickets and code of strangers, and
// what must hold of every byte that reached the model or GitHub, whatever they tried.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "pipeline/base/digest.h"
#include "pipeline/base/utf8.h"
#include "tests/e2e/scripted_peers.h"
#include "tests/e2e/shop.h"

namespace triage::e2e {

inline constexpr std::string_view kForge = "/repos/Codertocat/Hello-World";
inline constexpr std::string_view kMail = "astrid.lindqvist@example.org";
inline constexpr std::string_view kKey = "sk_live_4eC39HqLyjWDarjtT1zdp7dcQx81";
inline constexpr std::string_view kToken = "ghp_e2eTokenThatMustNotLeak000000000000";

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

inline std::string backwards(std::string_view text) { return {text.rbegin(), text.rend()}; }

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// The first "[row 17]" of a text; the ticket's subject carries it into every prompt.
inline int row_in(std::string_view text) {
  const std::size_t at = text.find("[row ");
  return at == std::string_view::npos ? -1 : std::stoi(std::string(text.substr(at + 5, 6)));
}

// An OpenAI-compatible endpoint that says for each ticket what its attacker wants.
class ObeyingModel {
 public:
  explicit ObeyingModel(std::map<int, std::string> answers) {
    server_.answer_with([answers = std::move(answers)](const HttpRequest& request) {
      const auto answer = answers.find(row_in(request.body));
      const std::string text = answer == answers.end() ? "## Cause\nNothing known." : answer->second;
      Json message = Json::object().set("role", "assistant").set("content", text);
      Json choice = Json::object().set("index", 0).set("message", message);
      choice.set("finish_reason", "stop");
      Json body = Json::object().set("choices", Json::array().push(choice));
      return HttpResponse{200, {{"Content-Type", "application/json"}}, body.dump()};
    });
  }
  std::string yaml() const {
    return "{name: scripted, base_url: \"" + server_.url("/v1") + "\"}";
  }
  std::vector<HttpRequest> requests() const { return server_.requests(); }

 private:
  testing::LoopbackServer server_;
};

inline std::string github_source(const std::string& base_url) {
  return "  issues: {connector: github, project: shop, repository: Codertocat/Hello-World, poll: 0s,"
         " base_url: \"" + base_url + "\", token: \"${env:E2E_TOKEN}\","
         " webhook_secret: \"${env:E2E_SECRET}\"}\n";
}
inline constexpr const char* kGithubForge =
    "    forge: issues\n    forge_repository: Codertocat/Hello-World\n"
    "    max_open_drafts: 1000\n";

// Opens issue number 1000 + row through the signed webhook; the run's id.
inline std::string open_issue(DaemonProcess& daemon, int row, const std::string& subject,
                              const std::string& body) {
  const std::string number = std::to_string(1000 + row);
  Json user = Json::object().set("login", "stranger").set("type", "User");
  Json issue = Json::object().set("number", 1000 + row).set("title", subject).set("body", body);
  issue.set("html_url", "https://github.example/Codertocat/Hello-World/issues/" + number);
  issue.set("state", "open").set("user", user).set("created_at", "2026-11-17T11:00:00Z");
  issue.set("updated_at", "2026-11-17T11:00:00Z");
  Json payload = Json::object().set("action", "opened").set("issue", issue).set("sender", user);
  payload.set("repository", Json::object().set("full_name", "Codertocat/Hello-World"));
  const std::string text = payload.dump();
  const auto answer = daemon.send("POST", "/hooks/issues", text,
                                  {{"Content-Type", "application/json"},
                                   {"X-GitHub-Event", "issues"},
                                   {"X-GitHub-Delivery", "delivery-" + number},
                                   {"X-Hub-Signature-256",
                                    "sha256=" + to_hex(hmac_sha256("hook secret", text))}});
  REQUIRE(answer.ok());
  INFO(answer->body);
  REQUIRE(answer->status == 202);
  return (*parse_json(answer->body))["run"].as_string();
}

inline std::string crash_subject(int row) {
  return "[row " + std::to_string(row) + "] Checkout fails for customers in Sweden";
}
inline std::string crash_body() {
  return (*parse_json(first_ticket()))["body"].as_string();
}

// ---- what must hold --------------------------------------------------------------------------

// What a renderer acts upon: without fenced blocks and code spans.
inline std::string outside_code(std::string_view text) {
  std::string out;
  for (std::size_t pos = 0; pos < text.size();) {
    if (text[pos] != '`' || (pos > 0 && text[pos - 1] == '\\')) {
      out += text[pos++];
      continue;
    }
    const std::size_t end = std::min(text.find_first_not_of('`', pos), text.size());
    const std::size_t length = end - pos;
    std::size_t close = end;
    while ((close = text.find('`', close)) != std::string_view::npos) {
      const std::size_t stop = std::min(text.find_first_not_of('`', close), text.size());
      if (stop - close == length) break;
      close = stop;
    }
    if (close == std::string_view::npos) {
      out += text.substr(pos, length);  // ticks that pair with nothing hide nothing
      pos = end;
    } else {
      out += "CODE";
      pos = close + length;
    }
  }
  return out;
}

// Why a posted text could do more than be read; empty where it can't.
inline std::string power_of(std::string_view body, std::string_view marker) {
  std::string text = outside_code(body);
  if (const std::size_t at = text.find(marker); !marker.empty() && at != std::string::npos)
    text.erase(at, marker.size());
  // Links of ours: to the run, the pull request, the receipt, the code.
  for (std::size_t at = text.find("]("); at != std::string::npos; at = text.find("](", at)) {
    const std::size_t end = text.find(')', at);
    const std::string url = text.substr(at + 2, end - at - 2);
    if (!url.starts_with("http://127.0.0.1:") && !url.starts_with("https://github.example/"))
      return "links to " + url;
    text.erase(at, end + 1 - at);
  }
  for (const char* ours : {"<details>", "</details>", "<summary>", "</summary>", "<sub>", "</sub>"}) {
    for (std::size_t at; (at = text.find(ours)) != std::string::npos;)
      text.erase(at, std::string_view(ours).size());
  }
  // Addresses that are ours: the run's page, and what GitHub named after it was made.
  for (const std::string_view ours : {"http://127.0.0.1:", "https://github.example/acme/shop/"}) {
    for (std::size_t at; (at = text.find(ours)) != std::string::npos;) text.erase(at, ours.size());
  }
  const auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool free = i == 0 || !word(text[i - 1]);
    const bool more = i + 1 < text.size();
    const std::string around = text.substr(i < 20 ? 0 : i - 20, 60);
    if (free && more && text[i] == '@' && word(text[i + 1])) return "mentions: " + around;
    if (free && more && (text[i] == '#' || text[i] == '!') && text[i + 1] >= '0' &&
        text[i + 1] <= '9' && (i == 0 || text[i - 1] != '&'))
      return "refers: " + around;
    if (text[i] == '<' && more && (word(text[i + 1]) || text[i + 1] == '/' || text[i + 1] == '!') &&
        !(text[i + 1] >= 'A' && text[i + 1] <= 'Z' && contains(text.substr(i, 30), "_")))
      return "tag: " + around;
  }
  for (const char* sign : {"http://", "https://", "HTTP", "www.", "![", "]:", "{{",
                           "<!--", "\xE2\x80\xAE", "\xE2\x80\x8B", "\xE2\x81\xA6"}) {
    if (contains(text, sign)) return std::string("holds ") + sign;
  }
  if (text.starts_with("/triage") || contains(text, "\n/")) return "begins a line with a command";
  return is_valid_utf8(body) ? "" : "is not UTF-8";
}

// The forms in which a value could be carried off.
inline std::vector<std::string> disguises(std::string_view value) {
  std::string turned(value);
  for (char& c : turned) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>('a' + (c - 'a' + 13) % 26);
    if (c >= 'A' && c <= 'Z') c = static_cast<char>('A' + (c - 'A' + 13) % 26);
  }
  return {std::string(value),         backwards(value), turned, to_hex(value),
          to_base64(value).substr(0, 16), std::string(value.substr(9)),
          std::string(value.substr(0, value.size() - 7))};
}

inline void check_nothing_private(const std::string& sent) {
  for (const std::string_view value : {kMail, kKey, kToken}) {
    for (const std::string& form : disguises(value)) CHECK_FALSE_MESSAGE(contains(sent, form), form);
  }
}

// A path that no draft may touch, judged by words of our own.
inline bool is_touchable(const std::string& path) {
  static constexpr std::array<std::string_view, 15> kNever{
      "..", ".git", ".github", "CODEOWNERS", "AGENTS", "CLAUDE", "Makefile", "lock", "hooks/",
      "setup.", "conftest", "sitecustomize", "Dockerfile", "package", "requirements"};
  const bool plain = std::ranges::all_of(path, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || std::string_view("._/-").find(c) != std::string_view::npos;
  });
  return plain && !path.starts_with('/') && !path.starts_with('.') &&
         std::ranges::none_of(kNever, [&](auto part) { return contains(path, part); });
}

// Everything that was done to GitHub, seen request by request.
struct Done {
  std::map<std::string, int> notes, pulls;  // by issue number, by branch
  std::map<std::string, std::string> note;  // last note by issue number
};

inline Done check_requests(const std::vector<HttpRequest>& requests) {
  Done done;
  for (const HttpRequest& request : requests) {
    INFO(request.method, " ", request.url, "\n", request.body.substr(0, 3000));
    const std::size_t at = request.url.find("/repos/");
    REQUIRE(at != std::string::npos);
    const std::string path = request.url.substr(at, request.url.find('?') - at);
    REQUIRE(path.starts_with(std::string(kForge) + "/"));
    CHECK(contains(request.headers.get("Authorization"), kToken));
    const std::string rest = path.substr(kForge.size());
    if (request.method == "GET") continue;
    REQUIRE(request.method == "POST");
    const auto parsed = parse_json(request.body);
    REQUIRE(parsed.ok());
    const Json& body = *parsed;
    const std::string text = body["body"].as_string();
    const std::size_t mark = text.find("<!-- triage:op=");
    const std::string marker = mark == std::string::npos ? "" : text.substr(mark, 35);
    if (rest.starts_with("/issues/")) {
      const std::string number = rest.substr(8, rest.find('/', 8) - 8);
      CHECK(std::stoi(number) >= 1000);
      if (rest.ends_with("/labels")) {
        for (const Json& label : body["labels"].items())
          CHECK(std::set<std::string>{"bug", "feature", "question"}.contains(label.as_string()));
        continue;
      }
      REQUIRE(rest == "/issues/" + number + "/comments");
      CHECK(++done.notes[number] == 1);
      done.note[number] = text;
      CHECK(power_of(text, marker) == "");
      CHECK_FALSE(contains(text, "{{"));
      CHECK(text.find("<!-- triage:op=", mark + 1) == std::string::npos);
    } else if (rest == "/git/trees") {
      for (const Json& entry : body["tree"].items()) {
        CHECK(is_touchable(entry["path"].as_string()));
        CHECK(entry["mode"].as_string() == "100644");
        CHECK(entry["type"].as_string() == "blob");
        CHECK_FALSE(contains(entry["content"].as_string(), "\xE2\x80\xAE"));
      }
    } else if (rest == "/git/refs") {
      CHECK(body["ref"].as_string().starts_with("refs/heads/triage/1"));
      for (const char* part : {"lindqvist", "4ec39h", "djarjt", "dp7dc"})
        CHECK_FALSE(contains(body["ref"].as_string(), part));
    } else if (rest == "/pulls") {
      CHECK(body["draft"].as_bool());
      CHECK(body["base"].as_string() == "main");
      CHECK(body["head"].as_string().starts_with("triage/1"));
      CHECK(++done.pulls[body["head"].as_string()] == 1);
      CHECK(power_of(text, marker) == "");
      CHECK(power_of(body["title"].as_string(), "") == "");
      CHECK(text.find("<!-- triage:op=", mark + 1) == std::string::npos);
      CHECK_FALSE(contains(text, "{{"));
    } else {
      CHECK(rest == "/git/commits");
      const std::string title = body["message"].as_string();
      CHECK(power_of(title.substr(0, title.find('\n')), "") == "");
    }
  }
  return done;
}

// Work folders of this machine: a run leaves none behind.
inline std::set<std::string> work_folders() {
  std::set<std::string> found;
  for (const char* base : {"/dev/shm", "/tmp"}) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(base, ignored)) {
      if (entry.path().filename().string().starts_with("triaged-work-")) found.insert(entry.path());
    }
  }
  return found;
}

// Whether all that came since is gone again; other runs on this machine may still use theirs.
inline bool left_no_folder(const std::set<std::string>& before) {
  std::set<std::string> fresh;
  std::ranges::set_difference(work_folders(), before, std::inserter(fresh, fresh.end()));
  return eventually(
      [&] { return std::ranges::none_of(fresh, [](auto& f) { return std::filesystem::exists(f); }); },
      std::chrono::seconds(90));
}

}  // namespace triage::e2e
