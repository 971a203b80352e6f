// What the ticket says went wrong, to tell the reported fault from any other failure.
//
// Two kinds of signs. Exceptions, messages and places of the ticket's stack traces, and exceptions
// that its sentences name, decide: a log shows the fault when it names such an exception, quotes
// its message or has a frame in one of those functions. What a ticket without them puts in quotes
// or gives as a figure ("53.96", 404, "no such country") only speaks for a failure: a test may well
// fail in other words. What the base's own log shows already does not count. Pure; linear in the
// texts.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "retrieval/traces.h"

namespace triage::verify {

class ReportedFault {
 public:
  ReportedFault() = default;
  // `text` is what the customer wrote, redacted: parts of it are shown to reviewers.
  explicit ReportedFault(const std::vector<retrieval::Trace>& traces, std::string_view text = {});

  // Nothing that decides.
  bool empty() const { return words_.empty() && places_.empty(); }
  // The first exception, for people: "KeyError".
  const std::string& name() const { return name_; }
  bool is_shown_by(std::string_view log, std::string_view before = {}) const;

  // For reviewers, about a failure that counts: what makes it the reported one, or that nothing can
  // tell. "the ticket reports KeyError", "the ticket mentions 53.96", "the ticket has no trace,
  // error name or quoted text to compare with".
  std::string reason(std::string_view log, std::string_view before = {}) const;

  // What is quoted or given as a figure, in order, where nothing decides.
  const std::vector<std::string>& hints() const { return hints_; }

 private:
  using Place = std::pair<std::string, std::string>;  // file name, function

  void add(const retrieval::Trace& trace);
  void read_sentences(std::string_view text);
  std::string sign_in(std::string_view log, std::string_view before) const;
  static std::set<Place> places_of(const std::vector<retrieval::Trace>& traces);

  std::string name_;
  std::vector<std::string> words_;  // exceptions and messages
  std::vector<std::string> hints_;  // quotes and figures
  std::set<Place> places_;
};

}  // namespace triage::verify
