// Carrying out an effect: look for our marker, else write, then read back what came of it.
#include "connectors/engine_internal.h"
#include "connectors/plugins/plugin.h"
#include "pipeline/base/utf8.h"

namespace triage::connectors {
namespace {

constexpr size_t kCutRemark = 64;  // room for "… N bytes left out …" and the lines between

// The body with its marker, within the system's limit; the marker is what must survive.
std::string marked_body(const Effect& effect, size_t limit) {
  const std::string marker = effect_marker(effect.op_id);
  std::string body = effect.body.str();
  const size_t found = body.find(marker);
  if (found != std::string::npos && (limit == 0 || body.size() <= limit)) return body;
  if (found != std::string::npos) body.erase(found, marker.size());
  const size_t reserved = marker.size() + kCutRemark;
  if (limit != 0 && body.size() + reserved > limit)
    body = head_and_tail(body, limit > reserved ? limit - reserved : 0);
  return body + "\n\n" + marker;
}

Scope effect_variables(const Scope& settings, const Effect& effect, size_t max_body) {
  Scope out = settings;
  out["op_id"] = effect.op_id;
  out["marker"] = effect_marker(effect.op_id);
  out["ticket.id"] = effect.ticket.external_id;
  out["branch"] = effect.branch;
  out["base_branch"] = effect.base_branch;
  out["base_commit"] = effect.base_commit;
  out["title"] = effect.title.str();
  out["body"] = marked_body(effect, max_body);
  Json labels = Json::array();
  for (const std::string& label : effect.labels) labels.push(label);
  out["labels"] = std::move(labels);
  return out;
}

class Performer {
 public:
  Performer(const Operation& operation, Exchange& exchange, Scope variables)
      : operation_(operation), exchange_(exchange), variables_(std::move(variables)) {}

  Result<EffectResult> run() {
    if (operation_.find) {
      auto found = TRY(look());
      if (found) return std::move(*found);
    }
    const HttpResponse answer =
        TRY(exchange_.send(operation_.write, variables_, operation_.errors));
    const Document document = TRY(Document::parse(answer.body));
    EffectResult result = TRY(result_of(document.root()));
    TRY(read_back(result));
    return result;
  }

 private:
  Result<std::optional<EffectResult>> look() {
    std::optional<EffectResult> found;
    const auto use = [&](const std::string& body) -> Result<bool> {
      const Document document = TRY(Document::parse(body));
      for (const Item& item : items_at(document.root(), operation_.find->items)) {
        if (!all_hold(operation_.find->match, item, variables_)) continue;
        found = TRY(result_of(item));
        found->adopted = true;
        return true;
      }
      return false;
    };
    TRY(exchange_.pages(*operation_.find, variables_, use));
    return found;
  }

  Result<EffectResult> result_of(Item item) {
    EffectResult result{TRY(text_at(item, operation_.id)), TRY(text_at(item, operation_.url))};
    if (operation_.id.empty()) {
      result.id = scalar_text(variables_["ticket.id"]);
    } else if (result.id.empty()) {
      return Error{ErrorKind::unavailable,
                   exchange_.spec().title + " answered without an id (" + operation_.id.front() +
                       "); it is looked for again"};
    }
    return result;
  }

  // Asking for something is not having it: some systems drop a flag silently.
  Result<void> read_back(const EffectResult& result) {
    if (!operation_.read_back) return {};
    variables_["result.id"] = result.id;
    const HttpResponse answer = TRY(exchange_.send(*operation_.read_back, variables_));
    const Document document = TRY(Document::parse(answer.body));
    for (const Condition& condition : operation_.expect) {
      if (holds(condition, document.root(), variables_)) continue;
      const bool undone =
          operation_.undo && exchange_.send(*operation_.undo, variables_).ok();
      return Error{ErrorKind::denied,
                   exchange_.spec().title + ": " + condition.because +
                       (undone ? " It was undone."
                               : " It could not be undone: see to " + result.url + " by hand.")};
    }
    return {};
  }

  const Operation& operation_;
  Exchange& exchange_;
  Scope variables_;
};

}  // namespace

Result<EffectResult> Engine::carry_out(const Wire& wire, const Effect& effect) const {
  const std::string_view what = name_of(effect.kind);
  const Operation* operation = spec().operation(what);
  if (operation == nullptr) {
    if (spec().stored_notes)
      return internal_error("notes of " + source_ + " are kept by the daemon itself");
    return invalid_input(spec().title + " has no operation " + std::string(what) +
                         "; see `triaged connectors show " + spec().name + "`");
  }
  if (effect.op_id.empty()) return internal_error("an effect without an op_id can't be adopted");
  Exchange exchange(spec(), scope_, wire);
  Scope variables = effect_variables(variables_, effect, operation->max_body);
  if (!operation->plugin.empty())
    return find_plugin(operation->plugin)(exchange, variables, effect);
  return Performer(*operation, exchange, std::move(variables)).run();
}

}  // namespace triage::connectors
