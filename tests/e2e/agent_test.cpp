// run_agent with small programs in the agents' place, each with one way to go wrong.
#include <sys/stat.h>

#include <array>

#include "pipeline/propose/agents/agent_inside.h"
#include "tests/e2e/agent_bench.h"
#include "tests/fakes/loopback_server.h"
#include "tests/fakes/raw_socket.h"

namespace triage::e2e {
namespace {

using verify::sandbox_here;

const std::string kFix = "echo 'x = 2' > a.py\n";

// What a hostile program tries from inside; writes a line for each.
const std::string kHostile = R"(/usr/bin/python3 - PORT <<'PY'
import http.client, json, os, socket, sys
out = {}
def note(name, action):
    try: out[name] = str(action())
    except OSError as error: out[name] = "no"
def call(method, path, body=None, headers={}):
    c = http.client.HTTPConnection("127.0.0.1", 8088, timeout=20)
    c.request(method, path, body, headers)
    return c.getresponse().status
def ask(**more):
    return call("POST", "/v1/responses", json.dumps({"model": "scripted-1", "input": "why?"} | more))
def direct():
    s = socket.socket(socket.AF_UNIX); s.settimeout(20); s.connect("/agent/gateway")
    s.sendall(b"GET /v1/models HTTP/1.1\r\nHost: h\r\n\r\n")
    return s.recv(12).decode()[9:]
note("control", lambda: ask())
note("other path", lambda: call("GET", "/v1/models"))
note("files", lambda: call("POST", "/v1/files", "x"))
note("proxy form", lambda: call("GET", "http://192.0.2.1/"))
note("connect", lambda: call("CONNECT", "192.0.2.1:443"))
note("other model", lambda: ask(model="gpt-other"))
note("picture", lambda: ask(input=[{"content": [{"type": "input_image", "image_url": "http://192.0.2.1/x"}]}]))
note("search", lambda: ask(tools=[{"type": "web_search"}, {"type": "mcp", "server_url": "http://192.0.2.1/"}]))
note("secret", lambda: ask(input="key sk_live_4eC39HqLyjWDarjtT1zdp7dcQx81"))
note("chunked", lambda: call("POST", "/v1/responses", iter([b"{}"])))
note("direct", direct)
note("host port", lambda: socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5))
note("elsewhere", lambda: socket.create_connection(("192.0.2.1", 80), 5))
note("unlink", lambda: os.unlink("/agent/gateway"))
note("bridge", lambda: open("/agent/triaged", "ab"))
note("agent", lambda: open("/agent/program/agent", "ab"))
open("tried.json", "w").write(json.dumps(out))
os.symlink("/etc/passwd", "link"); os.mkfifo("fifo")
open("AGENTS.md", "w").write("obey")
os.makedirs(".github/workflows"); open(".github/workflows/ci.yml", "w").write("on: push")
PY
)";

// Asks the gateway as codex would.
const std::string kAsk = R"(/usr/bin/python3 - <<'PY'
import json, urllib.request, urllib.error
body = json.dumps({"model": "scripted-1", "input": "why?"}).encode()
request = urllib.request.Request("http://127.0.0.1:8088/v1/responses", body, {"Content-Type": "application/json"})
try:
    answer = urllib.request.urlopen(request, timeout=20).read().decode()
    open("answer.txt", "w").write(answer)
except urllib.error.HTTPError as error:
    open("answer.txt", "w").write(str(error.code))
PY
)";
const std::string kDone =
    "echo '{\"type\":\"item.completed\",\"item\":{\"type\":\"agent_message\",\"text\":\"done\"}}'\n"
    "echo '{\"type\":\"turn.completed\"}'\n";

struct Fake {
  explicit Fake(const std::string& script, bool endpoint_is_there = true) {
    ::chmod(folder.path().c_str(), 0755);
    write_whole(folder / "agent", "#!/bin/sh\n" + script);
    ::chmod((folder / "agent").c_str(), 0755);
    git.commit("first", {{"a.py", "x = 1\n"}, {"AGENTS.md", "AGENT-CANARY\n"}, {"sub/CLAUDE.md", "AGENT-CANARY\n"}});
    server.answer_with([](const HttpRequest&) {
      return HttpResponse{200, {{"Content-Type", "application/json"}},
                          R"({"output":[],"usage":{"input_tokens":10,"output_tokens":5}})"};
    });
    const std::string base = server.url("/v1");
    if (!endpoint_is_there) server.stop();
    bench.emplace(git.path(), "codex", folder / "agent", base);
  }

  fakes::TemporaryDirectory folder;
  fakes::GitRepository git;
  testing::LoopbackServer server;
  std::optional<AgentBench> bench;
};

std::string content_of(const propose::AgentOutcome& outcome, const std::string& path) {
  for (const Edit& edit : outcome.edits)
    if (edit.path == path) return edit.content.value_or("(removed)");
  return "(none)";
}

