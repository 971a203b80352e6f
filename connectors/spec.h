// Spec: what a file in connectors/specs/ says about one system, as plain data.
//
// It is read and checked once (read_spec) and never changes. Nothing in it computes: pointers into
// JSON (RFC 6901), conditions, templates and tables. What that can't say is a named plug-in.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/signature.h"
#include "connectors/template.h"
#include "pipeline/base/json.h"
#include "pipeline/base/result.h"

namespace triage::connectors {

struct Setting {
  std::string name, help, fallback;
  std::string kind = "text";  // one of setting_kinds()
  bool required = false;
  bool secret = false;
};

// Holds where the value at a pointer passes the test; a condition is one of a list that all must.
struct Condition {
  enum class Test { present, equals, contains, starts_with };
  std::string at;
  Test test = Test::present;
  std::vector<Template> values;  // any of them; letters compare without case; empty never holds
  bool negated = false;
  std::string because;           // for people: what it means that it holds (or does not)
};
using Conditions = std::vector<Condition>;

// Where a value is found: the first of these pointers that leads to something.
using Field = std::vector<std::string>;

struct PersonMapping {
  Field name, email, phone, address, company, login;
};

struct CommentMapping {
  std::string list;  // pointer to the array, in the ticket's item
  Field id, body, created_at;
  PersonMapping author;
  Conditions internal, staff;
  Conditions command;            // told to us, no words of the ticket; none are where there are none
  std::vector<Conditions> skip;  // any of them
};

struct AttachmentMapping {
  std::string list;
  Field name, media_type, text;
};

struct TicketMapping {
  Field id, url, subject, body, created_at, updated_at, label;
  std::string labels;  // pointer to an array
  PersonMapping requester;
  std::vector<std::pair<std::string, PersonMapping>> people;  // array, then each one
  CommentMapping comments;
  AttachmentMapping attachments;
  Conditions open, assigned;     // open: every ticket is where there are none
  std::vector<Conditions> skip;  // any of them
  std::vector<std::string> required;
  bool last_comment_only = false;  // the revision counts the newest comment, not all of them
};

// One row of the table that says what an event means; the first that fits decides.
struct EventRule {
  enum class Makes { ticket, outcome, ignored };
  std::string event;
  std::vector<std::string> actions;  // empty: any
  Conditions when;
  Makes makes = Makes::ignored;
  std::string item;     // ticket: pointer to it
  std::string comment;  // ticket: pointer to the comment that came with it; empty: none
  std::string what;     // outcome
  Field ticket, reference, actor, text, comment_id;
  Conditions staff;    // of an outcome's actor; nobody is where there are none
  std::string reason;   // ignored
};

struct WebhookSpec {
  ProofSpec proof;
  std::vector<std::string> delivery_headers;
  std::string event_header;
  Field action;
  bool plain_text = false;         // a body that is not JSON is a ticket, subject first
  std::vector<Conditions> ignore;  // any of them
  std::vector<EventRule> events;
};

// A JSON value with templates in it.
struct Shape {
  struct Member;

  std::optional<Template> text;
  Json literal;
  std::vector<Member> members;
  std::vector<Shape> items;
  enum class Kind { literal, text, object, array } kind = Kind::literal;
  Json render(const Scope& scope) const;
};
struct Shape::Member {
  std::string name;
  Shape value;
};

struct RequestSpec {
  std::string method = "GET";
  Template path;  // put behind the base URL
  std::optional<Shape> body;
};

// A list that is read page by page.
struct ListSpec {
  RequestSpec request;
  std::string items;      // pointer to the array
  bool link_next = false;  // Link: rel="next" (RFC 8288)
  size_t max_pages = 10;
  Conditions match;
};

struct ErrorRule {
  int status = 0;
  std::string contains;  // in the body, without case; empty: any
  ErrorKind kind = ErrorKind::internal;
  std::string say;
};

struct Operation {
  std::string plugin;  // not empty: the steps are in connectors/plugins/
  std::optional<ListSpec> find;
  RequestSpec write;
  Field id, url;       // in the answer of find and write
  std::optional<RequestSpec> read_back;
  Conditions expect;   // of what was read back
  std::optional<RequestSpec> undo;
  std::vector<ErrorRule> errors;
  size_t max_body = 0;  // bytes; 0: no limit
  bool internal = false;  // what is written is hidden from the customer
};

struct PollSpec {
  ListSpec list;
  size_t page_size = 100;
  Template start;  // RFC 3339; empty: `first_lookback` before the first poll
  std::chrono::seconds first_lookback{3600};
  std::chrono::seconds lookback{60};  // asked again each time, against clocks that differ
  std::optional<RequestSpec> probe;   // a constant address whose ETag tells that nothing changed
  std::optional<ListSpec> comments;   // of one ticket; `match` says for which
};

struct CheckStep {
  RequestSpec request;
  std::vector<std::pair<std::string, Field>> values;  // variables for `say`
  Conditions expect;
  bool optional = false;
};

struct LimitSpec {
  std::vector<std::string> after;  // headers with seconds or a date
  std::string reset, remaining;    // epoch seconds; counts only where remaining is 0
  std::vector<std::string> words;  // in the body of a 403
  std::chrono::seconds fallback{60};
};

struct Spec {
  std::string name, title, description;
  std::vector<Setting> settings;  // secrets included
  Template base_url;
  std::vector<std::pair<std::string, Template>> headers;  // one without a value is left out
  bool stored_notes = false;  // notes are kept by the daemon's own desk
  LimitSpec limits;
  std::vector<ErrorRule> errors;
  Field error_message;
  TicketMapping ticket;
  std::optional<WebhookSpec> webhook;
  std::optional<PollSpec> poll;
  std::vector<std::pair<std::string, Operation>> operations;  // by the effect's name
  std::vector<CheckStep> check;
  Template check_say;

  const Operation* operation(std::string_view effect) const;
  std::vector<std::string> capabilities() const;
};

// Errors: invalid_input with every problem as "file:line: reason", one per line.
Result<std::shared_ptr<const Spec>> read_spec(std::string_view yaml, const std::string& file);

// What a setting may hold; problem() is empty where the value is fine.
std::vector<std::string> setting_kinds();
std::string problem_with_value(const Setting& setting, std::string_view value);

}  // namespace triage::connectors
