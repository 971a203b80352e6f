// The knapsack's values are what a search thinks a place is worth, its weights tokens. Greedy by
// value per token, re-computed after each choice, since a choice makes others cheaper (their class's
// head and imports are shown already) and less wanted (a second method of the same file).
#include "retrieval/pack.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "pipeline/base/utf8.h"
#include "retrieval/source_outline_internal.h"

namespace triage::retrieval {

namespace {

constexpr std::uint64_t kLargestFile = 1U << 20U;
constexpr size_t kMostFiles = 12;       // each is parsed anew
constexpr size_t kPieceOverhead = 16;     // tokens for the lines, the symbol and the fence of a piece
constexpr double kLargestShare = 0.4;     // of the budget, for one symbol
constexpr double kSameFile = 0.9;         // what one more choice from a file is worth of the one before
constexpr double kCostPower = 0.5;        // 1: value per token; 0: value alone
constexpr double kScorePower = 4;         // how fast a hit's value falls with its score
constexpr double kContainer = 0.5;        // the lines of a class around its methods, of its value
constexpr size_t kWholeContainer = 600;   // tokens up to which a class is shown whole
constexpr std::uint32_t kMostImports = 12;  // lines of a file
constexpr std::uint32_t kBridge = 3;      // lines between two pieces that are shown to join them
constexpr std::uint32_t kAround = 12;     // lines around a focus line when its symbol is cut
constexpr size_t kMostSymbols = 4;        // named on one piece
constexpr size_t kNeighbourFiles = 8;

// What can be chosen: lines of one symbol.
struct Unit {
  size_t file = 0;
  std::vector<LineRange> ranges;
  std::string symbol;
  double value = 0;
  std::uint32_t span = SourceOutline::kNone;
  std::vector<LineRange> heads, imports;  // of what encloses it; that it uses
};

struct File {
  File(std::string name, std::string content, Chunker& chunker)
      : path(std::move(name)),
        outline(std::move(content), language_of(path), chunker),
        shown(outline.lines() + 2),
        heading(estimate_tokens(path) + kPieceOverhead) {}

  bool is_shown(std::uint32_t line) const { return shown[line]; }
  // Whether a range continues what is shown, but for blank lines.
  bool joins(LineRange range) const {
    std::uint32_t before = range.start - 1, after = range.end + 1;
    while (before > 0 && !shown[before] && outline.blank(before)) --before;
    while (after <= outline.lines() && !shown[after] && outline.blank(after)) ++after;
    return shown[before] || shown[after];
  }

  std::string path;
  SourceOutline outline;
  std::vector<bool> shown;  // by line, one more at both ends
  size_t heading;           // tokens of what stands above a piece
  size_t chosen = 0;
  std::uint32_t imports = 0;  // lines of them that are shown
  std::map<std::uint32_t, std::string> symbols;  // by the line where they begin
};

class Packer {
 public:
  Packer(const Repository& repository, const std::string& commit, size_t budget)
      : repository_(repository), commit_(commit), left_(budget),
        largest_(static_cast<size_t>(static_cast<double>(budget) * kLargestShare)) {}

  Result<void> choose(const SearchAnswer& answer, std::span<const FocusLine> focus) {
    TRY(add_focus(focus));
    TRY(add_hits(answer));
    while (take_best()) {
    }
    add_neighbours();
    return {};
  }

  std::vector<PackedChunk> pieces() const {
    std::vector<const File*> in_order;
    for (const auto& file : files_) in_order.push_back(file.get());
    std::ranges::sort(in_order, {}, [](const File* file) { return file->path; });
    std::vector<PackedChunk> out;
    for (const File* file : in_order) add_pieces(*file, out);
    return out;
  }

