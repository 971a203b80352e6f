// What a person tells us by a line in a comment: "/triage refine …", "retry", "reject …", "stop".
//
// A command counts only at the start of a line, outside of quotes and code, in a comment that we did
// not write ourselves; the first one of a comment is the one. What follows the word, to the end of
// the comment, is its text. Pure functions.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/base/ticket.h"

namespace triage::daemon {

enum class CommandWord { refine, retry, reject, stop };
inline std::span<const std::string_view> names(CommandWord) {
  static constexpr std::array<std::string_view, 4> kNames{"refine", "retry", "reject", "stop"};
  return kNames;
}

struct TicketCommand {
  std::optional<CommandWord> word;  // nothing: there is no such command
  std::string said;                 // the word as it was written
  std::string text;                 // what follows it, trimmed, at most kLongestText bytes
};

// Nothing where the comment holds no command.
std::optional<TicketCommand> command_in(std::string_view comment);

// Why a command can't be carried out as it stands; empty where it can.
std::string problem_with(const TicketCommand& command);

// Whether the configuration names this person. Letters count without case; an empty login or address
// is nobody's.
bool is_named(const Person& author, const std::vector<std::string>& commanders);

}  // namespace triage::daemon
