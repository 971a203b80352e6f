// valgrind and its tools. Every line carries the process; one report ends at an empty one:
//   ==12== Invalid read of size 4
//   ==12==    at 0x5A7C18: total(int) (cart.c:41)
//   ==12==    by 0x56D9E8: ??? (in /usr/bin/shop)
//   ==12==  Address 0x5204068 is 0 bytes after a block of size 16 alloc'd
//   ==12==    at …
// The stacks of one report are one trace. Where a function is unknown its module stands for it.
#include <algorithm>

#include "retrieval/traces/family_internal.h"

namespace triage::retrieval::traces {

namespace {

constexpr size_t kGap = 3;

// Without "==12== "; nothing where the line is not valgrind's.
std::optional<std::string_view> said(std::string_view line) {
  for (const std::string_view mark : {"==", "--"}) {
    std::string_view rest = line;
    if (take(rest, mark) && take_number(rest) && take(rest, mark)) return trim(rest);
  }
  return std::nullopt;
}

std::optional<Frame> valgrind_frame(std::string_view line) {
  if (!take(line, "at ") && !take(line, "by ")) return std::nullopt;
  if (!line.starts_with("0x") || !take_hex(line) || !take(line, ": ")) return std::nullopt;
  if (!line.ends_with(')')) return Frame{"", 0, native_name(line), false};
  const size_t open = line.rfind(" (");
  if (open == line.npos) return std::nullopt;
  std::string_view where = line.substr(open + 2, line.size() - open - 3);
  const std::string function = native_name(line.substr(0, open));
  if (take(where, "in ") || where.find(':') == where.npos)
    return Frame{std::string(where), 0, function == "???" ? std::string(where) : function, false};
  auto frame = place(where);
  if (frame) frame->function = function;
  return frame;
}

// What happened stands above the stack, the program's own output perhaps between.
std::string said_above(const Lines& lines, size_t at, size_t floor, bool marked) {
  for (size_t i = at; i-- > std::max(floor, at - std::min<size_t>(at, 3));) {
    const auto line = said(lines[i].text);
    if (line || !marked) return message_text(line.value_or(lines[i].text));
  }
  return {};
}

}  // namespace

std::optional<Found> read_valgrind(const Lines& lines, size_t at, size_t floor) {
  const auto first = said(lines[at].text);
  // Without the process a stack is still told by its addresses.
  const std::string_view text = first.value_or(lines[at].text);
  if (!valgrind_frame(text)) return std::nullopt;
  Trace trace{"c++", "Valgrind", "", {}, {}};
  trace.message = said_above(lines, at, floor, first.has_value());
  Found found{{}, at + 1};
  for (size_t i = at, gap = 0; i < lines.size() && gap <= kGap; ++i) {
    const auto line = first ? said(lines[i].text) : std::optional(lines[i].text);
    if (line && line->empty()) break;
    if (!line) {
      // Output of the program itself.
      ++gap;
      continue;
    }
    auto frame = valgrind_frame(*line);
    if (!frame) {
      ++gap;
      continue;
    }
    keep(trace, std::move(*frame));
    found.end = i + 1;
    gap = 0;
  }
  if (first || trace.frames.size() > 1) found.traces.push_back(std::move(trace));
  return found;
}

}  // namespace triage::retrieval::traces