 private:
  // Null where the file is gone, empty or too large, or enough others are at hand.
  Result<std::optional<size_t>> file_of(const std::string& path) {
    if (const auto known = by_path_.find(path); known != by_path_.end()) return known->second;
    std::optional<size_t>& number = by_path_[path];
    if (files_.size() == kMostFiles) return number;
    auto content = repository_.read_file(commit_, path, kLargestFile);
    if (!content.ok()) {
      const ErrorKind kind = content.error().kind;
      if (kind == ErrorKind::not_found || kind == ErrorKind::exhausted) return number;
      return content.error();
    }
    if (content->empty()) return number;
    number = files_.size();
    files_.push_back(std::make_unique<File>(path, std::move(*content), chunker_));
    return number;
  }

  Result<void> add_focus(std::span<const FocusLine> focus) {
    for (size_t i = 0; i < focus.size(); ++i) {
      const auto number = TRY(file_of(focus[i].path));
      if (!number) continue;
      const File& file = *files_[*number];
      if (focus[i].line == 0 || focus[i].line > file.outline.lines()) continue;
      focus_[*number].push_back(focus[i].line);
      const std::uint32_t span = file.outline.span_at(focus[i].line);
      if (span != SourceOutline::kNone)
        add_unit(*number, span, 1.5 / static_cast<double>(i + 1) + 0.5);
    }
    return {};
  }

  Result<void> add_hits(const SearchAnswer& answer) {
    const double most = answer.chunks.empty() ? 1 : std::max(answer.chunks.front().score, 1e-9);
    for (const ChunkHit& hit : answer.chunks) {
      const auto number = TRY(file_of(hit.chunk.path));
      if (!number) continue;
      const SourceOutline& outline = files_[*number]->outline;
      const std::uint32_t end = std::min(hit.chunk.end, outline.lines());
      if (hit.chunk.start == 0 || hit.chunk.start > end) continue;
      const double value = std::pow(std::clamp(hit.score / most, 0.01, 1.0), kScorePower);
      const auto& spans = outline.spans();
      const auto same = std::ranges::find_if(spans, [&](const ChunkSpan& s) {
        return s.start == hit.chunk.start && s.end == end;
      });
      if (same != spans.end())
        add_unit(*number, static_cast<std::uint32_t>(same - spans.begin()), value, hit.chunk.symbol);
      else
        add({*number, shortened(*number, {hit.chunk.start, end}, 1), hit.chunk.symbol, value,
             outline.span_at(hit.chunk.start), {}, {}});
    }
    return {};
  }

  // A symbol as it can be shown: whole, a class without its methods, or cut.
  void add_unit(size_t number, std::uint32_t span, double value, const std::string& symbol = "") {
    const SourceOutline& outline = files_[number]->outline;
    const ChunkSpan& chunk = outline.spans()[span];
    const LineRange whole{chunk.start, chunk.end};
    Unit unit{number, {whole}, symbol.empty() ? chunk.symbol : symbol, value, span, {}, {}};
    const size_t cost = outline.cost(whole);
    const std::vector<LineRange> own = outline.own_lines(span);
    const bool container = own.size() != 1 || own.front().count() != whole.count();
    if (container && cost > std::min(kWholeContainer, largest_)) {
      unit.ranges.clear();
      unit.value *= kContainer;
      for (const LineRange& range : own) {
        for (const LineRange& part : shortened(number, range, own.size()))
          unit.ranges.push_back(part);
      }
    } else {
      unit.ranges = shortened(number, whole, 1);
    }
    add(std::move(unit));
  }

