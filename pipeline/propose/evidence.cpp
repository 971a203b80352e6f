#include "pipeline/propose/evidence.h"

#include <algorithm>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/lines.h"
#include "pipeline/propose/reasons.h"

namespace triage::propose {
namespace {

constexpr size_t kMaxFrames = 3;
constexpr size_t kMaxPlacesCited = 3;
constexpr size_t kMaxText = 200;

void add(std::vector<Evidence>& all, Evidence evidence) {
  const bool known = std::ranges::any_of(all, [&](const Evidence& e) {
    return e.path == evidence.path && e.start == evidence.start && e.kind != "commit" &&
           evidence.kind != "commit" && evidence.kind != "ticket";
  });
  if (!known) all.push_back(std::move(evidence));
}

void add_frames(std::vector<Evidence>& all, const Retrieved& found, const CodeAtCommit& code) {
  const retrieval::Trace* trace = leading_trace(found);
  if (trace == nullptr) return;
  size_t added = 0;
  for (const retrieval::Frame& frame : trace->frames) {
    if (!frame.in_app || frame.line == 0 || added == kMaxFrames) continue;
    std::string text = line_at(code, frame.path, frame.line);
    if (text.empty() && !found.places.empty() && found.places.front().path == frame.path) {
      const KeyLine key = key_line(found.places.front());
      if (key.number == frame.line) text = key.text;
    }
    add(all, {"frame", frame.path, frame.line, frame.line, found.commit, std::move(text)});
    ++added;
  }
}

std::string_view kind_of(const Place& place) {
  return place.why.empty() ? "symbol" : evidence_kind(place.why.front());
}

void add_places(std::vector<Evidence>& all, const Retrieved& found) {
  for (size_t i = 0; i < std::min(kMaxPlacesCited, found.places.size()); ++i) {
    const Place& place = found.places[i];
    const KeyLine key = key_line(place);
    add(all, {std::string(kind_of(place)), place.path, key.number, key.number, found.commit,
              std::string(truncate_utf8(key.text, kMaxText))});
    if (!place.last_change || i > 0) continue;
    add(all, {"commit", place.path, key.number, key.number, place.last_change->commit,
              place.last_change->summary});
  }
}

void add_tickets(std::vector<Evidence>& all, const Retrieved& found) {
  for (const SimilarTicket& ticket : found.similar) {
    std::string text = ticket.key.external_id + ": " + ticket.subject;
    if (!ticket.fixed_by.empty()) text += " (fixed by " + short_id(ticket.fixed_by) + ")";
    add(all, {"ticket", "", 0, 0, ticket.fixed_by, std::move(text)});
  }
}

}  // namespace

const retrieval::Frame* app_frame(const retrieval::Trace& trace) {
  const auto frame = std::ranges::find_if(
      trace.frames, [](const retrieval::Frame& f) { return f.in_app && f.line > 0; });
  return frame == trace.frames.end() ? nullptr : &*frame;
}

const retrieval::Trace* leading_trace(const Retrieved& found) {
  for (const retrieval::Trace& trace : found.traces) {
    const retrieval::Trace* root = &trace;
    while (!root->cause.empty() && app_frame(root->cause.front()) != nullptr)
      root = &root->cause.front();
    if (app_frame(*root) != nullptr) return root;
  }
  return found.traces.empty() ? nullptr : &found.traces.front();
}

std::optional<Spot> first_spot(const Retrieved& found, const CodeAtCommit& code) {
  if (found.commit.empty()) return std::nullopt;  // frames that nobody could map prove nothing
  const retrieval::Trace* trace = leading_trace(found);
  const retrieval::Frame* frame = trace == nullptr ? nullptr : app_frame(*trace);
  if (found.places.empty() && frame == nullptr) return std::nullopt;
  if (frame != nullptr) {
    Spot spot{
        frame->path, frame->line, frame->function, line_at(code, frame->path, frame->line), {}, {}};
    const auto place = std::ranges::find_if(found.places, [&](const Place& p) {
      return p.path == frame->path && p.start <= frame->line && frame->line <= p.end;
    });
    if (place == found.places.end()) return spot;
    if (!place->symbol.empty()) spot.symbol = place->symbol;
    spot.recent_change = place->recent_change;
    if (const KeyLine key = key_line(*place); key.number == spot.line) {
      spot.last_change = place->last_change;
      if (spot.text.empty()) spot.text = key.text;
    }
    return spot;
  }
  const Place& place = found.places.front();
  const KeyLine key = key_line(place);
  return Spot{place.path, key.number, place.symbol, key.text, place.last_change,
              place.recent_change};
}

std::string line_at(const CodeAtCommit& code, const std::string& path, std::uint32_t number) {
  const auto content = code.read(path);
  if (!content || number == 0) return "";
  const auto lines = split_lines(*content);
  if (number > lines.size()) return "";
  return repair_utf8(truncate_utf8(trim(lines[number - 1]), kMaxText));
}

std::string short_id(const std::string& reference) {
  const bool hex = reference.find_first_not_of("0123456789abcdef") == std::string::npos;
  return hex && reference.size() >= 40 ? reference.substr(0, 7) : reference;
}

std::vector<Evidence> evidence_of(const Retrieved& found, const CodeAtCommit& code) {
  std::vector<Evidence> all;
  if (!found.commit.empty()) add_frames(all, found, code);
  add_places(all, found);
  add_tickets(all, found);
  return all;
}

}  // namespace triage::propose
