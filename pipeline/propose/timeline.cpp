#include "pipeline/propose/timeline.h"

#include <algorithm>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/lines.h"
#include "pipeline/propose/wording.h"

namespace triage::propose {
namespace {

constexpr size_t kMaxFrames = 5;
constexpr size_t kMaxText = 200;

std::string day(TimePoint time) {
  return time == TimePoint{} ? "" : to_rfc3339(time).substr(0, 10);
}

std::string code_text(std::string_view text) {
  std::string out = repair_utf8(truncate_utf8(text, kMaxText));
  std::ranges::replace(out, '`', '\'');
  return "`" + out + "`";
}

void add_change(std::vector<TimelineEvent>& out, const Spot& spot, const LastChange& change,
                std::uint32_t line, std::string_view how) {
  TimelineEvent event;
  event.when = day(change.time);
  event.what = spot.path + " was changed " + std::string(how) + " in " + short_id(change.commit);
  if (!change.summary.empty()) event.what += " (“" + change.summary + "”)";
  event.what += ".";
  event.evidence = {"commit", spot.path, line, line, change.commit, change.summary};
  out.push_back(std::move(event));
}

void add_changes(std::vector<TimelineEvent>& out, const Spot& spot) {
  if (spot.last_change) add_change(out, spot, *spot.last_change, spot.line, "at this line");
  const bool same = spot.recent_change && spot.last_change &&
                    spot.recent_change->change.commit == spot.last_change->commit;
  if (spot.recent_change && !same)
    add_change(out, spot, spot.recent_change->change, spot.recent_change->start,
               "shortly before the ticket");
  std::ranges::stable_sort(out, {}, &TimelineEvent::when);
}

// The sentence that says since when.
void add_since(std::vector<TimelineEvent>& out, const Run& run) {
  for (const std::string& sentence : quotable_sentences(run.redaction->body.str())) {
    if (!says_since(sentence)) continue;
    out.push_back({"The ticket says: “" + sentence + "”", "", {"ticket", "", 0, 0, "", sentence}});
    return;
  }
}

void add_frames(std::vector<TimelineEvent>& out, const Run& run, const CodeAtCommit& code) {
  const retrieval::Trace* trace = leading_trace(*run.retrieved);
  if (trace == nullptr) return;
  std::vector<const retrieval::Frame*> own;  // where it broke first
  for (const retrieval::Frame& frame : trace->frames) {
    if (frame.in_app && frame.line > 0 && own.size() < kMaxFrames) own.push_back(&frame);
  }
  for (size_t i = own.size(); i-- > 0;) {
    const retrieval::Frame& frame = *own[i];
    const std::string where = frame.path + ":" + std::to_string(frame.line);
    std::string who =
        frame.function.empty() ? where : code_text(frame.function) + " (" + where + ")";
    std::string what = i > 0 ? who + " calls on." : "It breaks in " + who;
    if (i == 0) {
      const std::string error =
          trace->message.empty() ? trace->exception : trace->exception + ": " + trace->message;
      what += error.empty() ? "." : " with " + code_text(error) + ".";
    }
    out.push_back({std::move(what),
                   "",
                   {"frame", frame.path, frame.line, frame.line, code.commit,
                    line_at(code, frame.path, frame.line)}});
  }
}

}  // namespace

std::vector<TimelineEvent> timeline_of(const Run& run, const std::optional<Spot>& spot,
                                       const CodeAtCommit& code) {
  std::vector<TimelineEvent> out;
  if (!spot) return out;
  add_changes(out, *spot);
  add_since(out, run);
  add_frames(out, run, code);
  const std::string filed = day(run.ticket.created_at);
  if (!out.empty() && !filed.empty())
    out.push_back(
        {"The ticket was filed.", filed, {"ticket", "", 0, 0, "", run.ticket.key.external_id}});
  return out;
}

}  // namespace triage::propose