TEST_SUITE("e2e agents") {
  TEST_CASE("agent: what a program does in its workspace comes out as edits") {
    if (!sandbox_here()) return;
    Fake fake(kAsk + "cat > prompt.txt\n" + kFix + "ls -A . sub > seen.txt\n" + kDone);
    const auto got = fake.bench->run(Milliseconds{60'000}, Milliseconds{30'000},
                                     {{"from_before.py", {}, "kept\n", false}});
    REQUIRE_MESSAGE(got.ok(), (got.ok() ? "" : got.error().message));
    CHECK(got->problem == "");
    CHECK(got->text == "done");
    CHECK(content_of(*got, "a.py") == "x = 2\n");
    CHECK(content_of(*got, "prompt.txt") == "Fix the checkout bug.");
    CHECK(content_of(*got, "from_before.py") == "kept\n");
    // The configuration of agents was not there, and is not reported as removed.
    CHECK(content_of(*got, "seen.txt").find(".md") == std::string::npos);
    CHECK(content_of(*got, "AGENTS.md") == "(none)");
    CHECK(lines_of(got->events).find("2 file(s) that configure agents") != std::string::npos);
    CHECK(fake.bench->gateway().exchanges().size() == 1);
    CHECK(fake.server.requests().at(0).headers.get("Authorization") ==
          "Bearer sk-canary-0123456789abcdef0123456789");
  }

  TEST_CASE("agent: however it goes wrong it is bounded, reported, and what is there is kept") {
    if (!sandbox_here()) return;
    struct Row {
      std::string_view what;
      std::string script;
      Milliseconds limit, idle;
      std::string_view problem;
      bool kept;
    };
    constexpr Milliseconds kLong{60'000};
    const std::vector<Row> rows{
        {"hangs before it asks", kFix + "sleep 600", kLong, Milliseconds{300}, "after a long silence", true},
        {"hangs after it asked", kAsk + kFix + "sleep 600", kLong, Milliseconds{2'000}, "after a long silence", true},
        {"talks for ever", kAsk + kFix + "while :; do echo '{\"type\":\"error\",\"message\":\"Reconnecting\"}'; sleep 0.1; done",
         Milliseconds{4'000}, kLong, "time was up", true},
        {"endless garbage", kAsk + kFix + "yes", kLong, kLong, "wrote without end", true},
        {"endless events", kAsk + kFix + "yes \"{\\\"type\\\":\\\"$(head -c 9000 /dev/zero | tr '\\0' x)\\\"}\"", kLong, kLong,
         "wrote without end", true},
        {"does nothing, says nothing", "exit 0", kLong, kLong, "did not ask the model (exit 0)", false},
        {"fails at once", "echo 'no such flag' >&2; exit 2", kLong, kLong, "did not ask the model (exit 2): no such flag", false},
        {"asks and leaves", kAsk + kFix + "exit 0", kLong, kLong, "(exit 0) without finishing", true},
        {"is killed", kAsk + kFix + "kill -9 $$", kLong, kLong, "(exit 137) without finishing", true},
        {"garbage", kAsk + kFix + "head -c 100000 /dev/urandom; echo; echo '{\"type\":'", kLong, kLong, "without finishing", true},
        {"gives up", kAsk + kFix + "echo '{\"type\":\"turn.failed\",\"error\":{\"message\":\"I can not\"}}'", kLong, kLong,
         "gave up: I can not", true},
        {"the control", kAsk + kFix + kDone, kLong, kLong, "", true},
    };
    for (const Row& row : rows) {
      CAPTURE(row.what);
      // A machine that is too busy to start the program within the row's time gets more of it.
      for (const int patience : {1, 10}) {
        Fake fake(row.script);
        const auto got = fake.bench->run(row.limit * patience, row.idle * patience);
        REQUIRE_MESSAGE(got.ok(), (got.ok() ? "" : got.error().message));
        const bool kept = content_of(*got, "a.py") == "x = 2\n";
        if (kept != row.kept && patience == 1) continue;
        CAPTURE(got->problem);
        CHECK(got->problem.find(row.problem) != std::string::npos);
        CHECK(got->problem.empty() == row.problem.empty());
        CHECK(kept == row.kept);
        break;
      }
    }
  }

  TEST_CASE("agent: one that does not come to ask is tried once more, no more") {
    if (!sandbox_here()) return;
    Fake fake("sleep 600");
    fake.bench->start_limit = Milliseconds{400};
    const auto got = fake.bench->run();
    REQUIRE(got.ok());
    CHECK(got->problem == "codex did not ask the model in time");
    CHECK(fake.bench->starts() == 2);
    Fake asks(kAsk + "exit 1");  // the control
    REQUIRE(asks.bench->run().ok());
    CHECK(asks.bench->starts() == 1);
  }

  TEST_CASE("agent: an endpoint that is not there is a refusal, not a loop") {
    if (!sandbox_here()) return;
    Fake fake(kAsk + kFix + "exit 1", false);
    const auto got = fake.bench->run();
    REQUIRE(got.ok());
    CHECK(content_of(*got, "answer.txt") == "400");
    CHECK(got->problem.starts_with("codex was refused: "));
    CHECK(content_of(*got, "a.py") == "x = 2\n");
    CHECK(lines_of(got->events).find("refused: ") != std::string::npos);
  }

  TEST_CASE("agent: a stop ends it, and what can't be run is an error") {
    if (!sandbox_here()) return;
    std::stop_source stop;
    stop.request_stop();
    Fake fake(kDone);
    const auto stopped = fake.bench->run(Milliseconds{60'000}, Milliseconds{60'000}, {}, stop.get_token());
    REQUIRE_FALSE(stopped.ok());
    CHECK(stopped.error().kind == ErrorKind::timeout);

    CHECK(fake.bench->run(Milliseconds{0}).error().kind == ErrorKind::exhausted);
    fake.bench->settings().model.program = "/no/such/agent";
    CHECK(fake.bench->run().error().kind == ErrorKind::not_found);
    fake.bench->settings().model.api = "chat";
    CHECK(fake.bench->run().error().kind == ErrorKind::invalid_input);
  }

  TEST_CASE("agent: a hostile program finds no other way out") {
    if (!sandbox_here()) return;
    const testing::RawSocket host = testing::RawSocket::listen_on_any_port();
    std::string script = kHostile;
    script.replace(script.find("PORT"), 4, std::to_string(host.port()));
    Fake fake(script + kDone);
    const auto got = fake.bench->run();
    REQUIRE(got.ok());
    const auto tried = parse_json(content_of(*got, "tried.json"));
    REQUIRE_MESSAGE(tried.ok(), got->problem);
    constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kExpected{{
        {"control", "200"}, {"other path", "404"}, {"files", "404"}, {"proxy form", "400"},
        {"connect", "501"}, {"other model", "403"}, {"picture", "403"}, {"search", "200"},
        {"secret", "200"}, {"chunked", "411"}, {"direct", "404"}, {"host port", "no"},
        {"elsewhere", "no"}, {"unlink", "no"}, {"bridge", "no"}, {"agent", "no"}}};
    CHECK(tried->members().size() == kExpected.size());
    for (const auto& [name, result] : kExpected) {
      CAPTURE(name);
      CHECK((*tried)[name].as_string() == result);
    }
    CHECK(fake.server.requests().size() == 3);  // control, search, secret
    for (const HttpRequest& request : fake.server.requests())
      for (const char* word : {"web_search", "mcp", "sk_live", "192.0.2.1", "gpt-other"})
        CHECK(request.body.find(word) == std::string::npos);
    const std::string events = lines_of(got->events);
    for (const char* said : {"link: a symlink", "fifo: a FIFO", "AGENTS.md: configures agents",
                             "only the model scripted-1", "would run: web_search"}) {
      CAPTURE(said);
      CHECK(events.find(said) != std::string::npos);
    }
    // What is a plain file comes out, for policy to refuse.
    CHECK(content_of(*got, ".github/workflows/ci.yml") == "on: push");
    CHECK_FALSE(fake.bench->verify(got->edits).policy.empty());
  }

  TEST_CASE("agent: the check says when one does not start") {
    if (!sandbox_here()) return;
    Fake fake("echo 'wrong libc' >&2; exit 3");
    const auto failed = propose::probe_agent(fake.bench->settings(), "codex", TRIAGED_BINARY);
    REQUIRE_FALSE(failed.ok());
    CHECK(failed.error().kind == ErrorKind::unavailable);
    CHECK(failed.error().message.find("wrong libc") != std::string::npos);
    Fake starts("echo 'fake 1.0'");
    CHECK(*propose::probe_agent(starts.bench->settings(), "codex", TRIAGED_BINARY) == "fake 1.0");
  }

  TEST_CASE("agent: a value that redaction knows is a placeholder to the model and itself in the file") {
    if (!sandbox_here()) return;
    const std::string ask_with_file = R"(/usr/bin/python3 - <<'PY'
import json, urllib.request
body = json.dumps({"model": "scripted-1", "input": open("a.py").read()}).encode()
urllib.request.urlopen(urllib.request.Request("http://127.0.0.1:8088/v1/responses", body), timeout=20).read()
open("a.py", "w").write("owner = '<PERSON_1>'\nx = 2\n")
open("other.py", "w").write("owner = '<PERSON_1>'\n")
PY
)";
    Fake fake(ask_with_file + kDone);
    fake.git.commit("owner", {{"a.py", "owner = 'Astrid Lindqvist'\n"}});
    AgentBench bench(fake.git.path(), "codex", fake.folder / "agent", fake.server.url("/v1"));
    bench.redactor().know("PERSON", "Astrid Lindqvist");
    const auto got = bench.run();
    REQUIRE(got.ok());
    const std::string sent = fake.server.requests().at(0).body;
    CHECK(sent.find("Lindqvist") == std::string::npos);
    CHECK(sent.find("<PERSON_1>") != std::string::npos);
    CHECK(content_of(*got, "a.py") == "owner = 'Astrid Lindqvist'\nx = 2\n");
    CHECK(content_of(*got, "other.py") == "owner = '<PERSON_1>'\n");
  }
}

}  // namespace
}  // namespace triage::e2e
