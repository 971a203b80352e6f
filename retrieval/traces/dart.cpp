// Dart and Flutter: "#0      Cart.total (package:shop/cart.dart:41:13)" below the error, and the
// short form of package:stack_trace: "package:shop/cart.dart 41:13  Cart.total".
#include <algorithm>

#include "retrieval/traces/family_internal.h"

namespace triage::retrieval::traces {

namespace {

constexpr size_t kReach = 8;

std::string plain_path(std::string_view path) {
  take(path, "file://");
  return std::string(path);
}

std::optional<Frame> numbered(std::string_view line) {
  if (!take(line, "#") || !take_number(line)) return std::nullopt;
  line = trim(line);
  const size_t open = line.rfind(" (");
  if (!line.ends_with(')') || open == line.npos) return std::nullopt;
  const std::string_view where = line.substr(open + 2, line.size() - open - 3);
  auto frame = place(where);
  if (!frame && (where.ends_with(".dart") || where.starts_with("dart:")))
    frame = Frame{std::string(where), 0, "", true};
  if (!frame ||
      (frame->path.find(".dart") == std::string::npos && !frame->path.starts_with("dart:")))
    return std::nullopt;
  frame->path = plain_path(frame->path);
  frame->function = line.substr(0, open);
  return frame;
}

std::optional<Frame> terse(std::string_view line) {
  const size_t space = line.find(' ');
  if (space == line.npos || !line.substr(0, space).ends_with(".dart")) return std::nullopt;
  std::string_view rest = trim(line.substr(space));
  const size_t end = rest.find(' ');
  if (end == rest.npos) return std::nullopt;
  auto frame = place("x:" + std::string(rest.substr(0, end)));
  if (!frame || frame->path != "x") return std::nullopt;
  frame->path = plain_path(line.substr(0, space));
  frame->function = trim(rest.substr(end));
  return frame;
}

std::optional<Frame> dart_frame(std::string_view line) {
  auto frame = numbered(line);
  return frame ? frame : terse(line);
}

// "Unhandled exception:" has the error below it; any text may be one: "Out of Memory".
void name_it(const Lines& lines, size_t at, size_t floor, Trace& trace) {
  for (size_t i = at; i-- > std::max(floor, at - std::min(at, kReach));) {
    if (lines[i].text.find("nhandled exception:") == std::string_view::npos &&
        lines[i].text.find("nhandled Exception:") == std::string_view::npos)
      continue;
    std::string_view text = lines[i].text.substr(lines[i].text.find("xception:") + 9);
    if (trim(text).empty() && i + 1 < at) text = lines[i + 1].text;
    text = trim(text);
    const size_t colon = text.find(": ");
    std::string_view name = before(text.substr(0, colon), " (");
    if (colon != text.npos && name.find(' ') == name.npos) {
      trace.exception = name;
      trace.message = message_text(text.substr(colon + 2));
    } else {
      trace.exception = message_text(text);
    }
    return;
  }
  if (auto error = error_above(lines, at, floor, kReach)) {
    trace.exception = std::move(error->exception);
    trace.message = std::move(error->message);
  }
}

}  // namespace

std::optional<Found> read_dart(const Lines& lines, size_t at, size_t floor) {
  if (!dart_frame(lines[at].text)) return std::nullopt;
  Trace trace{"dart", "", "", {}, {}};
  name_it(lines, at, floor, trace);
  Found found{{}, at};
  for (size_t i = at, gap = 0; i < lines.size() && gap < 3; ++i) {
    auto frame = dart_frame(lines[i].text);
    if (!frame && lines[i].text != "<asynchronous suspension>") {
      ++gap;
      continue;
    }
    // The next trace begins to count again.
    if (frame && !trace.frames.empty() && lines[i].text.starts_with("#0 ")) break;
    if (frame) keep(trace, std::move(*frame));
    found.end = i + 1;
    gap = 0;
  }
  if (!trace.exception.empty() || trace.frames.size() > 1) found.traces.push_back(std::move(trace));
  return found;
}

}  // namespace triage::retrieval::traces
