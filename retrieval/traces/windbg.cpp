// The Windows debuggers (cdb, WinDbg). "STACK_TEXT:" of "!analyze" and the lists of "k", "kb",
// "kn":
//   0041dc04 015abad0 0041de08 shop!Cart::total+0x13 [c:\src\cart.cpp @ 41]
//   00 000000de`223fe3d0 00007ff7`1e4b8fdd shop!Cart::total+0x52
//   05 (Inline Function) --------`-------- shop!Cart::next+0x8
// Whatever follows the addresses is the frame. Address alone: a function nobody knows.
#include <algorithm>

#include "retrieval/traces/family_internal.h"

namespace triage::retrieval::traces {

namespace {

constexpr size_t kReach = 150;  // lines of analysis above the stack

bool is_address(std::string_view word) {
  return (word.size() == 8 || word.size() == 17 || word.size() == 16) &&
         word.find_first_not_of("0123456789abcdef`-") == word.npos;
}

// Without the addresses and the number in front; nothing where there are no two.
std::optional<std::string_view> behind_addresses(std::string_view line) {
  size_t addresses = 0;
  for (size_t word = 0; word < 12; ++word) {
    const size_t space = line.find(' ');
    const std::string_view first = line.substr(0, space);
    const bool number = word == 0 && first.size() == 2 && is_hex(first[0]) && is_hex(first[1]);
    const bool inlined = line.starts_with("(Inline");
    if (!number && !inlined && first != ":" && !is_address(first)) break;
    addresses += is_address(first) ? 1 : 0;
    line = inlined              ? trim(line.substr(std::min(line.find(')') + 1, line.size())))
           : space == line.npos ? ""
                                : trim(line.substr(space));
    if (inlined) ++addresses;
    if (line.empty()) return std::nullopt;
  }
  return addresses >= 2 ? std::optional(line) : std::nullopt;
}

std::optional<Frame> windbg_frame(std::string_view line) {
  const auto text = behind_addresses(line);
  if (!text) return std::nullopt;
  Frame frame{"", 0, "??", false};
  std::string_view call = *text;
  if (call.starts_with("0x")) return frame;
  const size_t open = call.find(" [");
  if (open != call.npos && call.ends_with(']')) {
    const std::string_view where = call.substr(open + 2, call.size() - open - 3);
    if (auto found = place_by(where, " @ ")) frame = std::move(*found);
    call = call.substr(0, open);
  }
  const size_t module = call.find('!');
  if (module == call.npos && call.find("+0x") == call.npos) return std::nullopt;
  std::string_view name = module == call.npos ? call : call.substr(module + 1);
  if (frame.path.empty())
    frame.path = module == call.npos ? before(call, "+0x") : call.substr(0, module);
  if (const size_t offset = name.rfind("+0x"); offset != name.npos) name = name.substr(0, offset);
  frame.function = without_template(name);
  return frame;
}

bool is_header(std::string_view text) {
  const bool list = text.find("RetAddr") != text.npos &&
                    (text.find("Child-SP") != text.npos || text.find("ChildEBP") != text.npos);
  return list || text.starts_with("STACK_TEXT:");
}

// "ExceptionCode: c0000005 (Access violation)" and "FAULTING_IP" stand somewhere above.
void name_it(const Lines& lines, size_t at, size_t floor, Trace& trace) {
  for (size_t i = at; i-- > std::max(floor, at - std::min(at, kReach));) {
    std::string_view text = lines[i].text;
    if (is_header(text)) return;
    if (take(text, "ExceptionCode: ")) {
      trace.exception = before(text, " ");
      const size_t open = text.find('(');
      if (open != text.npos) trace.message = message_text(before(text.substr(open + 1), ")"));
      return;
    }
    if (take(text, "EXCEPTION_CODE: ") && trace.message.empty()) trace.message = message_text(text);
  }
}

}  // namespace

std::optional<Found> read_windbg(const Lines& lines, size_t at, size_t floor) {
  if (!is_header(lines[at].text)) return std::nullopt;
  Trace trace{"c++", "", "", {}, {}};
  if (lines[at].text.starts_with("STACK_TEXT:")) name_it(lines, at, floor, trace);
  Found found{{}, at + 1};
  for (size_t i = at + 1; i < lines.size(); ++i) {
    const std::string_view text = lines[i].text;
    auto frame = windbg_frame(text);
    if (!frame && !text.starts_with("WARNING: ") && !(text.empty() && i == at + 1)) break;
    if (frame) keep(trace, std::move(*frame));
    found.end = i + 1;
  }
  if (!trace.frames.empty()) found.traces.push_back(std::move(trace));
  return found;
}

}  // namespace triage::retrieval::traces
