#include <algorithm>

#include "connectors/ascii_internal.h"
#include "connectors/engine_internal.h"
#include "pipeline/base/ascii.h"
#include "pipeline/base/digest.h"
#include "pipeline/base/utf8.h"

namespace triage::connectors {
namespace {

constexpr size_t kLongestDeliveryId = 200;
constexpr size_t kLongestShown = 60;

bool has_type(const HttpRequest& request, std::string_view part) {
  return ascii::contains(request.headers.get("Content-Type"), part);
}

bool printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

// An event's name as the sender wrote it, safe to log.
std::string shown(std::string_view text) {
  std::string out(text.substr(0, kLongestShown));
  std::ranges::replace_if(out, [](char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return out;
}

std::string delivery_id(const WebhookSpec& webhook, const HttpRequest& request) {
  for (const std::string& header : webhook.delivery_headers) {
    const std::string_view id = request.headers.get(header);
    if (request.headers.count(header) == 1 && !id.empty() && id.size() <= kLongestDeliveryId &&
        printable(id))
      return std::string(id);
  }
  return "sha256:" + sha256_hex(request.body);
}

// Sent as text, or not declared as JSON and not looking like it.
bool is_plain_text(const HttpRequest& request) {
  if (has_type(request, "json")) return false;
  return has_type(request, "text/plain") || !trim(request.body, " \t\r\n\v\f").starts_with('{');
}

bool fits(const EventRule& rule, std::string_view event, std::string_view action) {
  return (rule.event.empty() || rule.event == event) &&
         (rule.actions.empty() || std::ranges::find(rule.actions, action) != rule.actions.end());
}

}  // namespace

Engine::Engine(std::shared_ptr<const Spec> spec, Account account)
    : spec_(std::move(spec)), source_(std::move(account.source)) {
  for (const Setting& setting : spec_->settings) {
    if (setting.secret) continue;
    const auto given = account.settings.find(setting.name);
    const std::string value = given == account.settings.end() ? setting.fallback : given->second;
    variables_[setting.name] = value;
    if (setting.kind != "owner/name") continue;
    const size_t slash = std::min(value.find('/'), value.size());
    variables_[setting.name + ".owner"] = value.substr(0, slash);
    variables_[setting.name + ".name"] = value.substr(std::min(slash + 1, value.size()));
  }
  const std::string marker = effect_marker("#");
  variables_["marker_start"] = marker.substr(0, marker.find('#'));
  scope_ = variables_;
  for (const auto& [name, value] : account.secrets) scope_[name] = value;
  if (!spec_->webhook) return;
  for (const std::string& name : spec_->webhook->proof.secrets) {
    const auto given = account.secrets.find(name);
    if (given != account.secrets.end()) proof_secrets_.push_back(given->second);
  }
}

bool Engine::can(std::string_view capability) const {
  const std::vector<std::string> all = spec().capabilities();
  return std::ranges::find(all, capability) != all.end();
}

Result<Delivery> Engine::receive(const HttpRequest& request, TimePoint now) const {
  if (!spec().webhook)
    return Error{ErrorKind::not_found, spec().title + " sends no webhooks; it is polled"};
  TRY(verify_proof(spec().webhook->proof, proof_secrets_, request, now));
  return map_delivery(request);
}

Result<Delivery> Engine::map_delivery(const HttpRequest& request) const {
  if (!spec().webhook) return invalid_input(spec().title + " has no webhook mapping");
  const std::string& header = spec().webhook->event_header;
  if (!header.empty() && request.headers.count(header) != 1)
    return invalid_input("a delivery needs exactly one " + header + " header");
  Event event = TRY(map_event(request));
  return Delivery{delivery_id(*spec().webhook, request), std::move(event)};
}

Result<Event> Engine::plain_ticket(std::string_view body) const {
  const std::string repaired = repair_utf8(body);
  const std::string_view text = trim(repaired);
  if (text.empty())
    return invalid_input("the ticket is empty: write a subject line, then what happened");
  const size_t line_end = std::min(text.find('\n'), text.size());
  Ticket ticket;
  ticket.key.source = source_;
  ticket.subject = RawText(std::string(trim(text.substr(0, line_end))));
  ticket.body = RawText(std::string(trim(text.substr(line_end))));
  seal_revision(ticket, spec().ticket);
  return Event{TicketEvent{std::move(ticket)}};
}

Result<Event> Engine::map_event(const HttpRequest& request) const {
  const WebhookSpec& webhook = *spec().webhook;
  if (webhook.plain_text && is_plain_text(request)) return plain_ticket(request.body);
  if (has_type(request, "form-urlencoded"))
    return invalid_input("the delivery is a form: set the webhook's content type to "
                         "application/json");
  const Document document = TRY(Document::parse(request.body));
  const Item payload = document.root();
  if (!payload.is_object()) return invalid_input("the body is JSON but not an object");
  const std::string_view event =
      webhook.event_header.empty() ? "" : request.headers.get(webhook.event_header);
  const std::string action = TRY(text_at(payload, webhook.action));
  if (auto reason = first_reason(webhook.ignore, payload, variables_))
    return Event{Ignored{std::move(*reason)}};
  for (const EventRule& rule : webhook.events) {
    if (fits(rule, event, action) && all_hold(rule.when, payload, variables_))
      return map_rule(rule, payload);
  }
  return Event{Ignored{"events of this kind are not used: " + shown(event) +
                       (action.empty() ? "" : "/" + shown(action))}};
}

Result<Event> Engine::map_rule(const EventRule& rule, Item payload) const {
  if (rule.makes == EventRule::Makes::ignored) return Event{Ignored{rule.reason}};
  if (rule.makes == EventRule::Makes::outcome) {
    OutcomeEvent outcome;
    outcome.ticket = {source_, TRY(text_at(payload, rule.ticket))};
    outcome.what = rule.what;
    outcome.reference = TRY(text_at(payload, rule.reference));
    outcome.actor = TRY(text_at(payload, rule.actor));
    outcome.text = TRY(text_at(payload, rule.text));
    outcome.comment = TRY(text_at(payload, rule.comment_id));
    outcome.staff = !rule.staff.empty() && all_hold(rule.staff, payload, variables_);
    return Event{std::move(outcome)};
  }
  const auto item = value_at(payload, rule.item);
  if (!item) return invalid_input("the payload has no " + rule.item);
  const TicketMapping& mapping = spec().ticket;
  if (auto reason = first_reason(mapping.skip, *item, variables_))
    return Event{Ignored{std::move(*reason)}};
  TicketEvent ticket = TRY_CTX(map_ticket(mapping, *item, source_, variables_), "in " + rule.item);
  if (!rule.comment.empty()) {
    const auto comment = value_at(payload, rule.comment);
    if (!comment) return invalid_input("the payload has no " + rule.comment);
    ticket.ticket.comments.push_back(
        TRY_CTX(map_comment(mapping.comments, *comment, variables_), "in " + rule.comment));
  }
  seal_revision(ticket.ticket, mapping);
  return Event{std::move(ticket)};
}

Result<std::string> Engine::check(const Wire& wire) const {
  if (spec().check.empty()) return spec().title + " needs no account";
  Exchange exchange(spec(), scope_, wire);
  Scope variables = variables_;
  for (const CheckStep& step : spec().check) {
    auto answer = exchange.send(step.request, variables);
    for (const auto& [name, field] : step.values) variables[name] = "unknown";
    if (!answer && step.optional) continue;
    if (!answer) return std::move(answer).error();
    const Document document = TRY(Document::parse(answer->body));
    for (const Condition& condition : step.expect) {
      if (!holds(condition, document.root(), variables))
        return Error{ErrorKind::denied, spec().title + ": " + condition.because};
    }
    for (const auto& [name, field] : step.values) {
      auto value = TRY(text_at(document.root(), field));
      if (!value.empty()) variables[name] = shown(value);
    }
  }
  return spec().check_say.text(variables);
}

}  // namespace triage::connectors
