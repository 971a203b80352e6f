#include "retrieval/pack.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "pipeline/base/utf8.h"

namespace triage::retrieval {

namespace {

constexpr std::uint64_t kLargestFile = 1U << 20U;
constexpr size_t kChunkOverhead = 24;      // tokens for the path, the lines and the fence
constexpr std::uint32_t kLongestPart = 400;  // lines of one symbol that are shown

// The lines of one file, with the offset at which each begins.
struct Text {
  explicit Text(std::string content) : bytes(std::move(content)) {
    for (size_t at = 0; at < bytes.size(); at = bytes.find('\n', at) + 1) {
      starts.push_back(at);
      if (bytes.find('\n', at) == std::string::npos) break;
    }
  }
  std::uint32_t lines() const { return static_cast<std::uint32_t>(starts.size()); }
  std::string_view range(std::uint32_t start, std::uint32_t end) const {
    const size_t from = starts[start - 1];
    const size_t to = end < lines() ? starts[end] : bytes.size();
    return std::string_view(bytes).substr(from, to - from);
  }
  std::string bytes;
  std::vector<size_t> starts;
};

class Packer {
 public:
  Packer(const Repository& repository, const std::string& commit, size_t budget)
      : repository_(repository), commit_(commit), left_(budget) {}

  Result<void> add(const Chunk& chunk) {
    const Text* text = TRY(text_of(chunk.path));
    if (text == nullptr || chunk.start == 0 || chunk.start > text->lines()) return {};
    const std::uint32_t end =
        std::min({chunk.end, text->lines(), chunk.start + kLongestPart - 1});
    std::vector<PackedChunk>& same = packed_[chunk.path];
    const bool known = std::ranges::any_of(
        same, [&](const PackedChunk& p) { return p.start <= chunk.start && p.end >= end; });
    if (known || end < chunk.start) return {};
    const size_t cost = estimate_tokens(text->range(chunk.start, end)) + kChunkOverhead;
    if (cost > left_) return {};
    left_ -= cost;
    same.push_back({chunk.path, chunk.start, end, chunk.symbol, ""});
    return {};
  }

  // Merges what overlaps or touches, and cuts the lines out.
  std::vector<PackedChunk> finish() {
    std::vector<PackedChunk> out;
    for (auto& [path, chunks] : packed_) {
      std::ranges::sort(chunks, {}, [](const PackedChunk& p) {
        return std::tuple(p.start, UINT32_MAX - p.end);
      });
      const size_t first = out.size();
      for (PackedChunk& chunk : chunks) {
        PackedChunk* last = out.size() > first ? &out.back() : nullptr;
        if (last == nullptr || chunk.start > last->end) {
          out.push_back(std::move(chunk));
        } else {
          last->end = std::max(last->end, chunk.end);
          if (last->symbol.empty()) last->symbol = chunk.symbol;
        }
      }
      for (size_t i = first; i < out.size(); ++i)
        out[i].text = repair_utf8(texts_.at(path).range(out[i].start, out[i].end));
    }
    return out;
  }

 private:
  // Null where the file is gone or too large: then there is nothing to show.
  Result<const Text*> text_of(const std::string& path) {
    const auto known = texts_.find(path);
    if (known != texts_.end()) return &known->second;
    auto content = repository_.read_file(commit_, path, kLargestFile);
    if (!content.ok()) {
      const ErrorKind kind = content.error().kind;
      if (kind == ErrorKind::not_found || kind == ErrorKind::exhausted)
        return static_cast<const Text*>(nullptr);
      return content.error();
    }
    return &texts_.emplace(path, Text(std::move(*content))).first->second;
  }

  const Repository& repository_;
  const std::string& commit_;
  size_t left_;
  std::map<std::string, Text> texts_;
  std::map<std::string, std::vector<PackedChunk>> packed_;
};

}  // namespace

size_t estimate_tokens(std::string_view text) {
  // Words cost a token per five letters, digits one per two, every other sign one; runs of spaces
  // are cheap and other scripts are dear.
  size_t tokens = 0, letters = 0, digits = 0, spaces = 0;
  const auto close = [&] {
    tokens += (letters + 4) / 5 + (digits + 1) / 2 + (spaces > 1 ? 1 + spaces / 16 : 0);
    letters = digits = spaces = 0;
  };
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    const bool space = c == ' ' || c == '\t';
    if ((letter && letters == 0) || (digit && digits == 0) || (space && spaces == 0)) close();
    letters += letter ? 1 : 0;
    digits += digit ? 1 : 0;
    spaces += space ? 1 : 0;
    if (letter || digit || space) continue;
    close();
    ++tokens;
  }
  close();
  return tokens;
}

Result<std::vector<PackedChunk>> pack(const Repository& repository, const std::string& commit,
                                      const SearchAnswer& answer, size_t token_budget) {
  Packer packer(repository, commit, token_budget);
  for (const ChunkHit& hit : answer.chunks) TRY(packer.add(hit.chunk));
  return packer.finish();
}

}  // namespace triage::retrieval