  // The range, or its head and what is around its focus lines where it is too large.
  std::vector<LineRange> shortened(size_t number, LineRange range, size_t parts) const {
    const SourceOutline& outline = files_[number]->outline;
    const size_t share = largest_ / std::max<size_t>(parts, 1);
    if (outline.cost(range) <= share) return {range};
    std::vector<LineRange> out;
    std::vector<std::uint32_t> lines;
    if (const auto found = focus_.find(number); found != focus_.end()) {
      for (const std::uint32_t line : found->second) {
        if (range.holds(line)) lines.push_back(line);
      }
    }
    const std::uint32_t head = outline.cut(range, share / (lines.empty() ? 1 : lines.size() + 1));
    if (head >= range.start) out.push_back({range.start, head});
    for (const std::uint32_t line : lines) {
      for (std::uint32_t reach = kAround; reach > 0; reach /= 2) {
        const LineRange around{std::max(range.start, line > reach ? line - reach : 1),
                               std::min(range.end, line + reach)};
        if (outline.cost(around) > share / (lines.size() + 1)) continue;
        out.push_back(around);
        break;
      }
    }
    return out;
  }

  void add(Unit unit) {
    const SourceOutline& outline = files_[unit.file]->outline;
    if (unit.span != SourceOutline::kNone) {
      for (auto up = outline.parent(unit.span); up != SourceOutline::kNone; up = outline.parent(up))
        unit.heads.push_back(outline.header(up));
    }
    for (const LineRange& range : unit.ranges) {
      for (const LineRange& import : outline.imports_for(range)) unit.imports.push_back(import);
    }
    if (!unit.ranges.empty()) units_.push_back(std::move(unit));
  }

  // All lines that come with a unit: itself, heads of what encloses it, imports it uses.
  std::vector<LineRange> with_surroundings(const Unit& unit) const {
    const File& file = *files_[unit.file];
    std::vector<LineRange> out = unit.ranges;
    out.insert(out.end(), unit.heads.begin(), unit.heads.end());
    std::uint32_t imports = file.imports;
    for (const LineRange& import : unit.imports) {
      if (file.is_shown(import.start) || imports + import.count() > kMostImports) continue;
      imports += import.count();
      out.push_back(import);
    }
    return out;
  }

  // Tokens that these lines add to what is shown.
  size_t cost_of(const File& file, const std::vector<LineRange>& ranges) const {
    size_t cost = 0;
    for (const LineRange& range : ranges) {
      size_t added = 0;
      for (std::uint32_t line = range.start; line <= range.end; ++line)
        added += file.is_shown(line) ? 0 : file.outline.cost(line);
      const bool joined = file.joins(range);
      cost += added + (added > 0 && !joined ? file.heading : 0);
    }
    return cost;
  }

  bool take_best() {
    size_t best = units_.size(), best_cost = 0;
    double most = 0;
    for (size_t i = 0; i < units_.size(); ++i) {
      if (units_[i].value <= 0) continue;
      const File& file = *files_[units_[i].file];
      const size_t cost = cost_of(file, with_surroundings(units_[i]));
      if (cost == 0) units_[i].value = 0;  // all of it is shown already
      if (cost == 0 || cost > left_) continue;
      const double worth = units_[i].value * std::pow(kSameFile, static_cast<double>(file.chosen)) /
                           std::pow(static_cast<double>(cost), kCostPower);
      if (worth <= most) continue;
      most = worth;
      best = i;
      best_cost = cost;
    }
    if (best == units_.size()) return false;
    show(units_[best], best_cost);
    chosen_.push_back(units_[best]);
    units_[best].value = 0;
    return true;
  }

  void show(const Unit& unit, size_t cost) {
    File& file = *files_[unit.file];
    const std::vector<LineRange> all = with_surroundings(unit);
    const size_t before_imports = unit.ranges.size() + unit.heads.size();
    for (size_t i = 0; i < all.size(); ++i) {
      if (i >= before_imports) file.imports += all[i].count();
      for (std::uint32_t line = all[i].start; line <= all[i].end; ++line) file.shown[line] = true;
    }
    if (!unit.symbol.empty()) file.symbols.emplace(unit.ranges.front().start, unit.symbol);
    ++file.chosen;
    left_ -= std::min(left_, cost);
  }

