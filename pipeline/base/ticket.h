// Ticket: what a connector normalised, the same for every helpdesk. Everything in it is untrusted.
#pragma once

#include <string>
#include <vector>

#include "pipeline/base/clock.h"
#include "pipeline/base/ids.h"
#include "pipeline/base/text.h"

namespace triage {

struct Person {
  std::string name;
  std::string email;
  std::string phone;
  std::string address;
  std::string company;
  std::string login;  // account name on the tracker
};

struct Comment {
  std::string id;
  Person author;
  RawText body;
  TimePoint created_at{};
  bool internal = false;  // hidden from the customer
  bool staff = false;     // the helpdesk vouches for the author: agent, member of the repository
};

struct Attachment {
  std::string name;
  std::string media_type;
  RawText text;  // empty where it is not text or was not fetched
};

struct Ticket {
  TicketKey key;
  std::string revision;  // changes when the customer's words change; a run belongs to one revision
  std::string url;       // the helpdesk's own page for it
  RawText subject;
  RawText body;
  Person requester;
  std::vector<Person> people;  // cc, agents, assignee: known to the helpdesk, so redacted
  std::vector<Comment> comments;
  std::vector<Attachment> attachments;
  std::vector<std::string> labels;
  bool open = true;
  bool assigned = false;
  TimePoint created_at{};
  TimePoint updated_at{};
};

// A revision that follows from the customer's words alone (subject, body, public comments,
// attachments): labels or our own note do not change it.
std::string content_revision(const Ticket& ticket);

template <class V>
void describe(V& v, Person& p) {
  v("name", p.name);
  v("email", p.email);
  v("phone", p.phone);
  v("address", p.address);
  v("company", p.company);
  v("login", p.login);
}

template <class V>
void describe(V& v, Comment& c) {
  v("id", c.id);
  v("author", c.author);
  v("body", c.body);
  v("created_at", c.created_at);
  v("internal", c.internal);
  v("staff", c.staff);
}

template <class V>
void describe(V& v, Attachment& a) {
  v("name", a.name);
  v("media_type", a.media_type);
  v("text", a.text);
}

template <class V>
void describe(V& v, Ticket& t) {
  v("key", t.key);
  v("revision", t.revision);
  v("url", t.url);
  v("subject", t.subject);
  v("body", t.body);
  v("requester", t.requester);
  v("people", t.people);
  v("comments", t.comments);
  v("attachments", t.attachments);
  v("labels", t.labels);
  v("open", t.open);
  v("assigned", t.assigned);
  v("created_at", t.created_at);
  v("updated_at", t.updated_at);
}

}  // namespace triage
