#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "pipeline/propose/agents/agent_kinds.h"
#include "pipeline/propose/agents/transcript.h"

namespace triage::propose {
namespace {

using Ending = Transcript::Ending;

Transcript read(ReadEvent reader, std::string_view stream) {
  EventStream events(reader);
  for (; !stream.empty(); stream.remove_prefix(std::min<size_t>(stream.size(), 7)))
    events.feed(stream.substr(0, 7));  // pieces have nothing to do with lines
  return events.finish();
}

std::string line_of(const AgentEvent& event) {
  return event.by + "|" + event.what + "|" + event.detail +
         (event.exit ? "|" + std::to_string(*event.exit) : "");
}

std::vector<std::string> lines_of(const Transcript& transcript) {
  std::vector<std::string> out;
  for (const AgentEvent& event : transcript.events) out.push_back(line_of(event));
  return out;
}

using Lines = std::vector<std::string>;

// As written by codex 0.169.0.
const char* const kCodex = R"({"type":"thread.started","thread_id":"01a2"}
{"type":"item.completed","item":{"id":"item_0","type":"error","message":"Model metadata for `m` not found."}}
{"type":"turn.started"}
{"type":"item.started","item":{"id":"item_1","type":"command_execution","command":"/bin/bash -lc 'ls'","aggregated_output":"","exit_code":null,"status":"in_progress"}}
{"type":"item.completed","item":{"id":"item_1","type":"command_execution","command":"/bin/bash -lc 'ls'","aggregated_output":"a\n","exit_code":0,"status":"completed"}}
{"type":"item.completed","item":{"id":"item_2","type":"file_change","changes":[{"path":"/w/shop.py","kind":"update"},{"path":"/w/new.py","kind":"add"}],"status":"completed"}}
{"type":"item.completed","item":{"id":"item_3","type":"command_execution","command":"/bin/bash -lc 'false'","aggregated_output":"","exit_code":1,"status":"failed"}}
{"type":"item.completed","item":{"id":"item_4","type":"reasoning","text":"hm"}}
{"type":"item.completed","item":{"id":"item_5","type":"hologram","text":"?"}}
{"type":"item.completed","item":{"id":"item_6","type":"agent_message","text":"all done"}}
{"usage":{"input_tokens":300,"cached_input_tokens":30,"output_tokens":60},"type":"turn.completed"})";

// As written by claude-code 2.1.328, shortened.
const char* const kClaude = R"({"type":"system","subtype":"init","cwd":"/w","tools":["Bash","Edit","Read"]}
{"type":"assistant","message":{"content":[{"type":"text","text":"I look."},{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"ls\n-la"}}]}}
{"type":"user","message":{"role":"user","content":[{"tool_use_id":"t1","type":"tool_result","content":"a","is_error":false}]}}
{"type":"assistant","message":{"content":[{"type":"tool_use","id":"t2","name":"Read","input":{"file_path":"/w/no.py"}},{"type":"tool_use","id":"t3","name":"Edit","input":{"file_path":"/w/a.py"}}]}}
{"type":"user","message":{"role":"user","content":[{"type":"tool_result","content":"no file","is_error":true,"tool_use_id":"t2"},{"type":"tool_result","content":"ok","tool_use_id":"t3"}]}}
{"type":"assistant","message":{"content":[{"type":"tool_use","id":"t4","name":"Bash","input":{"command":"false"}},{"type":"tool_use","id":"t5","name":"Teleport","input":{}}]}}
{"type":"user","message":{"role":"user","content":[{"type":"tool_result","content":"Exit code 1","is_error":true,"tool_use_id":"t4"},{"type":"text","text":"not the agent's words"}]}}
{"type":"hologram"}
{"duration_ms":1,"is_error":false,"subtype":"success","result":"all done","permission_denials":[{"tool_name":"WebFetch"}],"usage":{"input_tokens":400,"cache_creation_input_tokens":5,"cache_read_input_tokens":40,"output_tokens":80},"type":"result"})";

