#include "pipeline/publish/failure_place.h"

#include <algorithm>
#include <string_view>

#include "pipeline/base/ascii.h"

namespace triage::publish {
namespace {

constexpr std::string_view kScript = "/.triage-repro.";  // as verify names the file
constexpr std::string_view kStep = "reproduction 1/2";
constexpr std::string_view kAssert = "assert ", kEquals = " == ", kFailed = "AssertionError: ";

// The source line that Python prints below the script's last frame.
std::string_view script_line(std::string_view log) {
  const size_t frame = log.rfind(kScript);
  const size_t end = frame == std::string_view::npos ? frame : log.find('\n', frame);
  if (end == std::string_view::npos) return {};
  const std::string_view rest = log.substr(end + 1);
  const std::string_view line = rest.substr(0, rest.find('\n'));
  return line.starts_with("    ") ? trim(line) : std::string_view{};
}

// "f(a, 1) == 5, f(a, 1)" up to the comma that no bracket or quote holds.
std::string_view up_to_comma(std::string_view text) {
  int depth = 0;
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (std::string_view("([{").find(c) != std::string_view::npos) {
      ++depth;
    } else if (std::string_view(")]}").find(c) != std::string_view::npos) {
      --depth;
    } else if (c == ',' && depth == 0) {
      return trim(text.substr(0, i));
    }
  }
  return trim(text);
}

// `assert X == Y, Z` that fails with Z: Y was expected, Z came. Another message is no value.
void read_check(std::string_view red, FailurePlace& place) {
  const std::string_view check = place.check;
  const size_t equals = check.find(kEquals);
  if (!check.starts_with(kAssert) || equals == std::string_view::npos) return;
  const std::string_view actual = trim(check.substr(kAssert.size(), equals - kAssert.size()));
  const std::string_view right = check.substr(equals + kEquals.size());
  const std::string_view expected = up_to_comma(right);
  const size_t comma = right.find(',', expected.size());
  const bool shows_value =
      comma != std::string_view::npos && trim(right.substr(comma + 1)) == actual;
  if (!shows_value || !red.starts_with(kFailed)) return;
  place.expected = expected;
  place.got = red.substr(kFailed.size());
}

}  // namespace

FailurePlace failure_place(const Verification& verification) {
  FailurePlace place;
  const auto step = std::ranges::find(verification.steps, kStep, &StepResult::name);
  if (!verification.reproduced.value_or(false) || step == verification.steps.end()) return place;
  const std::vector<retrieval::Trace> traces = retrieval::parse_traces(step->log);
  if (traces.empty()) return place;
  const std::vector<retrieval::Frame>& frames = traces.back().frames;
  const auto script = std::ranges::find_if(frames, [](const retrieval::Frame& frame) {
    return frame.path.find(kScript) != std::string::npos;
  });
  if (script == frames.end()) return place;
  if (script == frames.begin()) {
    place.check = script_line(step->log);
    read_check(verification.red, place);
    return place;
  }
  // The script stands at the root of the tree, so what is below its folder is the project's.
  const std::string root = script->path.substr(0, script->path.find(kScript) + 1);
  const auto own = std::ranges::find_if(frames.begin(), script, [&](const retrieval::Frame& frame) {
    return frame.path.starts_with(root) && frame.line > 0;
  });
  if (own == script) return place;
  place.path = own->path.substr(root.size());
  place.line = own->line;
  place.function = own->function;
  return place;
}

}  // namespace triage::publish
