#include <algorithm>
#include <array>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/agents/transcript.h"

namespace triage::propose {
namespace {

constexpr std::string_view kBy = "claude";

std::uint64_t count(const Json& value) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, value.as_integer()));
}

// What a tool does, and the argument that says most.
struct Tool {
  std::string_view name, what, argument;
};
constexpr std::array<Tool, 8> kTools{{
    {"Bash", "command", "command"},
    {"Edit", "file change", "file_path"},
    {"MultiEdit", "file change", "file_path"},
    {"Write", "file change", "file_path"},
    {"NotebookEdit", "file change", "notebook_path"},
    {"Read", "read", "file_path"},
    {"Grep", "search", "pattern"},
    {"Glob", "search", "pattern"},
}};

void read_call(const Json& call, Transcript& into) {
  const std::string& name = call["name"].as_string();
  const auto tool = std::ranges::find(kTools, name, &Tool::name);
  const size_t at = tool == kTools.end()
                        ? into.add(kBy, "tool", name)
                        : into.add(kBy, std::string(tool->what),
                                   call["input"][tool->argument].as_string());
  if (at < Transcript::kMaxEvents) into.open_calls[call["id"].as_string()] = at;
}

void read_answer(const Json& result, Transcript& into) {
  const auto call = into.open_calls.find(result["tool_use_id"].as_string());
  if (call == into.open_calls.end()) return;
  AgentEvent& event = into.events[call->second];
  const bool failed = result["is_error"].as_bool();
  if (event.what == "command") {
    event.exit = failed ? 1 : 0;  // it says no more than that
  } else if (failed) {
    event.what += " failed";
  }
  into.open_calls.erase(call);
}

void read_message(const Json& content, Transcript& into) {
  for (const Json& block : content.items()) {
    const std::string& type = block["type"].as_string();
    if (type == "tool_use") read_call(block, into);
    if (type == "tool_result") read_answer(block, into);
    if (type == "text" && !block["text"].as_string().empty())
      into.text = truncate_utf8(block["text"].as_string(), Transcript::kMaxText);
  }
}

void read_result(const Json& event, Transcript& into) {
  const Json& usage = event["usage"];
  const std::uint64_t cached = count(usage["cache_read_input_tokens"]);
  into.usage = {count(usage["input_tokens"]) + cached + count(usage["cache_creation_input_tokens"]),
                count(usage["output_tokens"]), cached};
  const std::string& said = event["result"].as_string();
  const bool failed = event["is_error"].as_bool() || event["subtype"].as_string() != "success";
  into.ending = failed ? Transcript::Ending::failed : Transcript::Ending::completed;
  if (!failed && !said.empty()) into.text = truncate_utf8(said, Transcript::kMaxText);
  if (failed) {
    const std::string& why = said.empty() ? event["subtype"].as_string() : said;
    into.error = truncate_utf8(why, Transcript::kMaxText);
  }
  for (const Json& denial : event["permission_denials"].items())
    into.add(kBy, "refused", denial["tool_name"].as_string());
}

}  // namespace

void read_claude_event(const Json& event, Transcript& into) {
  const std::string& type = event["type"].as_string();
  if (type == "assistant") {
    read_message(event["message"]["content"], into);
  } else if (type == "user") {
    // What it was told: only the results of its tools are events.
    for (const Json& block : event["message"]["content"].items())
      if (block["type"].as_string() == "tool_result") read_answer(block, into);
  } else if (type == "result") {
    read_result(event, into);
  } else if (type != "system" && type != "stream_event" && type != "rate_limit_event") {
    into.add(kBy, "other", type);
  }
}

}  // namespace triage::propose
