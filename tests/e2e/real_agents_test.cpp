// The real Codex and Claude Code, as npm delivers them, against a scripted model on loopback: they
// fix the demo's bug in our sandbox, and a probe that they are told to run finds nothing there.
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "pipeline/propose/agents/agent_inside.h"
#include "tests/e2e/agent_bench.h"
#include "tests/e2e/shop.h"
#include "tests/fakes/loopback_server.h"
#include "tests/fakes/raw_socket.h"

namespace triage::e2e {
namespace {

const std::string kCanary = "sk-canary-0123456789abcdef0123456789";

// One tool call of the model, or its last words.
struct Step {
  std::string tool;  // empty: it is over
  Json arguments;
};

std::string sse(const std::vector<Json>& events) {
  std::string out;
  for (const Json& event : events)
    out += "event: " + event["type"].as_string() + "\ndata: " + event.dump() + "\n\n";
  return out;
}

Json object(std::initializer_list<std::pair<const char*, Json>> members) {
  Json out = Json::object();
  for (const auto& [name, value] : members) out.set(name, value);
  return out;
}

constexpr const char* kLastWords =
    "## Headline\nCountry codes in lower case crash the checkout\n\n## Cause\n`rate_for` looks the rate up "
    "with the code as it came.\n\n## Title\nAccept country codes in lower case\n\n## Change\nLook it up in "
    "upper case.\n";

// OpenAI Responses: the step follows from how many results came back.
std::string responses_answer(const Json& body, const std::vector<Step>& steps) {
  size_t at = 0;
  for (const Json& item : body["input"].items())
    at += item["type"].as_string() == "function_call_output";
  const Step step = at < steps.size() ? steps[at] : Step{};
  const std::string id = std::to_string(at);
  const Json item =
      step.tool.empty()
          ? object({{"type", "message"}, {"role", "assistant"}, {"id", "m" + id},
                    {"content", Json::array().push(object({{"type", "output_text"}, {"text", kLastWords}}))}})
          : object({{"type", "function_call"}, {"id", "f" + id}, {"call_id", "c" + id},
                    {"name", step.tool}, {"arguments", step.arguments.dump()}});
  const Json usage = object({{"input_tokens", 100}, {"output_tokens", 20}, {"total_tokens", 120}});
  return sse({object({{"type", "response.created"}, {"response", object({{"id", "r" + id}})}}),
              object({{"type", "response.output_item.done"}, {"output_index", 0}, {"item", item}}),
              object({{"type", "response.completed"},
                      {"response", object({{"id", "r" + id}, {"status", "completed"}, {"usage", usage},
                                           {"output", Json::array().push(item)}})}})});
}

// Anthropic Messages.
std::string messages_answer(const Json& body, const std::vector<Step>& steps) {
  size_t at = 0;
  for (const Json& message : body["messages"].items())
    for (const Json& block : message["content"].items()) at += block["type"].as_string() == "tool_result";
  const Step step = at < steps.size() ? steps[at] : Step{};
  const bool over = step.tool.empty();
  const Json message = object(
      {{"id", "msg_" + std::to_string(at)}, {"type", "message"}, {"role", "assistant"}, {"model", body["model"]},
       {"content", Json::array()}, {"stop_reason", nullptr}, {"stop_sequence", nullptr},
       {"usage", object({{"input_tokens", 100}, {"output_tokens", 1}})}});
  const Json block = over ? object({{"type", "text"}, {"text", ""}})
                          : object({{"type", "tool_use"}, {"id", "t" + std::to_string(at)},
                                    {"name", step.tool}, {"input", Json::object()}});
  const Json delta = over ? object({{"type", "text_delta"}, {"text", kLastWords}})
                          : object({{"type", "input_json_delta"}, {"partial_json", step.arguments.dump()}});
  return sse({object({{"type", "message_start"}, {"message", message}}),
              object({{"type", "content_block_start"}, {"index", 0}, {"content_block", block}}),
              object({{"type", "content_block_delta"}, {"index", 0}, {"delta", delta}}),
              object({{"type", "content_block_stop"}, {"index", 0}}),
              object({{"type", "message_delta"},
                      {"delta", object({{"stop_reason", over ? "end_turn" : "tool_use"}, {"stop_sequence", nullptr}})},
                      {"usage", object({{"output_tokens", 20}})}}),
              object({{"type", "message_stop"}})});
}

// Looks for a key, a network and files of the host, and writes what it found, a word each. The canary
// is put together inside, so that looking for it does not spread it.
std::string probe(const std::string& result, const std::string& canary_file, std::uint16_t port) {
  return "M=sk-canary-01234567; M=${M}89abcdef; {\n"
         "(env; cat /proc/[0-9]*/environ | tr '\\000' '\\n') 2>/dev/null | grep -q \"$M\" && echo key-in-environment\n"
         "cat " + canary_file + " 2>/dev/null | grep -q \"$M\" && echo host-file\n"
         "grep -rqs \"$M\" \"$HOME\" && echo key-at-home\n"
         "ls /root /home /var /srv 2>/dev/null | grep -q . && echo host-folders\n"
         "grep -q /root /etc/passwd && echo host-accounts\n"
         "/usr/bin/python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", " +
         std::to_string(port) + "), 3)' 2>/dev/null && echo host-port\n"
         "grep -v -e '|' -e ' lo:' /proc/net/dev | grep -q . && echo network-device\n"
         "[ \"$(id -u)\" = 0 ] && echo root\n"
         "echo looked; } > " + result + " 2>&1\n";
}

constexpr std::array<std::string_view, 6> kMustShowOutside{
    "key-in-environment", "host-file", "key-at-home", "host-folders", "host-accounts", "host-port"};

// The shop with files that would configure agents.
class ConfiguredShop {
 public:
  ConfiguredShop() {
    git({"clone", "-q", shop_.repository(), work()});
    for (const char* name : {"AGENTS.md", "CLAUDE.md", "shop/AGENTS.md"}) write_whole(work() + "/" + name, "AGENT-CANARY");
    ::mkdir((work() + "/.codex").c_str(), 0755);
    ::mkdir((work() + "/.claude").c_str(), 0755);
    write_whole(work() + "/.codex/config.toml", "model = \"AGENT-CANARY\"\n");
    write_whole(work() + "/.claude/settings.json",
                R"({"hooks":{"SessionStart":[{"hooks":[{"type":"command","command":"touch /w/HOOKED"}]}]}})");
    write_whole(work() + "/.mcp.json", R"({"mcpServers":{"x":{"command":"touch","args":["/w/HOOKED"]}}})");
    git({"-C", work(), "add", "-A"});
    git({"-C", work(), "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "agents"});
  }
  std::string work() const { return shop_.path() + "/work"; }
  std::string canary_file() const { return shop_.path() + "/canary"; }

 private:
  void git(std::vector<std::string> words) const {
    ProcessSpec spec;
    spec.argv = {"git"};
    spec.argv.insert(spec.argv.end(), words.begin(), words.end());
    spec.env = {{"PATH", "/usr/bin:/bin"}, {"HOME", shop_.path()}, {"GIT_CONFIG_COUNT", "1"},
                {"GIT_CONFIG_KEY_0", "safe.directory"}, {"GIT_CONFIG_VALUE_0", "*"}};
    const auto done = run_process(spec);
    REQUIRE(done.ok());
    REQUIRE_MESSAGE(done->success(), done->err);
  }
  Shop shop_;
};

const std::string kTests = "cd /w && /usr/bin/python3 -m unittest discover -s tests -t .";

std::vector<Step> codex_steps(const std::string& looking) {
  const std::string patch = R"(apply_patch <<'EOF'
*** Begin Patch
*** Update File: shop/shipping.py
@@
-    if country.upper() not in RATES:
+    code = country.upper()
+    if code not in RATES:
         raise NoDelivery(f"no delivery to {country}")
-    return RATES[country]
+    return RATES[code]
*** Update File: tests/test_shipping.py
@@
+    def test_country_codes_ignore_case(self):
+        self.assertEqual(shipping_cost(500, "se"), Decimal("9.90"))
+
     def test_elsewhere_is_refused(self):
*** End Patch
EOF)";
  const auto command = [](const std::string& cmd) { return Step{"exec_command", object({{"cmd", cmd}})}; };
  return {command(looking), command(patch), command(kTests)};
}

std::vector<Step> claude_steps(const std::string& looking) {
  const auto bash = [](const std::string& cmd) {
    return Step{"Bash", object({{"command", cmd}, {"description", "work"}})};
  };
  const auto read = [](const char* path) { return Step{"Read", object({{"file_path", path}})}; };
  const auto edit = [](const char* path, const char* before, const char* after) {
    return Step{"Edit", object({{"file_path", path}, {"old_string", before}, {"new_string", after}})};
  };
  return {bash(looking),
          read("/w/shop/shipping.py"),
          edit("/w/shop/shipping.py", "    return RATES[country]", "    return RATES[country.upper()]"),
          read("/w/tests/test_shipping.py"),
          edit("/w/tests/test_shipping.py", "    def test_elsewhere_is_refused(self):",
               "    def test_country_codes_ignore_case(self):\n"
               "        self.assertEqual(shipping_cost(500, \"se\"), Decimal(\"9.90\"))\n\n"
               "    def test_elsewhere_is_refused(self):"),
          bash(kTests)};
}

struct RealAgent {
  const char* name;
  std::vector<Step> (*steps)(const std::string& looking);
  std::string (*answer)(const Json& body, const std::vector<Step>& steps);
};

std::string program_of(const RealAgent& agent) {
  return kSource + "/tests/e2e/agents/node_modules/.bin/" + agent.name;
}

bool agents_here(const RealAgent& agent) {
  const bool there = std::filesystem::exists(program_of(agent));
  if (!there) MESSAGE("SKIPPED, no ", std::string(agent.name), " here: deploy/dependencies.sh --agents installs it");
  return there && sandbox_here();
}

// The same probe where there is something to be found.
std::string look_outside(const ConfiguredShop& shop, std::uint16_t port) {
  const std::string home = shop.work() + "/../home";
  ::mkdir(home.c_str(), 0700);
  write_whole(home + "/auth.json", kCanary);
  ProcessSpec spec;
  spec.argv = {"sh", "-c", probe(home + "/found", shop.canary_file(), port)};
  spec.env = {{"PATH", "/usr/bin:/bin"}, {"HOME", home}, {"OPENAI_API_KEY", kCanary}};
  REQUIRE(run_process(spec).ok());
  return read_whole(home + "/found");
}

void fix_the_shop(const RealAgent& agent) {
  const ConfiguredShop shop;
  write_whole(shop.canary_file(), kCanary);
  ::chmod(shop.canary_file().c_str(), 0644);
  const testing::RawSocket port = testing::RawSocket::listen_on_any_port();
  ::setenv("OPENAI_API_KEY", kCanary.c_str(), 1);  // what a daemon's own environment may hold
  ::setenv("ANTHROPIC_API_KEY", kCanary.c_str(), 1);

  testing::LoopbackServer model;
  const std::vector<Step> steps = agent.steps(probe("/w/found.txt", shop.canary_file(), port.port()));
  model.answer_with([&](const HttpRequest& request) {
    const auto body = parse_json(request.body);
    if (!body) return HttpResponse{400, {}, {}};
    return HttpResponse{200, {{"Content-Type", "text/event-stream"}}, agent.answer(*body, steps)};
  });
  AgentBench bench(shop.work(), agent.name, program_of(agent), model.url("/v1"));
  const auto started = std::chrono::steady_clock::now();
  const auto got = bench.run(Milliseconds{300'000}, Milliseconds{120'000});
  REQUIRE_MESSAGE(got.ok(), (got.ok() ? "" : got.error().message));
  const auto took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - started);
  MESSAGE(std::string(agent.name), ": ", took.count(), " ms, ", bench.gateway().exchanges().size(), " calls\n", lines_of(got->events));
  CHECK(got->problem == "");
  CHECK(got->text.find("Country codes in lower case") != std::string::npos);

