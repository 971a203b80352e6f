// What operators type and see: exit statuses, messages, and the daemon as systemd treats it.
#include <sys/mount.h>

#include <filesystem>

#include "tests/e2e/scripted_peers.h"
#include "tests/e2e/shop.h"
#include "tests/fakes/notify_socket.h"

using namespace triage;
using namespace triage::e2e;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool any_of(const std::vector<std::string>& all, const std::string& wanted) {
  return std::ranges::any_of(all, [&](const std::string& one) { return contains(one, wanted); });
}

// Only its owner may read it, or the daemon refuses it.
void write_secret(const std::string& path, const std::string& value) {
  write_whole(path, value);
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

// A script in the ticket that runs for a while, so that a run is at work when the signal comes.
Json slow_ticket() {
  Json ticket = Json::object();
  ticket.set("subject", "Totals are a cent too low");
  ticket.set("body", "This shows it:\n```python\nimport time\nfrom shop.cart import Cart\n"
                     "time.sleep(1)\nassert Cart().weight() == 1\n```\n");
  return ticket;
}

std::string filed(DaemonProcess& daemon, const std::string& body) {
  const auto response = daemon.send("POST", "/api/v1/tickets", body);
  REQUIRE(response.ok());
  REQUIRE(response->status == 202);
  return (*parse_json(response->body))["run"].as_string();
}

// A file system of six megabytes at that path; gone with the object. Needs root.
struct SmallDisk {
  explicit SmallDisk(std::string at) : path(std::move(at)) {
    std::filesystem::create_directories(path);
    mounted = ::mount("tmpfs", path.c_str(), "tmpfs", MS_NODEV | MS_NOSUID, "size=6m") == 0;
  }
  ~SmallDisk() {
    if (mounted) ::umount2(path.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  std::string path;
  bool mounted = false;
};

}  // namespace

TEST_SUITE("commands") {
  TEST_CASE("commands: bad usage and bad configuration end with 2, and say what is wrong") {
    const Shop shop;
    const std::string config = shop.configure();
    struct Row {
      std::vector<std::string> words;
      int status;
      std::string said;
    };
    for (const Row& row : std::vector<Row>{
             {{}, 2, "subcommand is required"},
             {{"nonsense"}, 2, "subcommand is required"},
             {{"queue", "--nope"}, 2, "--nope"},
             {{"queue", "--limit", "-3", "--config", config}, 2, "limit"},
             {{"queue", "--config", "/nowhere.yaml"}, 2, "/nowhere.yaml"},
             {{"serve", "--config", "/nowhere.yaml"}, 2, "/nowhere.yaml"},
             {{"check", "--config", "/nowhere.yaml"}, 2, "/nowhere.yaml"},
             {{"config", "check", "--config", "/nowhere.yaml"}, 2, "/nowhere.yaml"},
             {{"receipt", "show", "--config", config}, 2, "run is required"},
             {{"file", "/nowhere", "--url", "http://127.0.0.1:1"}, 2, "cannot read /nowhere"},
             {{"file", "-", "--url", "http://127.0.0.1:1"}, 2, "the ticket is empty"},
             {{"file", "-", "--config", config}, 2, "server.port is 0"},
             {{"version"}, 0, "triaged "},
             {{"--help"}, 0, "serve"},
             {{"config", "example"}, 0, "state_dir"},
             {{"config", "show", "--config", config}, 0, "shop"}}) {
      const ProcessResult done = triaged(row.words);
      CAPTURE(row.said);
      INFO(done.out, done.err);
      CHECK(done.exit_code == row.status);
      CHECK(contains(done.out + done.err, row.said));
    }
    const ProcessResult nobody = triaged({"file", "-", "--url", "http://127.0.0.1:1"}, "it is broken");
    CHECK(nobody.exit_code == 3);
    CHECK(contains(nobody.err, "no daemon answers at http://127.0.0.1:1"));
    CHECK(parse_json(triaged({"version", "--json"}).out).ok());
  }

  TEST_CASE("commands: a ticket filed by hand, its place in the queue, and its receipts") {
    const Shop shop;
    const std::string config = shop.configure();
    DaemonProcess daemon(config, shop.path());
    daemon.start();
    const ProcessResult answer =
        triaged({"file", "-", "--url", daemon.url(), "--wait", "--json"}, first_ticket());
    INFO(answer.err);
    REQUIRE(answer.exit_code == 0);
    const Json filed = *parse_json(answer.out);
    CHECK(filed["state"].as_string() == "done");
    CHECK(contains(filed["note"].as_string(), "shop/shipping.py"));
    const std::string run = filed["run"].as_string();

    const ProcessResult queue = triaged({"queue", "--config", config});
    CHECK(queue.exit_code == 0);
    CHECK(contains(queue.out, run));
    const Json listed = *parse_json(triaged({"queue", "--config", config, "--json"}).out);
    CHECK(listed["runs"]["done"].as_integer() == 1);
    CHECK(listed["list"].items().size() == 1);
    CHECK(triaged({"queue", "--config", config, "--state", "asleep"}).exit_code == 2);
    const ProcessResult refused = triaged({"queue", "--config", config, "--retry", run});
    CHECK(refused.exit_code == 3);
    CHECK(contains(refused.err, "done"));

    CHECK(contains(triaged({"receipt", "show", run, "--config", config}).out, "ticket    desk/5120"));
    CHECK(triaged({"receipt", "show", "NOPE", "--config", config}).exit_code == 2);
    CHECK(triaged({"receipt", "verify", "--config", config}).exit_code == 0);
    const std::string log = triaged({"receipt", "export", "--config", config}).out;
    const std::string key = triaged({"receipt", "key", "--config", config}).out;
    write_whole(shop.path() + "/key.pem", key);
    const auto verified = [&](const std::string& envelopes) {
      write_whole(shop.path() + "/log", envelopes);
      return triaged({"receipt", "verify", "--log", shop.path() + "/log", "--key",
                      shop.path() + "/key.pem"}).exit_code;
    };
    CHECK(verified(log) == 0);
    std::string edited = log;
    const size_t payload = edited.find("\"payload\":\"") + 40;
    edited[payload] = edited[payload] == 'A' ? 'B' : 'A';
    CHECK(verified(edited) == 1);
    CHECK(verified(log.substr(log.find('\n') + 1)) == 1);  // the first one is gone
  }

  TEST_CASE("commands: check says what is fine, and what is not with the next step") {
    const Shop shop;
    DaemonProcess daemon(shop.configure(), shop.path());
    const Json before = *parse_json(triaged({"check", "--config", shop.configure(), "--json"}).out);
    CHECK(before["ok"].as_bool());
    CHECK(!contains(before.dump(), "price"));

    testing::LoopbackServer refusing;
    refusing.answer_with([](const HttpRequest&) {
      return HttpResponse{401, {{"Content-Type", "application/json"}}, R"({"message":"Bad credentials"})"};
    });
    write_secret(shop.path() + "/token", "ghp_wrong");
    const std::string hub = "  hub: {connector: github, project: shop, repository: acme/shop, base_url: \"" +
                            refusing.url("/api/v3") + "\", token: \"${file:" + shop.path() +
                            "/token}\", webhook_secret: \"${file:" + shop.path() + "/token}\"}\n";
    const std::string config =
        shop.configure("{name: some, base_url: \"http://127.0.0.1:1/v1\"}", hub,
                       "  lost: {repository: " + shop.path() + "/lost.git}\n");
    const ProcessResult done = triaged({"check", "--config", config, "--json"});
    INFO(done.out, done.err);
    CHECK(done.exit_code == 1);
    const Json report = *parse_json(done.out);
    std::map<std::string, std::string> verdicts;
    for (const Json& line : report["lines"].items())
      verdicts[line["subject"].as_string()] = line["verdict"].as_string();
    CHECK(verdicts["configuration"] == "ok");
    CHECK(verdicts["source desk"] == "ok");
    CHECK(verdicts["source hub"] == "fail");
    CHECK(verdicts["model"] == "fail");
    CHECK(verdicts["model price"] == "warn");
    CHECK(verdicts["project shop"] == "ok");
    CHECK(verdicts["project lost"] == "fail");
    CHECK(!contains(done.out + done.err, "ghp_wrong"));
    const ProcessResult text = triaged({"check", "--config", config});
    CHECK(contains(text.out, "fail  source hub"));
  }

  TEST_CASE("commands: a second daemon, a taken port and a directory that can't be made") {
    const Shop shop;
    const std::string config = shop.configure();
    DaemonProcess daemon(config, shop.path());
    daemon.start();
    const ProcessResult second = triaged({"serve", "--config", config});
    CHECK(second.exit_code == 3);
    CHECK(contains(second.err, "is held by another triaged"));

    const std::string port = daemon.url().substr(daemon.url().rfind(':') + 1);
    std::string yaml = read_whole(config);
    yaml.replace(yaml.find("port: 0"), 7, "port: " + port);
    yaml.replace(yaml.find("/state\n"), 7, "/state2\n");
    write_whole(shop.path() + "/taken.yaml", yaml);
    const ProcessResult taken = triaged({"serve", "--config", shop.path() + "/taken.yaml"});
    CHECK(taken.exit_code == 3);
    CHECK(contains(taken.err, "port " + port));

    yaml.replace(yaml.find("state_dir: "), 11, "state_dir: /proc/nowhere");
    write_whole(shop.path() + "/denied.yaml", yaml);
    const ProcessResult denied = triaged({"serve", "--config", shop.path() + "/denied.yaml"});
    CHECK(denied.exit_code == 2);
    CHECK(contains(denied.err, "cannot make the directory /proc/nowhere"));
    CHECK(daemon.running());
  }

  TEST_CASE("commands: where a token is configured, the API and `file` need it") {
    const Shop shop;
    std::string yaml = read_whole(shop.configure());
    write_secret(shop.path() + "/api-token", "open sesame");
    yaml.replace(yaml.find("{port: 0}"), 9, "{port: 0, api_token: \"${file:" + shop.path() + "/api-token}\"}");
    const std::string config = shop.path() + "/triaged.yaml";
    write_whole(config, yaml);
    DaemonProcess daemon(config, shop.path());
    daemon.start();
    CHECK(daemon.send("GET", "/api/v1/runs")->status == 401);
    CHECK(daemon.send("GET", "/")->status == 401);
    CHECK(daemon.send("GET", "/healthz")->status == 200);
    CHECK(daemon.send("GET", "/", "", {{"Authorization", "Bearer open sesame"}})->status == 200);
    const ProcessResult without = triaged({"file", "-", "--url", daemon.url()}, "it is broken");
    CHECK(without.exit_code == 2);
    CHECK(contains(without.err, "401"));
    CHECK(triaged({"file", "-", "--url", daemon.url(), "--config", config}, "it is broken").exit_code == 0);
    CHECK(!contains(daemon.log(), "sesame"));
  }

  TEST_CASE("commands: SIGTERM lets the stage that runs finish, SIGHUP disturbs none") {
    const Shop shop;
    DaemonProcess daemon(shop.configure(), shop.path());
    daemon.start();
    const std::string run = filed(daemon, slow_ticket().dump());
    REQUIRE(eventually([&] { return daemon.get("/api/v1/runs/" + run)["stage"].as_string() == "verify"; }));
    daemon.signal(SIGHUP);
    CHECK(eventually([&] { return contains(daemon.log(), "configuration reloaded"); }));
    CHECK(daemon.terminate() == 0);
    CHECK(contains(daemon.log(), "stopped"));
    CHECK(contains(daemon.log(), "verify done"));
    daemon.start();
    CHECK(daemon.finished_run(run)["state"].as_string() == "done");
  }

  TEST_CASE("commands: a broken configuration at SIGHUP changes nothing") {
    const Shop shop;
    const std::string config = shop.configure();
    DaemonProcess daemon(config, shop.path());
    daemon.start();
    write_whole(config, "sources: [");
    daemon.signal(SIGHUP);
    CHECK(eventually([&] { return contains(daemon.log(), "configuration not reloaded"); }));
    CHECK(daemon.send("GET", "/readyz")->status == 200);
    shop.configure();
    std::string yaml = read_whole(config);
    yaml.replace(yaml.find("workers: 1"), 10, "workers: 3");
    write_whole(config, yaml);
    daemon.signal(SIGHUP);
    CHECK(eventually([&] { return contains(daemon.log(), "only after a restart: workers"); }));
  }

  TEST_CASE("commands: systemd hears READY, WATCHDOG and STOPPING") {
    const Shop shop;
    const fakes::NotifySocket systemd;
    DaemonProcess daemon(shop.configure(), shop.path());
    daemon.more_environment = {"NOTIFY_SOCKET=" + systemd.path(), "WATCHDOG_USEC=200000"};
    daemon.start();
    std::vector<std::string> heard;
    const auto hears = [&](const std::string& what) {
      return eventually([&] {
        for (std::string& state : systemd.received()) heard.push_back(std::move(state));
        return any_of(heard, what);
      });
    };
    CHECK(hears("READY=1"));
    CHECK(hears("WATCHDOG=1"));
    CHECK(daemon.terminate() == 0);
    CHECK(hears("STOPPING=1"));
  }

  TEST_CASE("commands: a full disk is said, loses nothing, and passes without a restart") {
    const Shop shop;
    const SmallDisk disk(shop.path() + "/state");
    if (!disk.mounted) {
      MESSAGE("skipped: this needs the right to mount a small file system");
      return;
    }
    const fakes::NotifySocket systemd;
    const std::string config = shop.configure();
    DaemonProcess daemon(config, shop.path());
    daemon.more_environment = {"NOTIFY_SOCKET=" + systemd.path(), "WATCHDOG_USEC=200000"};
    daemon.start();
    CHECK(daemon.send("GET", "/readyz")->status == 200);
    write_whole(disk.path + "/ballast", std::string(8'000'000, 'x'));
    CHECK(eventually([&] { return daemon.send("GET", "/readyz")->status == 503; }));
    CHECK(contains(daemon.send("GET", "/readyz")->body, "free some space"));
    const auto refused =
        daemon.send("POST", "/api/v1/tickets", R"({"subject":"x","body":")" + std::string(400'000, 'y') + "\"}");
    REQUIRE(refused.ok());
    CHECK(refused->status == 503);
    CHECK(refused->headers.count("Retry-After") == 1);
    CHECK(triaged({"check", "--config", config}).exit_code == 1);
    systemd.received();  // no restart frees a disk: the watchdog is kept quiet
    CHECK(eventually([&] { return any_of(systemd.received(), "WATCHDOG=1"); }));
    std::filesystem::remove(disk.path + "/ballast");
    CHECK(eventually([&] { return daemon.send("GET", "/readyz")->status == 200; }));
    CHECK(daemon.finished_run(filed(daemon, first_ticket()))["state"].as_string() == "done");
  }
}