  // What stands beside the choices, the best choice first, nearer before farther.
  void add_neighbours() {
    const size_t count = chosen_.size();
    for (std::uint32_t distance = 1; distance <= 3; ++distance) {
      for (size_t i = 0; i < std::min(count, kNeighbourFiles * 2); ++i) {
        for (const bool after : {true, false}) add_neighbour(chosen_[i], distance, after);
      }
    }
  }

  void add_neighbour(const Unit& unit, std::uint32_t distance, bool after) {
    const SourceOutline& outline = files_[unit.file]->outline;
    if (unit.span == SourceOutline::kNone) return;
    const auto& spans = outline.spans();
    std::uint32_t at = unit.span;
    for (std::uint32_t steps = 0; steps < distance;) {
      at = after ? at + 1 : at - 1;  // before 0 comes the largest number, which is past the end
      if (at >= spans.size()) return;
      if (outline.parent(at) == outline.parent(unit.span)) ++steps;
    }
    const LineRange range{spans[at].start, spans[at].end};
    const Unit neighbour{unit.file, {range}, spans[at].symbol, 0, at, unit.heads, {}};
    const size_t cost = cost_of(*files_[unit.file], with_surroundings(neighbour));
    if (cost > 0 && cost <= left_ && cost <= largest_) show(neighbour, cost);
  }

  static std::string symbols_in(const File& file, LineRange range) {
    std::string out;
    size_t named = 0;
    for (auto at = file.symbols.lower_bound(range.start);
         at != file.symbols.end() && at->first <= range.end && named < kMostSymbols; ++at, ++named)
      out += (out.empty() ? "" : ", ") + at->second;
    return out;
  }

  // What of the symbol around its last line a piece does not show.
  static std::string left_out(const File& file, std::uint32_t end) {
    std::uint32_t next = end + 1;
    while (next <= file.outline.lines() && !file.is_shown(next)) ++next;
    for (std::uint32_t span = file.outline.span_at(end); span != SourceOutline::kNone;
         span = file.outline.parent(span)) {
      const ChunkSpan& chunk = file.outline.spans()[span];
      const std::uint32_t last = std::min(chunk.end, next - 1);
      if (last <= end + 1) continue;  // nothing, or a closing bracket
      std::string words = "lines " + std::to_string(end + 1) + "-" + std::to_string(last);
      return chunk.symbol.empty() ? words : words + " of " + chunk.symbol;
    }
    return "";
  }

  static void add_pieces(const File& file, std::vector<PackedChunk>& out) {
    const std::uint32_t lines = file.outline.lines();
    for (std::uint32_t line = 1; line <= lines; ++line) {
      if (!file.is_shown(line)) continue;
      LineRange range{line, line};
      for (std::uint32_t ahead = line + 1; ahead <= lines && ahead - range.end <= kBridge + 1; ++ahead) {
        if (!file.is_shown(ahead)) continue;
        const bool cheap = ahead == range.end + 1 ||
                           file.outline.cost({range.end + 1, ahead - 1}) <= file.heading;
        if (!cheap) break;
        range.end = ahead;
      }
      out.push_back({file.path, range.start, range.end, symbols_in(file, range),
                     repair_utf8(file.outline.text(range)), left_out(file, range.end)});
      line = range.end;
    }
  }

  const Repository& repository_;
  const std::string& commit_;
  size_t left_;
  const size_t largest_;
  Chunker chunker_;
  std::vector<std::unique_ptr<File>> files_;
  std::map<std::string, std::optional<size_t>> by_path_;
  std::map<size_t, std::vector<std::uint32_t>> focus_;  // lines by file
  std::vector<Unit> units_, chosen_;
};

}  // namespace

Result<std::vector<PackedChunk>> pack(const Repository& repository, const std::string& commit,
                                      const SearchAnswer& answer, size_t token_budget,
                                      std::span<const FocusLine> focus) {
  Packer packer(repository, commit, token_budget);
  TRY(packer.choose(answer, focus));
  return packer.pieces();
}

}  // namespace triage::retrieval
