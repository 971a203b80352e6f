// The table, and what several families share.
#include <algorithm>
#include <array>

#include "retrieval/traces/family_internal.h"

namespace triage::retrieval::traces {

namespace {

constexpr size_t kDeepest = 32;  // causes of causes; the answer nests, so a hostile one is cut
constexpr size_t kGap = 3;       // lines that are no frame before a trace is over

// In the order asked: the first that accepts a line has it, so the strict come before the lenient.
constexpr auto kFamilies = std::to_array<Family>({
    {"python", read_python, "\"("},
    {"ipython", read_ipython, "("},
    {"pytest", read_pytest, ":"},
    {"jvm", read_jvm, "("},
    {"dotnet", read_dotnet, "("},
    {"javascript", read_javascript, ":@(a"},
    {"go", read_go, ":.("},
    {"rust", read_rust, ":"},
    {"ruby", read_ruby, ":"},
    {"php", read_php, "#:"},
    {"dart", read_dart, "#."},
    {"beam", read_beam, "*:{"},
    {"perl", read_perl, "a"},
    {"lua", read_lua, ":"},
    {"valgrind", read_valgrind, ":"},
    {"sanitizer", read_sanitizer, "#:"},
    {"debugger", read_debugger, "#(,="},
    {"windbg", read_windbg, ":C"},
    {"minidump", read_minidump, "|(T"},
    {"apple", read_apple, "x:"},
    {"kernel", read_kernel, "+:([U"},
    {"backtrace", read_backtrace, "[#>@"},
    {"assertion", read_assertion, ":#'"},
});

// The traces that one text of a chain-writing runtime holds: one main chain, and those put aside.
class Chains {
 public:
  explicit Chains(std::string_view language) : language_(language) { open(); }

  Trace& current() { return chains_[now_][link_]; }

  void mark(Mark mark, std::uint32_t indent) {
    if (mark == Mark::aside && chains_.size() < kDeepest) {
      indents_.push_back(indent);
      open();
      return;
    }
    // What stands further out than the suppressed one belongs to the main chain again.
    if (now_ > 0 && indent < indents_.back()) now_ = 0;
    std::vector<Trace>& chain = chains_[now_];
    link_ = mark == Mark::wrapped ? 0 : chain.size();
    if (chain.size() < kDeepest)
      chain.insert(chain.begin() + static_cast<std::ptrdiff_t>(link_), blank());
    else
      link_ = chain.size() - 1;
  }

  std::vector<Trace> take() {
    std::vector<Trace> out;
    for (std::vector<Trace>& chain : chains_) out.push_back(nest(std::move(chain)));
    return out;
  }

 private:
  Trace blank() const {
    Trace trace;
    trace.language = language_;
    return trace;
  }

  void open() {
    chains_.emplace_back().push_back(blank());
    now_ = chains_.size() - 1;
    link_ = 0;
  }

  std::string_view language_;
  std::vector<std::vector<Trace>> chains_;
  std::vector<std::uint32_t> indents_;
  size_t now_ = 0, link_ = 0;
};

void name_it(Trace& trace, std::string_view text) {
  const auto error = read_any_error(text);
  if (error) {
    trace.exception = error->exception;
    trace.message = error->message;
  } else {
    trace.message = message_text(text);
  }
}

}  // namespace

std::span<const Family> families() { return kFamilies; }

std::optional<ErrorText> error_above(const Lines& lines, size_t at, size_t floor, size_t reach) {
  std::optional<ErrorText> best;
  size_t best_line = at;
  const size_t last = at - std::min({reach, at, at - std::min(at, floor)});
  for (size_t i = at; i-- > last;) {
    const std::string_view text = lines[i].text;
    auto error = i + 1 == at ? read_any_error(text) : read_error(text);
    if (error && i + 1 == at && !error->first) error = read_error(text);
    if (!error || (best && !error->first)) continue;
    best = std::move(error);
    best_line = i;
    if (best->first || best_line + 1 == at) break;
  }
  for (size_t i = best_line + 1; best && i < at && !lines[i].text.empty(); ++i)
    best->message = message_text(best->message + (best->message.empty() ? "" : "\n") +
                                 std::string(lines[i].text));
  return best;
}

Trace nest(std::vector<Trace> chain) {
  while (chain.size() > 1) {
    Trace inner = std::move(chain.back());
    chain.pop_back();
    if (!inner.exception.empty() || !inner.message.empty() || !inner.frames.empty())
      chain.back().cause.push_back(std::move(inner));
  }
  return std::move(chain.front());
}

Found read_chain(const Lines& lines, size_t at, size_t floor, const Dialect& dialect) {
  Chains chains(dialect.language);
  if (auto error = error_above(lines, at, floor, dialect.reach)) {
    chains.current().exception = std::move(error->exception);
    chains.current().message = std::move(error->message);
  }
  size_t end = at, gap = 0;
  bool waits = false;  // a cause was named and its frames have not come
  for (size_t i = at; i < lines.size(); ++i) {
    const Line& line = lines[i];
    if (auto frame = dialect.frame(line.text)) {
      keep(chains.current(), std::move(*frame));
      waits = false;
    } else if (const Marked marked = dialect.mark(line.text); marked.mark == Mark::skip) {
    } else if (marked.mark != Mark::none) {
      chains.mark(marked.mark, line.indent);
      name_it(chains.current(), marked.rest);
      waits = true;
    } else {
      const auto error = read_error(line.text);
      if ((error && error->first && !waits) || ++gap > (waits ? dialect.reach : kGap)) break;
      continue;
    }
    gap = 0;
    end = i + 1;
  }
  return {chains.take(), end};
}

}  // namespace triage::retrieval::traces
