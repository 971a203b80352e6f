#include "pipeline/propose/loop.h"

#include <algorithm>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/answer.h"
#include "pipeline/propose/compose.h"
#include "pipeline/propose/instructions.h"
#include "retrieval/pack.h"

namespace triage::propose {
namespace {

constexpr std::string_view kFinish = "finish";
constexpr std::string_view kLeftOut = "[left out to save room; call it again if you need it]";
constexpr size_t kMostCalls = 16;  // of one answer; further ones are refused
constexpr size_t kNewest = 4;      // tool results that compaction leaves alone
constexpr std::uint32_t kLastTurns = 2;

size_t tokens_of(const ModelRequest& request) {
  size_t sum = 0;
  for (const Message& message : request.messages) {
    sum += retrieval::estimate_tokens(message.content.str());
    for (const ToolCall& call : message.calls) sum += retrieval::estimate_tokens(call.arguments);
  }
  return sum;
}

bool says_too_long(const Error& error) {
  if (error.kind != ErrorKind::invalid_input) return false;
  return std::ranges::any_of(
      std::to_array<std::string_view>({"context length", "context window", "context_length",
                                       "too long", "maximum context", "exceeds the context"}),
      [&](std::string_view words) { return error.message.find(words) != std::string::npos; });
}

}  // namespace

bool compact(ModelRequest& request, redact::Redactor& redactor, size_t most, size_t keep) {
  std::vector<Message*> results;
  for (Message& message : request.messages) {
    if (message.role == Role::tool && message.content.str() != kLeftOut) results.push_back(&message);
  }
  size_t tokens = tokens_of(request);
  bool changed = false;
  for (size_t i = 0; i + keep < results.size() && tokens > most; ++i) {
    tokens -= std::min(tokens, retrieval::estimate_tokens(results[i]->content.str()));
    results[i]->content = redactor.seal_code(kLeftOut);
    changed = true;
  }
  return changed;
}

// The conversation of one round.
class LoopAuthor::Round {
 public:
  Round(LoopAuthor& author, WorkingTree base, WorkingTree tree, Deadline deadline,
        std::stop_token stop)
      : author_(author),
        tools_(author.world_, std::move(base), std::move(tree)),
        request_(author.first_),
        deadline_(deadline),
        stop_(std::move(stop)) {
    if (!author_.settings_.tools) {
      ask_for_one_object();
      return;
    }
    request_.tools = tools_.specs();
    request_.tools.push_back({std::string(kFinish), "Your answer; ends the work.",
                              answer_schema(author_.kind_)});
  }

  Result<Draft> hold(const Feedback* last) {
    if (last != nullptr) say(last->report);
    for (std::uint32_t turn = 1; turn <= author_.settings_.max_turns; ++turn) {
      if (turn + kLastTurns == author_.settings_.max_turns && turn > 1)
        say("Only two more answers are possible: finish with what you have.");
      if (auto ended = take_turn()) return std::move(*ended);
    }
    return stopped("after " + std::to_string(author_.settings_.max_turns) +
                   " answers (model.max_turns)");
  }

  std::vector<AgentEvent> take_events() { return tools_.take_events(); }

 private:
  void ask_for_one_object() { request_.schema = {"draft", answer_schema(author_.kind_)}; }

  // The endpoint turned out to know none: one question, one answer.
  void do_without_tools() {
    request_.tools.clear();
    ask_for_one_object();
    if (!request_.messages.empty() && request_.messages.front().role == Role::system)
      request_.messages.front().content =
          redactor().seal_code(instructions_for(AnswerForm::json));
  }

  redact::Redactor& redactor() { return author_.world_.redactor; }
  void say(SafeText text) { request_.messages.push_back({Role::user, std::move(text)}); }
  void say(std::string_view text) { say(redactor().seal_code(text)); }

  // The draft or error that ends the round, or nothing.
  std::optional<Result<Draft>> take_turn() {
    const size_t room = size_t{2} * author_.settings_.context_tokens;
    if (tokens_of(request_) > room) compact(request_, redactor(), room * 3 / 4, kNewest);
    auto answer = ask();
    if (!answer && says_too_long(answer.error()) && compact(request_, redactor(), 0, 1))
      answer = ask();
    if (!answer) return stopped_or(answer.error());
    if (answer->no_tools && !request_.tools.empty()) {
      do_without_tools();
      if (!parse_answer(answer->text, author_.kind_)) return std::nullopt;  // asked anew
    }
    remember(*answer);
    if (answer->calls.empty()) return read(answer->text, answer->cut_off, "");
    return carry_out(answer->calls);
  }