TEST_SUITE("propose agents") {
  TEST_CASE("agent events: codex's stream as it really is") {
    const Transcript got = read(read_codex_event, kCodex);
    CHECK(lines_of(got) == Lines{"codex|error|Model metadata for `m` not found.", "codex|command|ls|0",
                                 "codex|file change|update /w/shop.py", "codex|file change|add /w/new.py",
                                 "codex|command|false|1", "codex|other|hologram"});
    CHECK(got.text == "all done");
    CHECK(got.ending == Ending::completed);
    CHECK(got.usage.input == 300);
    CHECK(got.usage.cached == 30);
    CHECK(got.usage.output == 60);
    CHECK(got.garbage == 0);
  }

  TEST_CASE("agent events: claude's stream as it really is") {
    const Transcript got = read(read_claude_event, kClaude);
    CHECK(lines_of(got) == Lines{"claude|command|ls -la|0", "claude|read failed|/w/no.py",
                                 "claude|file change|/w/a.py", "claude|command|false|1",
                                 "claude|tool|Teleport", "claude|other|hologram",
                                 "claude|refused|WebFetch"});
    CHECK(got.text == "all done");
    CHECK(got.ending == Ending::completed);
    CHECK(got.usage.input == 445);
    CHECK(got.usage.cached == 40);
    CHECK(got.usage.output == 80);
  }

  TEST_CASE("agent events: only the last word of a turn decides how it ended") {
    struct Row {
      ReadEvent reader;
      std::string_view stream;
      Ending ending;
      std::string_view error;
    };
    const std::vector<Row> rows{
        {read_codex_event, "", Ending::none, ""},
        {read_codex_event, R"({"type":"error","message":"Reconnecting..."})", Ending::none, "Reconnecting..."},
        {read_codex_event, "{\"type\":\"error\",\"message\":\"x\"}\n{\"type\":\"turn.completed\"}", Ending::completed, "x"},
        {read_codex_event, R"({"type":"turn.failed","error":{"message":"401"}})", Ending::failed, "401"},
        {read_codex_event, "{\"type\":\"turn.completed\"}\n{\"type\":\"turn.started\"}", Ending::none, ""},
        {read_claude_event, R"({"type":"assistant","message":{"content":[{"type":"text","text":"success"}]}})", Ending::none, ""},
        {read_claude_event, R"({"type":"result","subtype":"success","is_error":false,"result":"ok"})", Ending::completed, ""},
        {read_claude_event, R"({"type":"result","subtype":"success","is_error":true,"result":"API Error: 403"})", Ending::failed, "API Error: 403"},
        {read_claude_event, R"({"type":"result","subtype":"error_max_turns","is_error":false})", Ending::failed, "error_max_turns"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.stream);
      const Transcript got = read(row.reader, row.stream);
      CHECK(got.ending == row.ending);
      CHECK(got.error == row.error);
    }
  }

  TEST_CASE("agent events: garbage, odd shapes and floods are survived and bounded") {
    for (const ReadEvent reader : {read_codex_event, read_claude_event}) {
      for (const char* odd :
           {"{}", "[]", "null", "\"x\"", "{\"type\":7}", "\xff\xfe", "{\"type\":\"item.completed\"", "text",
            "\x1b[31mred\x1b[0m"}) {
        CAPTURE(odd);
        CHECK(read(reader, odd).garbage == 1);
      }
      for (const char* empty_inside :
           {R"({"type":"item.completed"})", R"({"type":"item.completed","item":[]})",
            R"({"type":"assistant"})", R"({"type":"assistant","message":{"content":"x"}})",
            R"({"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"none"}]}})",
            R"({"type":"result"})", R"({"type":"turn.failed"})", R"({"type":"turn.completed","usage":{"input_tokens":-5}})"}) {
        CAPTURE(empty_inside);
        CHECK(read(reader, empty_inside).garbage == 0);
      }
    }
    std::string flood;
    for (int i = 0; i < 2000; ++i)
      flood += R"({"type":"item.completed","item":{"type":"error","message":")" + std::string(1000, 'x') + "\"}}\n";
    EventStream events(read_codex_event);
    events.feed(flood);
    events.feed(std::string(EventStream::kMaxLine + 1, 'y'));
    events.feed("\n{\"type\":\"turn.completed\"}\n");
    const Transcript got = events.finish();
    CHECK(got.events.size() == Transcript::kMaxEvents);
    CHECK(got.left_out == 1500);
    CHECK(got.garbage == 1);
    CHECK(got.events[0].detail.size() < 400);
    CHECK(got.ending == Ending::completed);
  }

  TEST_CASE("agent kinds: what an agent is started with") {
    config::ModelSettings settings;
    settings.name = "m\" -c x";
    settings.api_key = config::Secret("sk-the-real-key");
    for (const char* name : {"codex", "claude"}) {
      const AgentKind* kind = agent_kind(name);
      REQUIRE(kind != nullptr);
      const AgentStart start = kind->start(settings, "http://127.0.0.1:8088", "/agent/home");
      std::string all;
      for (const std::string& word : start.arguments) all += word + "\n";
      for (const auto& [key, value] : start.env) all += key + "=" + value + "\n";
      CHECK(all.find("sk-the-real-key") == std::string::npos);
      CHECK(all.find("127.0.0.1:8088") != std::string::npos);
      CHECK(std::ranges::find(start.arguments, settings.name) != start.arguments.end());
    }
    for (const char* none : {"chat", "", "Codex", "gemini"}) CHECK(agent_kind(none) == nullptr);
  }
}

}  // namespace
}  // namespace triage::propose
