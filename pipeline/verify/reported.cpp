#include "pipeline/verify/reported.h"

#include <algorithm>

namespace triage::verify {
namespace {

// Shorter names and messages are found by chance.
constexpr size_t kShortestName = 4;
constexpr size_t kShortestMessage = 12;

// The last part: of "shop.errors.PriceError", of "std::out_of_range", of "/srv/app/shop/cart.py".
std::string last_part(std::string_view text, std::string_view separators) {
  const size_t at = text.find_last_of(separators);
  return std::string(at == std::string_view::npos ? text : text.substr(at + 1));
}

size_t count(std::string_view text, std::string_view word) {
  size_t found = 0;
  for (size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + word.size()))
    ++found;
  return found;
}

}  // namespace

ReportedFault::ReportedFault(const std::vector<retrieval::Trace>& traces)
    : places_(places_of(traces)) {
  for (const retrieval::Trace& trace : traces) add(trace);
}

void ReportedFault::add(const retrieval::Trace& trace) {
  if (std::string name = last_part(trace.exception, ".:"); name.size() >= kShortestName) {
    if (name_.empty()) name_ = name;
    words_.push_back(std::move(name));
  }
  if (trace.message.size() >= kShortestMessage) words_.push_back(trace.message);
  for (const retrieval::Trace& cause : trace.cause) add(cause);
}

std::set<ReportedFault::Place> ReportedFault::places_of(
    const std::vector<retrieval::Trace>& traces) {
  std::set<Place> places;
  for (const retrieval::Trace& trace : traces) {
    for (const retrieval::Frame& frame : trace.frames) {
      if (frame.in_app && !frame.path.empty() && !frame.function.empty())
        places.emplace(last_part(frame.path, "/\\"), last_part(frame.function, ".:"));
    }
    places.merge(places_of(trace.cause));
  }
  return places;
}

bool ReportedFault::is_shown_by(std::string_view log, std::string_view before) const {
  const bool named = std::any_of(words_.begin(), words_.end(), [&](const std::string& word) {
    return count(log, word) > count(before, word);
  });
  if (named || places_.empty()) return named;
  const std::set<Place> known = places_of(retrieval::parse_traces(before));
  const std::set<Place> seen = places_of(retrieval::parse_traces(log));
  return std::any_of(places_.begin(), places_.end(), [&](const Place& place) {
    return seen.contains(place) && !known.contains(place);
  });
}

}  // namespace triage::verify
