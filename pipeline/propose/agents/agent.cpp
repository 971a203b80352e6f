#include "pipeline/propose/agents/agent.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <stop_token>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/agents/agent_files.h"
#include "pipeline/propose/agents/agent_gateway.h"
#include "pipeline/propose/agents/agent_inside.h"
#include "pipeline/propose/agents/agent_kinds.h"
#include "pipeline/verify/base_tree.h"
#include "pipeline/verify/edits.h"
#include "pipeline/verify/sandbox.h"
#include "pipeline/verify/workspace.h"

namespace triage::propose {
namespace {

std::string one_line(std::string_view text, size_t most) {
  std::string line(truncate_utf8(text, most));
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

std::string last_line(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return one_line(text.substr(text.rfind('\n') + 1), 300);
}

Milliseconds left_until(Deadline deadline) {
  return std::chrono::duration_cast<Milliseconds>(deadline - std::chrono::steady_clock::now());
}

// One start of the agent and all that came of it.
struct Passage {
  ProcessResult process;
  Transcript transcript;
  AgentGateway::Report gateway;
  Collected collected;
  bool stopped = false;  // from outside, not by us
};

class AgentRun {
 public:
  AgentRun(const AgentTask& task, const AgentKind& kind, AgentInside inside)
      : task_(task),
        kind_(kind),
        inside_(std::move(inside)),
        sandbox_(task.context.settings.sandbox) {}

  Result<AgentOutcome> run() {
    owner_ = TRY(sandbox_.owner());
    base_ = TRY(changes_at_start());
    Passage passage = TRY(pass());
    // It never came to ask: one more try, as with an endpoint that was not reached.
    const bool again = passage.gateway.calls == 0 && !passage.stopped &&
                       !passage.process.timed_out && left_until(task_.deadline) > task_.start_limit;
    if (again) passage = TRY(pass());
    if (passage.stopped) return Error{ErrorKind::timeout, "stopped while the agent was at work"};
    return outcome_of(std::move(passage));
  }

 private:
  // What the workspace differs in from the commit before the agent starts.
  Result<std::vector<FileChange>> changes_at_start() {
    std::vector<FileChange> changes;
    if (!task_.start_from.empty()) {
      const auto tree = TRY(verify::BaseTree::load(task_.repository, task_.commit));
      changes = TRY_CTX(verify::apply_edits(tree, task_.start_from), "the round before");
    }
    std::erase_if(changes, [](const FileChange& c) { return is_agent_configuration(c.path); });
    for (const retrieval::TreeFile& file : TRY(task_.repository.files(task_.commit))) {
      if (!is_agent_configuration(file.path) || !verify::is_safe_path(file.path)) continue;
      changes.push_back({file.path, std::nullopt, false});
      hidden_.push_back(file.path);
    }
    return changes;
  }

  Result<Passage> pass() {
    auto workspace = TRY(verify::Workspace::create(owner_));
    TRY(workspace.check_out(task_.repository, task_.commit));
    TRY(workspace.apply(base_));
    // Its folder keeps the socket from everybody but the sandbox's account.
    const auto room = TRY(verify::Workspace::create(owner_));
    // Whoever is gone waits for no answer.
    std::stop_source over;
    const std::stop_callback stopped(task_.context.stop, [&over] { over.request_stop(); });
    AgentGateway gateway(task_.gateway, task_.redactor, task_.endpoint, kind_.dialect,
                         task_.deadline, over.get_token());
    const std::string socket = room.path() + "/gateway";
    EventStream stream(kind_.read_event);
    Passage passage;
    {
      const auto service = TRY(task_.context.sockets->serve(
          socket, [&](const HttpRequest& request) { return gateway.handle(request); }));
      const AgentStart start = kind_.start(task_.endpoint, kAgentBase, kAgentHome);
      auto ran = sandbox_.run(workspace.path(), inside_.command_line(start.arguments),
                              left_until(task_.deadline), task_.context.stop,
                              extras(start, socket, gateway, stream));
      over.request_stop();
      passage.process = TRY_CTX(std::move(ran), kind_.name);
    }
    passage.stopped = task_.context.stop.stop_requested();
    passage.transcript = stream.finish();
    passage.gateway = gateway.report();
    passage.collected = TRY(collect_changes(workspace.path(), task_.repository, task_.commit));
    return passage;
  }

  verify::SandboxExtras extras(const AgentStart& start, const std::string& socket,
                               const AgentGateway& gateway, EventStream& stream) const {
    constexpr size_t kMostOutput = 32U << 20U;
    verify::SandboxExtras extras = inside_.extras();
    extras.mounts.push_back({socket, kAgentSocket});
    std::ranges::copy(start.env, std::back_inserter(extras.env));
    extras.input = task_.prompt.str();
    extras.idle_limit = task_.idle_limit.count() > 0
                            ? task_.idle_limit
                            : std::max(task_.endpoint.timeout, sandbox_.settings().time_limit);
    extras.output_limit = kMostOutput;
    extras.on_output = [&stream](std::string_view bytes) { stream.feed(bytes); };
    extras.go_on = [&gateway, &stream, latest = deadline_in(task_.start_limit),
                    asked = false]() mutable {
      asked = asked || gateway.report().calls > 0;
      return !stream.is_flooded() && (asked || std::chrono::steady_clock::now() < latest);
    };
    return extras;
  }

  AgentOutcome outcome_of(Passage passage) {
    AgentOutcome outcome;
    outcome.problem = problem_of(passage);
    outcome.text = task_.redactor.seal_code(passage.transcript.text).str();
    outcome.edits = std::move(passage.collected.edits);
    restore_values(outcome.edits);
    outcome.events = events_of(passage);
    return outcome;
  }

  // The first reason in order of what explains most.
  std::string problem_of(const Passage& passage) {
    const std::string name(kind_.name);
    const ProcessResult& process = passage.process;
    if (process.timed_out) return name + " was ended when its time was up";
    if (process.fell_silent) return name + " was ended after a long silence";
    if (process.too_much_output || passage.transcript.garbage > EventStream::kMaxGarbage)
      return name + " was ended: it wrote without end";
    if (passage.gateway.calls == 0)
      return name + " did not ask the model" +
             (process.stopped ? " in time" : " (exit " + std::to_string(process.exit_code) + ")") +
             said(last_line(process.err));
    if (passage.gateway.last_error)
      return name + " was refused: " + passage.gateway.last_error->message;
    switch (passage.transcript.ending) {
      case Transcript::Ending::completed: break;
      case Transcript::Ending::failed: return name + " gave up" + said(passage.transcript.error);
      case Transcript::Ending::none:
        return name + " ended (exit " + std::to_string(process.exit_code) +
               ") without finishing its work" + said(last_line(process.err));
    }
    const bool nothing = passage.collected.edits.empty() && passage.transcript.text.empty();
    return nothing ? name + " finished with nothing said and nothing changed" : "";
  }

  std::string said(const std::string& words) {
    return words.empty() ? "" : ": " + one_line(task_.redactor.seal(words).str(), 300);
  }

  std::vector<AgentEvent> events_of(const Passage& passage) {
    const std::string by(kind_.name);
    std::vector<AgentEvent> events;
    if (!hidden_.empty())
      events.push_back({by, "left out", std::to_string(hidden_.size()) +
                                            " file(s) that configure agents: " + hidden_.front() +
                                            (hidden_.size() > 1 ? " …" : ""),
                        std::nullopt});
    std::ranges::copy(passage.transcript.events, std::back_inserter(events));
    if (passage.transcript.left_out > 0)
      events.push_back({by, "other", std::to_string(passage.transcript.left_out) + " more events",
                        std::nullopt});
    for (const std::string& refusal : passage.gateway.refusals)
      events.push_back({by, "refused", refusal, std::nullopt});
    for (const std::string& refusal : passage.collected.refused)
      events.push_back({by, "refused", refusal, std::nullopt});
    for (AgentEvent& event : events)
      event.detail = one_line(task_.redactor.seal(without_work_folder(event.detail)).str(), 300);
    return events;
  }

  static std::string without_work_folder(std::string text) {
    constexpr std::string_view kFolder = "/w/";
    for (size_t at = text.find(kFolder); at != std::string::npos; at = text.find(kFolder, at)) {
      if (at == 0 || std::string_view(" '\"").find(text[at - 1]) != std::string_view::npos) {
        text.erase(at, kFolder.size());
      } else {
        ++at;
      }
    }
    return text;
  }

  // What the model was shown as a placeholder and wrote back as one is the value again, where the
  // file had it.
  void restore_values(std::vector<Edit>& edits) const {
    const std::map<std::string, std::string> vault = task_.redactor.vault_now();
    for (Edit& edit : edits) {
      if (!edit.content || edit.content->find('<') == std::string::npos) continue;
      const auto before = task_.repository.read_file(task_.commit, edit.path, 4U << 20U);
      if (!before) continue;
      for (const auto& [placeholder, value] : vault) {
        if (before->find(value) == std::string::npos) continue;
        for (size_t at = edit.content->find(placeholder); at != std::string::npos;
             at = edit.content->find(placeholder, at + value.size()))
          edit.content->replace(at, placeholder.size(), value);
      }
    }
  }

  const AgentTask& task_;
  const AgentKind& kind_;
  const AgentInside inside_;
  const verify::Sandbox sandbox_;
  std::optional<verify::Owner> owner_;
  std::vector<FileChange> base_;
  std::vector<std::string> hidden_;
};

}  // namespace

bool is_agent(const config::ModelSettings& endpoint) { return agent_kind(endpoint.api) != nullptr; }

Result<AgentOutcome> run_agent(const AgentTask& task) {
  const AgentKind* kind = agent_kind(task.endpoint.api);
  if (kind == nullptr) return invalid_input("model.api " + task.endpoint.api + " is no agent");
  if (task.context.sockets == nullptr)
    return Error{ErrorKind::denied, "agents need a socket to the gateway, and there is none here"};
  if (left_until(task.deadline).count() <= 0)
    return Error{ErrorKind::exhausted, "no time is left for " + std::string(kind->name)};
  AgentInside inside = TRY(AgentInside::make(kind->name, task.endpoint, task.bridge));
  return AgentRun(task, *kind, std::move(inside)).run();
}

}  // namespace triage::propose
