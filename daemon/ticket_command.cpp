#include "daemon/ticket_command.h"

#include <algorithm>

#include "pipeline/base/ascii.h"
#include "pipeline/base/effect.h"
#include "pipeline/base/utf8.h"

namespace triage::daemon {
namespace {

constexpr std::string_view kCall = "/triage";
constexpr std::size_t kLongestText = 4000;
constexpr std::size_t kLongestWord = 20;
constexpr std::string_view kBlank = " \t\r\n";

// "```" or "~~~", the opener's length counted: a fence is closed by one at least as long.
struct Fence {
  char sign = 0;
  std::size_t length = 0;
};

Fence fence_of(std::string_view line) {
  const std::size_t start = line.find_first_not_of(' ');
  if (start > 3) return {};  // npos is, too
  const char sign = line[start];
  if (sign != '`' && sign != '~') return {};
  const std::size_t length = std::min(line.find_first_not_of(sign, start), line.size()) - start;
  return length >= 3 ? Fence{sign, length} : Fence{};
}

// Replies by mail put the words they answer below such a line.
bool begins_quoted_mail(std::string_view line) {
  const std::string_view words = trim(line);
  return words.starts_with("-----Original Message") || words.starts_with("________________") ||
         (words.starts_with("On ") && words.ends_with(" wrote:"));
}

bool calls_us(std::string_view line) {
  if (!line.starts_with(kCall)) return false;
  return line.size() == kCall.size() || kBlank.find(line[kCall.size()]) != std::string_view::npos;
}

TicketCommand read_command(std::string_view from_call) {
  const std::string_view rest = trim(from_call.substr(kCall.size()));
  // The word has to stand on the line of the call.
  const std::string_view line =
      trim(from_call.substr(0, from_call.find('\n')).substr(kCall.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kBlank));
  TicketCommand out;
  out.said = std::string(truncate_utf8(word, kLongestWord));
  out.word = enum_of<CommandWord>(lower_ascii(word));
  if (!word.empty())
    out.text = std::string(truncate_utf8(trim(rest.substr(word.size())), kLongestText));
  return out;
}

}  // namespace

std::optional<TicketCommand> command_in(std::string_view comment) {
  const std::string marker = effect_marker("#");
  if (comment.find(marker.substr(0, marker.find('#'))) != std::string_view::npos)
    return std::nullopt;  // our own note, or one that quotes it
  Fence open;
  for (std::size_t start = 0; start < comment.size();) {
    const std::size_t end = std::min(comment.find('\n', start), comment.size());
    const std::string_view line = comment.substr(start, end - start);
    if (begins_quoted_mail(line)) return std::nullopt;
    const Fence fence = fence_of(line);
    if (open.sign != 0) {
      const bool closes = fence.sign == open.sign && fence.length >= open.length &&
                          trim(line).find_first_not_of(fence.sign) == std::string_view::npos;
      if (closes) open = {};
    } else if (fence.sign != 0) {
      open = fence;
    } else if (calls_us(line)) {
      return read_command(comment.substr(start));
    }
    start = end + 1;
  }
  return std::nullopt;
}

std::string problem_with(const TicketCommand& command) {
  const std::string known = "there are /triage refine <what to change>, /triage retry, "
                            "/triage reject <why> and /triage stop";
  if (!command.word) return "there is no such command: " + known;
  if (command.word == CommandWord::refine && command.text.empty())
    return "say what to change: /triage refine <what to change>";
  return {};
}

bool is_named(const Person& author, const std::vector<std::string>& commanders) {
  return std::ranges::any_of(commanders, [&](const std::string& name) {
    const std::string wanted = lower_ascii(name);
    return !wanted.empty() &&
           (lower_ascii(author.login) == wanted || lower_ascii(author.email) == wanted);
  });
}

}  // namespace triage::daemon
