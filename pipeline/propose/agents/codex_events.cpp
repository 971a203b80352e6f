#include <algorithm>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/agents/transcript.h"

namespace triage::propose {
namespace {

constexpr std::string_view kBy = "codex";

std::uint64_t count(const Json& value) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, value.as_integer()));
}

// The shell that it wraps every command in says nothing.
std::string_view bare_command(std::string_view command) {
  for (const std::string_view shell : {"/bin/bash -lc ", "/bin/sh -lc ", "bash -lc ", "sh -lc "}) {
    if (!command.starts_with(shell)) continue;
    command.remove_prefix(shell.size());
    if (command.size() > 1 && command.front() == command.back() &&
        (command.front() == '\'' || command.front() == '"'))
      command = command.substr(1, command.size() - 2);
    return command;
  }
  return command;
}

void read_item(const Json& item, Transcript& into) {
  const std::string& type = item["type"].as_string();
  if (type == "command_execution") {
    const size_t at = into.add(kBy, "command", bare_command(item["command"].as_string()));
    if (at < Transcript::kMaxEvents && item["exit_code"].is_integer())
      into.events[at].exit = static_cast<int>(item["exit_code"].as_integer());
  } else if (type == "file_change") {
    const bool done = item["status"].as_string() != "failed";
    for (const Json& change : item["changes"].items()) {
      into.add(kBy, done ? "file change" : "file change failed",
               change["kind"].as_string() + " " + change["path"].as_string());
    }
  } else if (type == "agent_message") {
    into.text = truncate_utf8(item["text"].as_string(), Transcript::kMaxText);
  } else if (type == "error") {
    into.error = truncate_utf8(item["message"].as_string(), Transcript::kMaxText);
    into.add(kBy, "error", into.error);
  } else if (type == "mcp_tool_call" || type == "web_search" || type == "collab_tool_call") {
    into.add(kBy, "tool", type + " " + item["tool"].as_string() + item["query"].as_string());
  } else if (type != "reasoning" && type != "todo_list" && type != "plan") {
    into.add(kBy, "other", type);
  }
}

}  // namespace

void read_codex_event(const Json& event, Transcript& into) {
  const std::string& type = event["type"].as_string();
  if (type == "item.completed") {
    read_item(event["item"], into);
  } else if (type == "turn.completed") {
    const Json& usage = event["usage"];
    into.usage = {count(usage["input_tokens"]), count(usage["output_tokens"]),
                  count(usage["cached_input_tokens"])};
    into.ending = Transcript::Ending::completed;
  } else if (type == "turn.failed") {
    into.ending = Transcript::Ending::failed;
    if (const std::string& message = event["error"]["message"].as_string(); !message.empty())
      into.error = truncate_utf8(message, Transcript::kMaxText);
  } else if (type == "error") {
    // "Reconnecting…" is one too: it decides nothing.
    into.error = truncate_utf8(event["message"].as_string(), Transcript::kMaxText);
    into.add(kBy, "error", into.error);
  } else if (type == "turn.started") {
    into.ending = Transcript::Ending::none;
  } else if (type != "thread.started" && type != "item.started" && type != "item.updated") {
    into.add(kBy, "other", type);
  }
}

}  // namespace triage::propose
