// Peers that break the rules, and a repository made by an enemy, against the real daemon.
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "tests/e2e/hostile_world.h"
#include "tests/fakes/raw_socket.h"

using namespace triage;
using namespace triage::e2e;

namespace {

// Stands before a GitHub that keeps the rules, and breaks them.
class CrookedGithub {
 public:
  // Called before (response empty) and after a request went through; an answer given replaces it.
  using Twist = std::function<std::optional<HttpResponse>(const HttpRequest&, const HttpResponse*)>;

  explicit CrookedGithub(Twist twist) : twist_(std::move(twist)) {
    auto client = daemon::BeastHttpClient::create({});
    REQUIRE(client.ok());
    client_ = std::move(*client);
    front_.answer_with([this](const HttpRequest& request) {
      if (auto instead = twist_(request, nullptr)) return *instead;
      HttpRequest on = request;
      on.url = github_.base_url() + request.url.substr(request.url.find('/', 8 * contains(request.url, "://")));
      on.headers = {{"Content-Type", "application/json"}};
      auto response = client_->send(on, deadline_in(Milliseconds(5000)), {});
      if (!response) return HttpResponse{502, {}, ""};
      if (auto instead = twist_(request, &*response)) return *instead;
      return HttpResponse{response->status, {{"Content-Type", "application/json"}}, response->body};
    });
  }
  std::string base_url() const { return "http://127.0.0.1:" + std::to_string(front_.port()); }
  RecordingGithub::State state() const { return github_.state(); }
  std::vector<HttpRequest> requests() const { return front_.requests(); }

 private:
  Twist twist_;
  RecordingGithub github_;
  std::unique_ptr<HttpClient> client_;
  testing::LoopbackServer front_;
};

// One ticket whose right fix would be offered; the end of its run.
Json play(const Shop& shop, const CrookedGithub& github, std::chrono::seconds wait) {
  ObeyingModel model({{0, std::string(kRightFix)}});
  DaemonProcess daemon(shop.configure(model.yaml(), github_source(github.base_url()), kGithubForge),
                       shop.path());
  daemon.start();
  REQUIRE(daemon.running());
  const std::string run = open_issue(daemon, 0, crash_subject(0), crash_body());
  Json end;
  eventually(
      [&] {
        end = daemon.get("/api/v1/runs/" + run);
        const std::string state = end["state"].as_string();
        return state == "done" || state == "failed" || state == "needs_person";
      },
      wait);
  CHECK(daemon.send("GET", "/healthz")->status == 200);
  CHECK_FALSE(contains(daemon.log(), kToken));
  return end;
}

}  // namespace

