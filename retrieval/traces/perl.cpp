// Perl: "no cart at lib/Shop/Cart.pm line 41." and, from Carp, below it
// "    Shop::Cart::total(5) called at bin/shop.pl line 9".
#include <algorithm>
#include <array>

#include "retrieval/traces/family_internal.h"

namespace triage::retrieval::traces {

namespace {

bool is_perl_file(std::string_view path) {
  static constexpr auto kEndings =
      std::to_array<std::string_view>({".pl", ".pm", ".t", ".cgi", ".psgi", ".PL", ".al"});
  if (path == "-e" || path.starts_with("(eval ")) return true;
  return path.find(' ') == path.npos &&
         (std::ranges::any_of(kEndings, [&](auto end) { return path.ends_with(end); }) ||
          path.starts_with('/'));
}

// "…at PATH line 12." with what is being read behind it: ", <STDIN> line 3."
std::optional<Frame> placed(std::string_view line, std::string_view mark, std::string_view& text) {
  for (size_t at = line.find(mark); at != line.npos; at = line.find(mark, at + 1)) {
    std::string_view rest = line.substr(at + mark.size());
    const size_t word = rest.find(" line ");
    if (word == rest.npos) return std::nullopt;
    const std::string_view path = rest.substr(0, word);
    rest.remove_prefix(word + 6);
    const auto number = take_number(rest);
    const bool over =
        rest.empty() || rest == "." || rest.starts_with(", ") || rest.starts_with(".");
    if (!number || !over || !is_perl_file(path)) continue;
    text = trim(line.substr(0, at));
    return Frame{std::string(path), *number, "", true};
  }
  return std::nullopt;
}

std::optional<Frame> call_line(std::string_view line) {
  std::string_view call;
  auto frame = placed(line, " called at ", call);
  if (!frame) return std::nullopt;
  frame->function = trim(before(before(call, "("), "{"));
  return frame;
}

}  // namespace

std::optional<Found> read_perl(const Lines& lines, size_t at, size_t) {
  if (lines[at].text.find(" line ") == std::string_view::npos) return std::nullopt;
  std::string_view text;
  const bool headless = call_line(lines[at].text).has_value();
  auto first = headless ? std::nullopt : placed(lines[at].text, " at ", text);
  if (!first && !headless) return std::nullopt;
  Trace trace{"perl", "", "", {}, {}};
  if (first) {
    trace.exception = "die";
    trace.message = message_text(text);
    // A file named without a path of its kind is prose more often than an error.
    keep(trace, std::move(*first));
  }
  Found found{{}, at + 1};
  for (size_t i = headless ? at : at + 1; i < lines.size(); ++i) {
    auto frame = call_line(lines[i].text);
    if (!frame) break;
    keep(trace, std::move(*frame));
    found.end = i + 1;
  }
  if (trace.frames.size() > 1 || !headless) found.traces.push_back(std::move(trace));
  return found;
}

}  // namespace triage::retrieval::traces