  Result<ModelAnswer> ask() {
    const Deadline one_answer = deadline_in(author_.settings_.timeout);
    return author_.model_.ask(request_, std::min(deadline_, one_answer), stop_);
  }

  void remember(const ModelAnswer& answer) {
    Message message{Role::assistant, redactor().seal_code(answer.text)};
    message.calls = answer.calls;
    // What a model wrote may look private; it goes back like everything else that goes out.
    for (ToolCall& call : message.calls) call.arguments = redactor().seal_code(call.arguments).str();
    message.verbatim = answer.verbatim;
    request_.messages.push_back(std::move(message));
  }

  // Every call gets its result, also those behind one that finishes.
  std::optional<Result<Draft>> carry_out(const std::vector<ToolCall>& calls) {
    std::optional<Result<Draft>> ended;
    for (size_t i = 0; i < calls.size(); ++i) {
      if (calls[i].name == kFinish && !ended) {
        ended = read(calls[i].arguments, false, calls[i].id);
        continue;
      }
      const bool refused = i >= kMostCalls || stop_.stop_requested();
      SafeText result = refused ? redactor().seal_code("error: too many calls in one answer")
                                : tools_.call(calls[i]);
      request_.messages.push_back({Role::tool, std::move(result), {}, calls[i].id});
    }
    return ended;
  }

  // An answer that is of no use goes back once, as the result of its call or as a remark.
  std::optional<Result<Draft>> read(std::string_view text, bool cut_off, const std::string& call) {
    auto draft = parse_answer(text, author_.kind_);
    Result<void> usable = draft ? take_edits_of(*draft) : Result<void>(draft.error());
    if (!usable && !repaired_) {
      repaired_ = true;
      const std::string wrong = std::string(kRepair) + usable.error().message +
                                (cut_off ? " (it was cut off; be shorter)" : "");
      if (call.empty()) {
        say(wrong);
      } else {
        request_.messages.push_back({Role::tool, redactor().seal_code(wrong), {}, call});
      }
      return std::nullopt;
    }
    if (!draft) return stopped_or(draft.error());
    // What does not apply stays as it was written: verify says where it fails.
    if (usable) draft->edits = tools_.tree().edits();
    if (cut_off) draft->problems.emplace_back("The model's answer was cut off at model.max_output_tokens.");
    return draft;
  }

  Result<void> take_edits_of(Draft& draft) {
    restore_code_values(draft.edits, redactor().vault());
    return tools_.apply(draft.edits);
  }

  // With edits at hand, an error costs the words but not the work.
  Result<Draft> stopped_or(const Error& error) {
    if (tools_.tree().edits().empty() || stop_.stop_requested()) return error;
    const bool at_budget = error.kind == ErrorKind::exhausted;
    return stopped((at_budget ? "at a budget: " : "early: ") + error.message);
  }

  Result<Draft> stopped(const std::string& why) {
    Draft draft;
    draft.stopped_by = why;
    draft.edits = tools_.tree().edits();
    return draft;
  }

  LoopAuthor& author_;
  ToolBox tools_;
  ModelRequest request_;
  Deadline deadline_;
  std::stop_token stop_;
  bool repaired_ = false;
};

LoopAuthor::LoopAuthor(const config::ModelSettings& settings, Model& model, ToolWorld world,
                       ModelRequest first, TicketKind kind)
    : settings_(settings), model_(model), world_(world), first_(std::move(first)), kind_(kind) {}

Result<Draft> LoopAuthor::write(const Feedback* last, Deadline deadline, std::stop_token stop) {
  WorkingTree base = TRY(WorkingTree::open(*world_.code.repository, world_.code.commit));
  WorkingTree tree = base;
  if (last != nullptr) {
    // Edits that never applied can't be started from.
    for (const Edit& edit : last->edits) static_cast<void>(tree.apply(edit).ok());
  }
  Round round(*this, std::move(base), std::move(tree), deadline, std::move(stop));
  auto draft = round.hold(last);
  events_ = round.take_events();
  return draft;
}

}  // namespace triage::propose
