// Lua: the error, then "stack traceback:" and "cart.lua:41: in function 'total'".
#include <algorithm>

#include "retrieval/traces/family_internal.h"

namespace triage::retrieval::traces {

namespace {

constexpr std::string_view kHeader = "stack traceback:";

std::optional<Frame> lua_frame(std::string_view line) {
  const size_t in = line.find(": in ");
  if (in == line.npos) return std::nullopt;
  std::string_view name = line.substr(in + 5);
  for (const std::string_view kind :
       {"function ", "local ", "method ", "upvalue ", "field ", "global ", "metamethod "})
    take(name, kind);
  if (name.size() > 1 && (name.front() == '\'' || name.front() == '<'))
    name = before(name.substr(1), name.front() == '<' ? ">" : "'");
  if (line.starts_with("[C]")) return Frame{"", 0, std::string(name), false};
  auto frame = place(line.substr(0, in));
  if (frame) frame->function = name;
  return frame;
}

}  // namespace

std::optional<Found> read_lua(const Lines& lines, size_t at, size_t floor) {
  if (lines[at].text != kHeader) return std::nullopt;
  Trace trace{"lua", "error", "", {}, {}};
  Found found{{}, at + 1};
  for (size_t i = at; i-- > std::max(floor, at - std::min<size_t>(at, 3));) {
    if (lines[i].text.empty()) continue;
    std::string_view text = lines[i].text;
    if (const size_t program = text.find(": "); program < 12 && text.find(".lua:") > program)
      text = text.substr(program + 2);
    const size_t colon = text.find(": ");
    trace.message = message_text(
        colon != text.npos && place(text.substr(0, colon)) ? text.substr(colon + 2) : text);
    break;
  }
  for (size_t i = at + 1; i < lines.size(); ++i) {
    auto frame = lua_frame(lines[i].text);
    if (!frame && !lines[i].text.starts_with("...")) break;
    if (frame) keep(trace, std::move(*frame));
    found.end = i + 1;
  }
  if (!trace.frames.empty()) found.traces.push_back(std::move(trace));
  return found;
}

}  // namespace triage::retrieval::traces
