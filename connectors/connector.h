// A connector speaks one system's dialect: it proves webhooks, maps payloads to tickets, and knows
// the requests for notes, labels, branches and draft pull requests.
//
// It is made from a YAML spec (connectors/specs/*.yaml) by the engine; no socket is opened here.
// Requests go through the HttpClient port, straight-line, so the caller's deadline and stop token
// hold for all of them. A Connector is immutable and thread-safe.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pipeline/base/clock.h"
#include "pipeline/base/effect.h"
#include "pipeline/base/http.h"
#include "pipeline/base/json.h"
#include "pipeline/base/result.h"
#include "pipeline/base/ticket.h"

namespace triage::connectors {

// What a configured source gives its connector; secrets are revealed values.
struct Account {
  std::string source;
  std::map<std::string, std::string> settings;  // "repository", "base_url" …
  std::map<std::string, std::string> secrets;   // "token", "webhook_secret" …
};

// A ticket was opened or its words changed.
struct TicketEvent {
  Ticket ticket;
  std::vector<Comment> commands = {};  // comments that are told to us and are no words of the ticket
};

// A person did something with what we posted: merged, closed, commented, assigned.
struct OutcomeEvent {
  TicketKey ticket;        // empty id where only the pull request is known
  std::string what;        // "pull_request_merged", "pull_request_closed", "command", …
  std::string reference;   // pull request number, comment id
  std::string actor;
  std::string text;        // for commands: the comment
  std::string comment = {};  // its id; empty where there is none
  bool staff = false;      // the helpdesk vouches for the actor
};

// Understood and not for us; the reason is logged and counted.
struct Ignored {
  std::string reason;
};

using Event = std::variant<TicketEvent, OutcomeEvent, Ignored>;

// A verified delivery. The delivery id deduplicates: the sender's own, else the body's digest.
struct Delivery {
  std::string id;
  Event event;
};

struct PollPage {
  std::vector<Event> events;
  Json cursor;       // opaque; stored in the transaction that stores the events
  bool more = false; // ask again at once
};

// Where and until when one call may reach out.
struct Wire {
  HttpClient& http;
  Deadline deadline;
  std::stop_token stop;
};

class Connector {
 public:
  virtual ~Connector() = default;

  virtual const std::string& name() const = 0;
  // "webhook", "poll", "note", "internal_note", "labels", "forge": what the spec offers.
  virtual bool can(std::string_view capability) const = 0;

  // Errors: denied (missing, wrong or replayed proof; no secret configured), invalid_input
  // (malformed payload: which field), each with what to do.
  virtual Result<Delivery> receive(const HttpRequest& request, TimePoint now) const = 0;

  // cursor: null on the first poll.
  virtual Result<PollPage> poll(const Wire& wire, const Json& cursor, TimePoint now) const = 0;

  // Whether the token works and with which rights; one line for `triaged check`.
  virtual Result<std::string> check(const Wire& wire) const = 0;

  // Carries out an effect by create-or-adopt: looks for its marker first, then writes, then reads
  // back. Errors: denied, rate_limited, timeout (unknown outcome: call again, it will look first).
  virtual Result<EffectResult> carry_out(const Wire& wire, const Effect& effect) const = 0;
};

}  // namespace triage::connectors