TEST_SUITE("e2e") {
  TEST_CASE("hostile: a GitHub that applies a write and then says 500 gets it once") {
    if (!sandbox_here()) return;
    const Shop shop;
    std::map<std::string, int> seen;
    const CrookedGithub github([&seen](const HttpRequest& request, const HttpResponse* response)
                                   -> std::optional<HttpResponse> {
      if (response == nullptr || request.method != "POST") return std::nullopt;
      if (++seen[request.url] > 1 || contains(request.url, "/git/trees")) return std::nullopt;
      return HttpResponse{500, {}, "{\"message\":\"try again\"}"};
    });
    const Json end = play(shop, github, std::chrono::seconds(120));
    CHECK(end["state"].as_string() == "done");
    const auto state = github.state();
    CHECK(state.comments.size() == 1);
    CHECK(state.pulls.size() == 1);
    CHECK(state.refs.size() == 1);
  }

  TEST_CASE("hostile: credentials do not follow a redirect") {
    const Shop shop;
    testing::LoopbackServer elsewhere;
    const std::string there = elsewhere.url("/repos/Codertocat/Hello-World/stolen");
    const CrookedGithub github([there](const HttpRequest&, const HttpResponse*) {
      return std::optional(HttpResponse{307, {{"Location", there}}, ""});
    });
    play(shop, github, std::chrono::seconds(25));
    CHECK_FALSE(github.requests().empty());
    CHECK(elsewhere.requests().empty());
    CHECK(github.state().comments.empty());
  }

  TEST_CASE("hostile: 200 with an error inside, or with nonsense, is no success") {
    for (const char* body : {R"({"message":"Not Found","errors":[{}]})", "", "not JSON", "[]", "null"}) {
      const Shop shop;
      const CrookedGithub github([body](const HttpRequest& request, const HttpResponse*)
                                     -> std::optional<HttpResponse> {
        if (!contains(request.url, "/git/") && !contains(request.url, "/pulls")) return std::nullopt;
        return HttpResponse{200, {{"Content-Type", "application/json"}}, body};
      });
      play(shop, github, std::chrono::seconds(20));
      CAPTURE(body);
      const auto state = github.state();
      CHECK(state.pulls.empty());
      CHECK(state.refs.empty());
      for (const Json& comment : state.comments)
        CHECK_FALSE(contains(comment["body"].as_string(), "is ready for review: ["));
    }
  }

  TEST_CASE("hostile: a pull request that comes back as no draft is closed, and said to be none") {
    if (!sandbox_here()) return;
    const Shop shop;
    std::atomic<int> patched = 0;
    const CrookedGithub github([&patched](const HttpRequest& request, const HttpResponse* response)
                                   -> std::optional<HttpResponse> {
      if (request.method == "PATCH" && response == nullptr) {
        CHECK(contains(request.body, "closed"));
        ++patched;
        return HttpResponse{200, {}, "{}"};
      }
      if (response == nullptr || !contains(request.url, "/pulls")) return std::nullopt;
      std::string body = response->body;
      for (std::size_t at; (at = body.find("\"draft\":true")) != std::string::npos;)
        body.replace(at, 12, "\"draft\":false");
      return HttpResponse{response->status, {}, body};
    });
    play(shop, github, std::chrono::seconds(30));
    CHECK(patched > 0);
    for (const Json& comment : github.state().comments)
      CHECK_FALSE(contains(comment["body"].as_string(), "is ready for review: ["));
  }

  TEST_CASE("hostile: a model that never ends, floods, packs or hangs up costs a note without it") {
    const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    struct Peer {
      const char* name;
      std::string head;
      bool floods;
    };
    const Peer peers[] = {
        {"hangs", "", false},
        {"cuts", head + "Content-Length: 1000\r\n\r\n{\"cho", false},
        {"claims a terabyte", head + "Content-Length: 1099511627776\r\n\r\n", true},
        {"streams for ever", head + "Transfer-Encoding: chunked\r\n\r\n", true},
        {"packs", head + "Content-Encoding: gzip\r\nContent-Length: 20\r\n\r\n\x1f\x8b\x08" "aaaaaaaaaaaaaaaaa", false},
        {"endless head", "HTTP/1.1 200 OK\r\n", true}};
    for (const Peer& peer : peers) {
      CAPTURE(peer.name);
      const Shop shop;
      const auto listener = testing::RawSocket::listen_on_any_port();
      std::jthread server([&](std::stop_token stop) {
        while (!stop.stop_requested()) {
          const auto connection = listener.accept(200);
          if (!connection.is_open()) continue;
          connection.read_message(2000);
          connection.write(peer.head);
          const std::string chunk = contains(peer.head, "chunked")
                                        ? "10000\r\n" + std::string(65536, ' ') + "\r\n"
                                        : "X-Field: " + std::string(1000, 'x') + "\r\n";
          while (peer.floods && !stop.stop_requested() && connection.write(chunk)) {
          }
          if (contains(peer.name, "hangs")) connection.read_all(4000);
        }
      });
      const std::string model = "{name: scripted, timeout: 3s, base_url: \"http://127.0.0.1:" +
                                std::to_string(listener.port()) + "/v1\"}";
      DaemonProcess daemon(shop.configure(model), shop.path());
      daemon.start();
      const auto filed = daemon.send("POST", "/api/v1/tickets", first_ticket());
      REQUIRE(filed.ok());
      const Json end = daemon.finished_run((*parse_json(filed->body))["run"].as_string());
      CHECK(end["state"].as_string() == "done");
      const Json ticket = daemon.get("/api/v1/tickets/desk/5120");
      REQUIRE(ticket["notes"].items().size() == 1);
      CHECK(ticket["notes"].items()[0]["body"].as_string().starts_with("**Made without a model"));
    }
  }

  TEST_CASE("hostile: a repository made by an enemy runs nothing and leads nowhere") {
    if (!sandbox_here()) return;
    fakes::GitRepository repository;
    const std::string& root = repository.path();
    repository.commit("first", {{"shop/__init__.py", "\n"},
                                {"shop/shipping.py", "RATES = {\"SE\": 1}\n\n\ndef rate_for(country):\n    return RATES[country]\n"},
                                {"tests/__init__.py", "\n"},
                                {"tests/test_rates.py", "import unittest\nfrom shop.shipping import rate_for\n\n\nclass RateTest(unittest.TestCase):\n    def test_known(self):\n        self.assertEqual(rate_for(\"SE\"), 1)\n"},
                                {"-rf", "--no-preserve-root\n"},
                                {"new\nline.py", "x = 1\n"},
                                {"bad\xff\xfe.py", "x = 1\n"},
                                {"shop/\xe2\x80\xaeyp.py", "x = 1\n"},
                                {".gitattributes", "* filter=evil diff=evil merge=evil\n"},
                                {".gitmodules", "[submodule \"x\"]\n\tpath = vendor\n\turl = ext::sh -c touch% /tmp/hostile-ran\n\tupdate = !touch /tmp/hostile-ran\n"},
                                {"web/app.min.js", "function rate_for(){" + std::string(3'000'000, 'x') + "}"},
                                {"blob.bin", std::string(3'000'000, '\0') + "rate_for"},
                                {"deep.py", "x = " + std::string(20'000, '(') + "1" + std::string(20'000, ')') + "\n"},
                                {"deep.json", std::string(100'000, '[')},
                                {"utf.py", "# rate_for \xff\xfe\xc0\xaf\n"}});
    std::filesystem::create_symlink("/etc", root + "/shop/outside");
    std::filesystem::create_symlink("/etc/passwd", root + "/passwd.py");
    std::filesystem::create_symlink("../../../../etc/shadow", root + "/shop/shadow.py");
    std::filesystem::create_symlink(".", root + "/loop");
    repository.git({"update-index", "--add", "--cacheinfo", "160000," + repository.head() + ",vendor"});
    repository.commit("links", {});
    // A push runs the hooks of the repository that receives it: those are its owner's policy.
    for (const char* hook : {"post-checkout", "pre-push", "post-index-change", "pre-auto-gc"}) {
      const std::string file = root + "/.git/hooks/" + hook;
      std::filesystem::create_directories(root + "/.git/hooks");
      write_whole(file, "#!/bin/sh\ntouch /tmp/hostile-ran\n");
      ::chmod(file.c_str(), 0755);
    }
    std::ofstream(root + "/.git/config", std::ios::app)
        << "[core]\n\tfsmonitor = touch /tmp/hostile-ran\n\tsshCommand = touch /tmp/hostile-ran\n"
           "[uploadpack]\n\tpackObjectsHook = touch /tmp/hostile-ran;\n"
           "[filter \"evil\"]\n\tsmudge = touch /tmp/hostile-ran\n\tclean = touch /tmp/hostile-ran\n"
           "[diff \"evil\"]\n\tcommand = touch /tmp/hostile-ran\n\ttextconv = touch /tmp/hostile-ran\n";
    std::filesystem::remove("/tmp/hostile-ran");

    const std::string fix =
        "## Headline\nLower case crashes\n\n## Cause\n`rate_for` looks up the code as it came.\n\n## Title\nAccept "
        "lower case\n\n### shop/shipping.py\n```\n<<<<<<< SEARCH\n    return RATES[country]\n=======\n    return "
        "RATES[country.upper()]\n>>>>>>> REPLACE\n```\n\n### tests/test_rates.py\n```\n<<<<<<< SEARCH\n    def "
        "test_known(self):\n=======\n    def test_lower(self):\n        self.assertEqual(rate_for(\"se\"), 1)\n\n    "
        "def test_known(self):\n>>>>>>> REPLACE\n```\n";
    ObeyingModel model({{0, fix}});
    const Shop shop;
    const std::set<std::string> folders = work_folders();
    const std::string config = shop.configure(model.yaml());
    write_whole(config, replaced(read_whole(config), shop.repository(), root));
    DaemonProcess daemon(config, shop.path());
    daemon.start();
    const std::string ticket = Json::object()
                                   .set("id", "77")
                                   .set("subject", crash_subject(0))
                                   .set("body", "Traceback (most recent call last):\n  File \"/srv/shop/shipping.py\", line 5, in rate_for\n    return RATES[country]\nKeyError: 'se'\n")
                                   .dump();
    const auto filed = daemon.send("POST", "/api/v1/tickets", ticket);
    REQUIRE(filed.ok());
    INFO(filed->body);
    const Json end = daemon.finished_run((*parse_json(filed->body))["run"].as_string());
    INFO(end["stages"]["verify"].dump().substr(0, 3000));
    INFO(daemon.log().substr(0, 5000));
    CHECK(end["state"].as_string() == "done");
    CHECK(end["stages"]["verify"]["proof"].as_string() == "red-green");
    CHECK(daemon.get("/api/v1/tickets/desk/77")["notes"].items().size() == 1);
    for (const auto& request : model.requests()) CHECK_FALSE(contains(request.body, "root:x:0"));
    CHECK_FALSE(std::filesystem::exists("/tmp/hostile-ran"));
    CHECK(daemon.terminate() == 0);
    CHECK(left_no_folder(folders));
  }
}
