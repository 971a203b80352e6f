// From JSON to our words, as a spec's tables say. Works on simdjson's parse of the raw bytes, so a
// payload is read once and only what is named is copied.
#pragma once

#include <simdjson.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "connectors/connector.h"
#include "connectors/spec.h"

namespace triage::connectors {

using Item = simdjson::dom::element;

class Document {
 public:
  // Ill-formed UTF-8 is repaired. Errors: invalid_input with simdjson's reason.
  static Result<Document> parse(std::string_view bytes);
  Item root() const { return root_; }

 private:
  std::unique_ptr<simdjson::dom::parser> parser_;  // on the heap: root_ points into it
  Item root_;
};

// The value at a pointer; nothing where there is none or it is null.
std::optional<Item> value_at(Item item, std::string_view pointer);
// The array at a pointer; empty where there is none.
std::vector<Item> items_at(Item item, std::string_view pointer);

// Text, a number or a boolean as text; empty where there is none.
// Errors: invalid_input naming the pointer that leads to something else.
Result<std::string> text_at(Item item, const Field& field);

bool holds(const Condition& condition, Item item, const Scope& scope);
bool all_hold(const Conditions& conditions, Item item, const Scope& scope);
// The reason of the first group that holds, or nothing.
std::optional<std::string> first_reason(const std::vector<Conditions>& groups, Item item,
                                        const Scope& scope);

bool is_command(const CommentMapping& mapping, Item item, const Scope& scope);
Result<Comment> map_comment(const CommentMapping& mapping, Item item, const Scope& scope);
// With the comments that came in the payload; commands among them stand apart.
Result<TicketEvent> map_ticket(const TicketMapping& mapping, Item item, const std::string& source,
                          const Scope& scope);
// Sets the revision, once the comments are complete.
void seal_revision(Ticket& ticket, const TicketMapping& mapping);

}  // namespace triage::connectors