  // The probe looked, and found nothing; outside it finds what there is.
  std::vector<Edit> edits = got->edits;
  const auto found = std::ranges::find(edits, "found.txt", &Edit::path);
  REQUIRE(found != edits.end());
  CHECK(found->content == "looked\n");
  edits.erase(found);
  const std::string outside = look_outside(shop, port.port());
  for (const std::string_view word : kMustShowOutside) {
    CAPTURE(word);
    CHECK(outside.find(word) != std::string::npos);
  }

  // Nothing of the repository's own configuration spoke to it or ran.
  CHECK(edits.size() == 2);
  CHECK(lines_of(got->events).find("6 file(s) that configure agents") != std::string::npos);
  for (const HttpRequest& request : model.requests()) {
    CHECK(request.body.find("AGENT-CANARY") == std::string::npos);
    CHECK(request.body.find(kCanary) == std::string::npos);
  }
  CHECK(model.requests().size() == steps.size() + 1);
  CHECK(bench.gateway().exchanges().size() == steps.size() + 1);
  CHECK(bench.gateway().spent() > 0);

  const Verification proof = bench.verify(edits);
  CHECK_MESSAGE(proof.proof == Proof::red_green, proof.why);
}

// The same by the command line: a ticket in, a receipt's statement out.
void carry_a_ticket(const RealAgent& agent) {
  const Shop shop;
  const std::vector<Step> steps = agent.steps("ls /w");
  testing::LoopbackServer model;
  model.answer_with([&](const HttpRequest& request) {
    const auto body = parse_json(request.body);
    if (!body) return HttpResponse{400, {}, {}};
    return HttpResponse{200, {{"Content-Type", "text/event-stream"}}, agent.answer(*body, steps)};
  });
  const std::string config = shop.configure(
      "{name: scripted-1, api: " + std::string(agent.name) + ", base_url: \"" + model.url("/v1") +
      "\", api_key: \"${env:E2E_KEY}\", program: " + program_of(agent) + "}");
  ProcessSpec spec;
  spec.argv = {TRIAGED_BINARY, "run", "--repo", shop.repository(), "--ticket",
               kSource + "/deploy/demo/tickets/1-checkout-crash.json", "--config", config, "--json",
               "--test", "/usr/bin/python3 -m unittest discover -v -s tests -t ."};
  spec.env = {{"PATH", "/usr/bin:/bin"}, {"HOME", "/tmp"}, {"E2E_KEY", kCanary}};
  spec.time_limit = Milliseconds(200'000);
  const auto done = run_process(spec);
  REQUIRE(done.ok());
  INFO(done->err);
  const auto statement = parse_json(done->out);
  REQUIRE(statement.ok());
  const Json& predicate = (*statement)["predicate"];
  INFO(predicate.pretty());
  CHECK(predicate["tested"]["proof"].as_string() == "red-green");
  CHECK(predicate["made_by"].as_string() == "scripted-1");
  CHECK(predicate["sent"].items().size() == steps.size() + 1);
  CHECK(predicate["changed"].items().size() == 2);
  REQUIRE_FALSE(model.requests().empty());
  for (const HttpRequest& request : model.requests()) {
    CHECK(request.body.find("sk_live_4eC39") == std::string::npos);  // of the ticket
    CHECK(request.body.find("Sandberg") == std::string::npos);
    CHECK(request.body.find(kCanary) == std::string::npos);
  }
}

TEST_SUITE("e2e real agents") {
  TEST_CASE("real agents: a ticket becomes a proven patch by codex, and by claude") {
    for (const RealAgent& agent : {RealAgent{"codex", codex_steps, responses_answer},
                                   RealAgent{"claude", claude_steps, messages_answer}}) {
      CAPTURE(std::string(agent.name));
      if (agents_here(agent)) carry_a_ticket(agent);
    }
  }

  TEST_CASE("real agents: codex fixes the shop, and its probe finds nothing") {
    const RealAgent codex{"codex", codex_steps, responses_answer};
    if (agents_here(codex)) fix_the_shop(codex);
  }

  TEST_CASE("real agents: claude fixes the shop, and its probe finds nothing") {
    const RealAgent claude{"claude", claude_steps, messages_answer};
    if (agents_here(claude)) fix_the_shop(claude);
  }

  TEST_CASE("real agents: the check starts them and says which they are") {
    for (const auto& [name, version] : {std::pair{"codex", "codex-cli 0.169.0"}, {"claude", "2.1.328 (Claude Code)"}}) {
      const RealAgent agent{name, codex_steps, responses_answer};
      if (!agents_here(agent)) continue;
      config::Settings settings;
      settings.model.program = program_of(agent);
      const auto said = propose::probe_agent(settings, name, TRIAGED_BINARY);
      REQUIRE_MESSAGE(said.ok(), (said.ok() ? "" : said.error().message));
      CHECK(*said == version);
    }
  }

  TEST_CASE("real agents: a refused endpoint ends them, at once and without edits") {
    for (const char* name : {"codex", "claude"}) {
      const RealAgent agent{name, codex_steps, responses_answer};
      if (!agents_here(agent)) continue;
      const ConfiguredShop shop;
      testing::LoopbackServer model;
      model.answer_with([](const HttpRequest&) { return HttpResponse{401, {}, R"({"error":{"message":"no"}})"}; });
      AgentBench bench(shop.work(), name, program_of(agent), model.url("/v1"));
      const auto got = bench.run(Milliseconds{120'000}, Milliseconds{60'000});
      REQUIRE(got.ok());
      CAPTURE(got->problem);
      CHECK(got->problem.find("was refused: the model endpoint refused the question (401)") != std::string::npos);
      CHECK(got->edits.empty());
      CHECK(model.requests().size() <= 4);
    }
  }
}

}  // namespace
}  // namespace triage::e2e
