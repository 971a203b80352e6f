#include <algorithm>

#include "connectors/ascii_internal.h"
#include "connectors/mapping_internal.h"
#include "pipeline/base/utf8.h"

namespace triage::connectors {
namespace {

constexpr size_t kMaxComments = 1000;
constexpr size_t kMaxListed = 200;  // people, labels, attachments

// Nothing for arrays and objects.
std::optional<std::string> scalar(Item item) {
  using Type = simdjson::dom::element_type;
  switch (item.type()) {
    case Type::STRING: return std::string(std::string_view(item.get_string().value_unsafe()));
    case Type::BOOL: return item.get_bool().value_unsafe() ? "true" : "false";
    case Type::INT64:
    case Type::UINT64:
    case Type::DOUBLE: return simdjson::minify(item);
    case Type::NULL_VALUE: return std::string{};
    case Type::ARRAY:
    case Type::OBJECT: return std::nullopt;
  }
  return std::nullopt;
}

bool passes(Condition::Test test, std::string_view text, std::string_view wanted) {
  switch (test) {
    case Condition::Test::present: return true;
    case Condition::Test::equals: return ascii::same(text, wanted);
    case Condition::Test::contains: return ascii::contains(text, wanted);
    case Condition::Test::starts_with: return ascii::starts_with(text, wanted);
  }
  return false;
}

TimePoint time_at(Item item, const Field& field) {
  const auto text = text_at(item, field);
  return text ? parse_rfc3339(*text).value_or(TimePoint{}) : TimePoint{};
}

Result<Person> map_person(const PersonMapping& mapping, Item item) {
  Person person;
  person.name = TRY(text_at(item, mapping.name));
  person.email = TRY(text_at(item, mapping.email));
  person.phone = TRY(text_at(item, mapping.phone));
  person.address = TRY(text_at(item, mapping.address));
  person.company = TRY(text_at(item, mapping.company));
  person.login = TRY(text_at(item, mapping.login));
  return person;
}

Result<void> map_lists(const TicketMapping& mapping, Item item, const Scope& scope, Ticket& ticket,
                       std::vector<Comment>& commands) {
  for (const auto& [list, fields] : mapping.people) {
    for (const Item& one : items_at(item, list)) {
      if (ticket.people.size() < kMaxListed) ticket.people.push_back(TRY(map_person(fields, one)));
    }
  }
  for (const Item& one : items_at(item, mapping.labels)) {
    std::string label = TRY(text_at(one, mapping.label));
    if (!label.empty() && ticket.labels.size() < kMaxListed)
      ticket.labels.push_back(std::move(label));
  }
  for (const Item& one : items_at(item, mapping.attachments.list)) {
    if (ticket.attachments.size() == kMaxListed) break;
    Attachment attachment;
    attachment.name = TRY(text_at(one, mapping.attachments.name));
    attachment.media_type = TRY(text_at(one, mapping.attachments.media_type));
    attachment.text = RawText(TRY(text_at(one, mapping.attachments.text)));
    ticket.attachments.push_back(std::move(attachment));
  }
  for (const Item& one : items_at(item, mapping.comments.list)) {
    if (ticket.comments.size() == kMaxComments) break;
    if (first_reason(mapping.comments.skip, one, scope)) continue;
    Comment comment = TRY(map_comment(mapping.comments, one, scope));
    (is_command(mapping.comments, one, scope) ? commands : ticket.comments)
        .push_back(std::move(comment));
  }
  return {};
}

Result<void> check_required(const TicketMapping& mapping, const Ticket& ticket) {
  const auto missing = [&](std::string_view name, bool empty, const Field& field) -> Result<void> {
    if (!empty || std::ranges::find(mapping.required, name) == mapping.required.end()) return {};
    return invalid_input("the payload has no " + std::string(name) + " (" +
                         (field.empty() ? std::string("not mapped") : field.front()) + ")");
  };
  TRY(missing("id", ticket.key.external_id.empty(), mapping.id));
  TRY(missing("subject", ticket.subject.empty(), mapping.subject));
  TRY(missing("body", ticket.body.empty(), mapping.body));
  return {};
}

}  // namespace

Result<Document> Document::parse(std::string_view bytes) {
  Document out;
  out.parser_ = std::make_unique<simdjson::dom::parser>();
  auto parsed = out.parser_->parse(bytes.data(), bytes.size());
  if (parsed.error() == simdjson::UTF8_ERROR) {
    const std::string repaired = repair_utf8(bytes);
    parsed = out.parser_->parse(repaired);
  }
  if (parsed.error() != simdjson::SUCCESS)
    return invalid_input(std::string("the body is not usable JSON: ") +
                         simdjson::error_message(parsed.error()));
  out.root_ = parsed.value_unsafe();
  return out;
}

std::optional<Item> value_at(Item item, std::string_view pointer) {
  if (!pointer.empty()) {
    const auto found = item.at_pointer(pointer);
    if (found.error() != simdjson::SUCCESS) return std::nullopt;
    item = found.value_unsafe();
  }
  if (item.is_null()) return std::nullopt;
  return item;
}

std::vector<Item> items_at(Item item, std::string_view pointer) {
  std::vector<Item> out;
  const auto found = value_at(item, pointer);
  if (!found || !found->is_array()) return out;
  const simdjson::dom::array array = found->get_array().value_unsafe();
  for (const Item one : array) out.push_back(one);
  return out;
}

Result<std::string> text_at(Item item, const Field& field) {
  const std::string* misfit = nullptr;
  for (const std::string& pointer : field) {
    const auto found = value_at(item, pointer);
    if (!found) continue;
    if (auto text = scalar(*found)) return std::move(*text);
    misfit = &pointer;
  }
  if (misfit != nullptr)
    return invalid_input("the payload's " + (misfit->empty() ? "value" : *misfit) +
                         " is a list or an object, expected text");
  return std::string{};
}

bool holds(const Condition& condition, Item item, const Scope& scope) {
  const auto found = value_at(item, condition.at);
  bool result = found.has_value();
  if (condition.test != Condition::Test::present) {
    const auto text = found ? scalar(*found) : std::nullopt;
    result = text && std::ranges::any_of(condition.values, [&](const Template& value) {
               const std::string wanted = value.text(scope);
               return !wanted.empty() && passes(condition.test, *text, wanted);
             });
  }
  return result != condition.negated;
}

bool all_hold(const Conditions& conditions, Item item, const Scope& scope) {
  return std::ranges::all_of(conditions, [&](const Condition& condition) {
    return holds(condition, item, scope);
  });
}

std::optional<std::string> first_reason(const std::vector<Conditions>& groups, Item item,
                                        const Scope& scope) {
  for (const Conditions& group : groups) {
    if (!group.empty() && all_hold(group, item, scope)) return group.front().because;
  }
  return std::nullopt;
}

bool is_command(const CommentMapping& mapping, Item item, const Scope& scope) {
  return !mapping.command.empty() && all_hold(mapping.command, item, scope);
}

Result<Comment> map_comment(const CommentMapping& mapping, Item item, const Scope& scope) {
  Comment comment;
  comment.id = TRY(text_at(item, mapping.id));
  comment.body = RawText(TRY(text_at(item, mapping.body)));
  comment.author = TRY(map_person(mapping.author, item));
  comment.created_at = time_at(item, mapping.created_at);
  comment.internal = !mapping.internal.empty() && all_hold(mapping.internal, item, scope);
  comment.staff = !mapping.staff.empty() && all_hold(mapping.staff, item, scope);
  return comment;
}

Result<TicketEvent> map_ticket(const TicketMapping& mapping, Item item, const std::string& source,
                          const Scope& scope) {
  if (!item.is_object()) return invalid_input("the payload is not a JSON object");
  TicketEvent event;
  Ticket& ticket = event.ticket;
  ticket.key = {source, TRY(text_at(item, mapping.id))};
  ticket.url = TRY(text_at(item, mapping.url));
  ticket.subject = RawText(TRY(text_at(item, mapping.subject)));
  ticket.body = RawText(TRY(text_at(item, mapping.body)));
  TRY(check_required(mapping, ticket));
  ticket.requester = TRY(map_person(mapping.requester, item));
  ticket.open = all_hold(mapping.open, item, scope);
  ticket.assigned = !mapping.assigned.empty() && all_hold(mapping.assigned, item, scope);
  ticket.created_at = time_at(item, mapping.created_at);
  ticket.updated_at = time_at(item, mapping.updated_at);
  TRY(map_lists(mapping, item, scope, ticket, event.commands));
  return event;
}

void seal_revision(Ticket& ticket, const TicketMapping& mapping) {
  if (!mapping.last_comment_only) {
    ticket.revision = content_revision(ticket);
    return;
  }
  Ticket words;
  words.subject = ticket.subject;
  words.body = ticket.body;
  words.attachments = ticket.attachments;
  const auto newest = std::ranges::find(ticket.comments.rbegin(), ticket.comments.rend(), false,
                                        &Comment::internal);
  if (newest != ticket.comments.rend()) words.comments.push_back(*newest);
  ticket.revision = content_revision(words);
}

}  // namespace triage::connectors
