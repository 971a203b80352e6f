// .NET: "at Shop.Cart.Total(Int32 a) in C:\src\Cart.cs:line 41", in the languages of Windows; Mono
// and Unity. The inner exception comes first on the line of the outer or below it; frames are the
// inner's up to
// "--- End of inner exception stack trace ---", then the outer's:
//   System.Outer: a ---> System.Inner: b
//      at Inner frames
//      --- End of inner exception stack trace ---
//      at Outer frames
#include <algorithm>
#include <array>

#include "retrieval/traces/family_internal.h"

namespace triage::retrieval::traces {

namespace {

constexpr size_t kReach = 12;
constexpr std::string_view kEndInner = "--- End of inner exception stack trace ---";

struct Wording {
  std::string_view at, in, line;
};
constexpr auto kWordings = std::to_array<Wording>({{"at ", " in ", ":line "},
                                                   {"bei ", " in ", ":Zeile "},
                                                   {"à ", " dans ", ":ligne "},
                                                   {"en ", " en ", ":línea "},
                                                   {"in ", " in ", ":riga "},
                                                   {"em ", " em ", ":linha "},
                                                   {"в ", " в ", ":строка "},
                                                   {"w ", " w ", ":wiersz "},
                                                   {"at ", " in ", ":"}});

// The name before the arguments: dotted, without spaces but for Mono's "Type:Method (args)".
std::optional<std::string> method(std::string_view call) {
  const size_t open = call.find('(');
  if (open == call.npos || open == 0) return std::nullopt;
  const std::string_view name = trim(call.substr(0, open));
  const bool dotted = name.find('.') != name.npos || name.find(':') != name.npos;
  const bool lambda = name.find('<') != name.npos || name.find('[') != name.npos;
  if ((!dotted && !lambda) || (name.find(' ') != name.npos && !lambda)) return std::nullopt;
  return std::string(name);
}

std::optional<Frame> placed_frame(std::string_view line) {
  for (const Wording& wording : kWordings) {
    std::string_view rest = line;
    if (!take(rest, wording.at)) continue;
    const size_t in = rest.find(wording.in, std::min(rest.find(')'), rest.size()));
    if (in == rest.npos) continue;
    std::string_view where = rest.substr(in + wording.in.size());
    if (where.ends_with('.')) where.remove_suffix(1);
    auto frame = place_by(where, wording.line);
    auto name = method(rest.substr(0, in));
    if (!frame || !name) continue;
    // Mono without symbols: "in <3c1f…>:0".
    if (frame->path.starts_with('<')) frame->in_app = false, frame->path.clear();
    frame->function = std::move(*name);
    return frame;
  }
  return std::nullopt;
}

// "Shop.Cart:Total (Shop.Item) (at Assets/Scripts/Cart.cs:41)"
std::optional<Frame> unity_frame(std::string_view line) {
  const size_t at = line.find(" (at ");
  if (at == line.npos || !line.ends_with(')')) return std::nullopt;
  auto frame = place(line.substr(at + 5, line.size() - at - 6));
  if (!frame || !frame->path.ends_with(".cs")) return std::nullopt;
  frame->function = trim(before(line.substr(0, at), "("));
  return frame;
}

// Without symbols only the arguments tell it from other runtimes: "at
// System.Linq.First[T](IEnumerable`1 s)".
std::optional<Frame> bare_frame(std::string_view line) {
  for (const Wording& wording : kWordings) {
    std::string_view rest = line;
    if (!take(rest, wording.at) || !rest.ends_with(')') || rest.find(" (") != rest.npos) continue;
    const std::string_view arguments = rest.substr(std::min(rest.find('('), rest.size()));
    if (arguments.find(':') != arguments.npos || arguments.find('/') != arguments.npos)
      return std::nullopt;
    auto name = method(rest);
    if (name && name->find(':') == std::string::npos) return Frame{"", 0, std::move(*name), false};
  }
  return std::nullopt;
}

std::optional<Frame> dotnet_frame(std::string_view line) {
  for (const auto form : {placed_frame, unity_frame, bare_frame}) {
    if (auto frame = form(line)) return frame;
  }
  return std::nullopt;
}

// "Outer: a ---> Inner: b" and " ---> (Inner Exception #0) Inner: b"
std::vector<Trace> headers(const Lines& lines, size_t at, size_t floor) {
  std::vector<Trace> chain;
  const size_t last = at - std::min({kReach, at, at - std::min(at, floor)});
  std::vector<std::string_view> texts;
  for (size_t i = at; i-- > last;) {
    std::string_view text = lines[i].text;
    const bool inner = text.starts_with("---> ");
    const auto error = read_error(text);
    if (!inner && !error && i + 1 < at) continue;
    if (!inner && !error && !read_any_error(text)) continue;
    texts.push_back(text);
    if (!inner) break;
  }
  for (auto text = texts.rbegin(); text != texts.rend(); ++text) {
    std::string_view rest = *text;
    take(rest, "---> ");
    while (!rest.empty()) {
      const size_t arrow = rest.find(" ---> ");
      std::string_view one = rest.substr(0, arrow);
      if (one.starts_with("(Inner Exception #"))
        one = trim(one.substr(std::min(one.find(')') + 1, one.size())));
      const auto error =
          read_error(one).value_or(read_any_error(one).value_or(ErrorText{"", message_text(one)}));
      chain.push_back(Trace{"csharp", error.exception, error.message, {}, {}});
      rest = arrow == rest.npos ? std::string_view{} : rest.substr(arrow + 6);
    }
  }
  if (chain.empty()) chain.push_back(Trace{"csharp", "", "", {}, {}});
  return chain;
}

}  // namespace

std::optional<Found> read_dotnet(const Lines& lines, size_t at, size_t floor) {
  const std::string_view first = lines[at].text;
  const bool clear = placed_frame(first) || unity_frame(first);
  if (!clear && !bare_frame(first)) return std::nullopt;
  std::vector<Trace> chain = headers(lines, at, floor);
  if (!clear && chain.front().exception.empty()) return std::nullopt;
  size_t link = chain.size() - 1, end = at, gap = 0;
  for (size_t i = at; i < lines.size() && gap <= 3; ++i) {
    const std::string_view text = lines[i].text;
    if (auto frame = dotnet_frame(text)) {
      keep(chain[link], std::move(*frame));
    } else if (text.starts_with("--- ") && text.ends_with(" ---")) {
      // The other line of this form, "from previous location", parts the frames of one exception.
      if (text.find("inner") != text.npos || text == kEndInner) link -= link > 0 ? 1 : 0;
    } else {
      const auto error = read_error(text);
      if ((error && error->first) || text.starts_with("---> ")) break;
      ++gap;
      continue;
    }
    gap = 0;
    end = i + 1;
  }
  Found found;
  found.traces.push_back(nest(std::move(chain)));
  found.end = end;
  return found;
}

}  // namespace triage::retrieval::traces
