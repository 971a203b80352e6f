// Redaction: finds what is private in a ticket and replaces it by stable placeholders.
//
// The same value always gets the same placeholder within a ticket (<EMAIL_1>, <API_KEY_1>, …),
// counted per kind in the order of first appearance. The mapping stays in Redaction::vault on this
// machine. The Redactor is the only maker of SafeText. All searching is linear in the text.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/result.h"
#include "pipeline/base/text.h"
#include "pipeline/stage.h"

namespace triage::redact {

// One match in one text; offsets are UTF-8 bytes of that text, half-open.
struct Span {
  std::uint64_t start = 0, end = 0;
  std::string kind;  // "EMAIL", "API_KEY" …
  std::string rule;  // id of the rule, or "known value"
  std::string placeholder;
};

struct Redacted {
  SafeText text;
  std::vector<Span> spans;  // in order, not overlapping
};

// A Redactor serves one ticket: it remembers which value got which placeholder. Thread-safe, but for
// vault(): candidates and agents of one run share it.
class Redactor {
 public:
  Redactor();
  // Continues with the placeholders of an earlier redaction.
  explicit Redactor(std::map<std::string, std::string> vault);
  ~Redactor();

  // A value that must not leave wherever it stands (the requester's name, address, company …).
  void know(const std::string& kind, std::string_view value);
  void know(const Person& person);
  // Everybody whom the helpdesk names on this ticket: requester, people, authors of comments.
  void know(const Ticket& ticket);

  // Replaces everything private. Never fails: text that is not UTF-8 is repaired first, and spans
  // then refer to the repaired text. What the customer wrote that looks like a placeholder is
  // hidden behind one (<LITERAL_1>), so that it can't be taken for ours.
  Redacted redact(std::string_view text);

  // For what goes out: text that we or a model wrote. Known values and secrets are replaced, tags
  // that would hide or run are left as text (defuse() in neutralise.h; fragments of strangers go
  // through neutralise() before). Personal-data rules for prose are applied as well. Our own
  // placeholders stay.
  SafeText seal(std::string_view text);

  // For code and logs on their way to a model: secrets and known values replaced, the rest as it
  // is.
  SafeText seal_code(std::string_view text);

  // The last scan before a body leaves. Errors: denied, naming the kind (never the value) of what
  // is still in it. A JSON body is looked at string by string, as its reader will see it.
  Result<void> guard(std::string_view body) const;

  // Safe texts under their headings, joined and cut to max_bytes (head and tail).
  struct Section {
    std::string_view heading;  // our own words; may be empty
    const SafeText* name;      // goes on with the heading; may be null
    const SafeText* text;
  };
  static SafeText join(std::span<const Section> sections, std::size_t max_bytes);

  const std::map<std::string, std::string>& vault() const;
  // A copy, for while others may use this.
  std::map<std::string, std::string> vault_now() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Replaces placeholders by what the vault holds for them: for people who may see it, never outward.
std::string reveal(std::string_view text, const std::map<std::string, std::string>& vault);

// Redacts all of a ticket: everybody whom the helpdesk names is known first, then every field. What
// a person asked for by command is redacted like the ticket's own words.
Redaction redact_ticket(const Ticket& ticket, const RawText& instruction = RawText());

// Fills run.redaction from everything in run.ticket and run.instruction. Never fails on what a ticket holds.
Result<Advance> redact_stage(const StageContext& context, Run& run);

}  // namespace triage::redact
