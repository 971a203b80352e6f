// What the ticket says went wrong, to tell the reported fault from any other failure.
//
// Built from the ticket's stack traces. A log shows the fault when it names an exception of theirs,
// quotes its message, or has a frame in one of their functions; what the base's own log shows
// already does not count. Without a trace there is nothing to compare with: empty(). Pure.
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
  explicit ReportedFault(const std::vector<retrieval::Trace>& traces);

  bool empty() const { return words_.empty() && places_.empty(); }
  // The first exception, for people: "KeyError".
  const std::string& name() const { return name_; }
  bool is_shown_by(std::string_view log, std::string_view before = {}) const;

 private:
  using Place = std::pair<std::string, std::string>;  // file name, function

  void add(const retrieval::Trace& trace);
  static std::set<Place> places_of(const std::vector<retrieval::Trace>& traces);

  std::string name_;
  std::vector<std::string> words_;  // exceptions and messages
  std::set<Place> places_;
};

}  // namespace triage::verify
