#include "retrieval/parsed_internal.h"

#include <algorithm>
#include <cstring>

#include "pipeline/base/utf8.h"

namespace triage::retrieval {

namespace {

constexpr size_t kLongestLine = 5000;       // a longer line, in a file of few lines, is minified
constexpr size_t kAverageMinified = 400;
constexpr size_t kMostLiterals = 4000;
constexpr size_t kLongestLiteral = 400;     // bytes of it that are matched
constexpr size_t kFewestLiteralWords = 2;
constexpr float kSymbolWeight = 3;

bool is_letter(char c) { return is_identifier_part(c) && static_cast<unsigned char>(c) < 0x80; }

// The length of the placeholder at the start of a text, or 0: %s %-5.2d %(name)s {} {name} ${x} #{x}.
size_t placeholder_length(std::string_view text) {
  if (text.front() == '%') {
    size_t i = 1;
    if (i < text.size() && text[i] == '(') i = std::min(text.find(')', i), text.size() - 1) + 1;
    while (i < text.size() && std::strchr("-+ #0123456789.*hlqjzt", text[i]) != nullptr &&
           text[i] != '\0')
      ++i;
    return i < text.size() && is_letter(text[i]) ? i + 1 : 0;
  }
  const size_t open = text.front() == '$' || text.front() == '#' ? 1 : 0;
  if (text.size() <= open || text[open] != '{') return 0;
  const size_t close = text.find('}', open);
  return close > 80 ? 0 : close + 1;
}

void add_literal(const LexedSpan& span, std::uint32_t part, ParsedBlob& blob) {
  if (blob.literals.size() >= kMostLiterals || span.text.size() < 8) return;
  const std::string_view text = truncate_utf8(span.text, kLongestLiteral);
  std::vector<Term> words = literal_words(text, true);
  const auto count = static_cast<size_t>(
      std::ranges::count_if(words, [](Term word) { return word != kPlaceholder; }));
  if (count < kFewestLiteralWords) return;
  blob.literals.push_back(
      {span.line, part, std::move(words), std::string(text)});
}

std::vector<Term> name_roots(std::string_view symbol) {
  std::vector<Term> roots;
  for (size_t i = 0; i < symbol.size();) {
    const size_t begin = i;
    while (i < symbol.size() && is_identifier_part(symbol[i])) ++i;
    split_identifier(symbol.substr(begin, i - begin), [&](std::string_view part) {
      if (part.size() > 2) roots.push_back(term_of(root(part), TermKind::root));
    });
    while (i < symbol.size() && !is_identifier_part(symbol[i])) ++i;
  }
  return roots;
}

// Sorts the terms of one part and adds up their weights.
void add_part_terms(std::vector<ParsedBlob::Weighted>& raw, ParsedBlob::Part& part,
                    ParsedBlob& blob) {
  std::ranges::sort(raw, {}, &ParsedBlob::Weighted::term);
  part.first_term = static_cast<std::uint32_t>(blob.terms.size());
  for (size_t i = 0; i < raw.size();) {
    ParsedBlob::Weighted sum = raw[i];
    for (++i; i < raw.size() && raw[i].term == sum.term; ++i) sum.weight += raw[i].weight;
    blob.terms.push_back(sum);
  }
  part.last_term = static_cast<std::uint32_t>(blob.terms.size());
}

// The innermost part of every line; parts come outer before inner.
std::vector<std::uint32_t> owners(const std::vector<ParsedBlob::Part>& parts) {
  std::uint32_t last = 0;
  for (const auto& part : parts) last = std::max(last, part.span.end);
  std::vector<std::uint32_t> owner(last + 1, UINT32_MAX);
  // From the back, an inner part takes its lines before the outer one asks. next[] skips what is
  // taken, so that many nested parts stay linear.
  std::vector<std::uint32_t> next(last + 2);
  for (std::uint32_t i = 0; i < next.size(); ++i) next[i] = i;
  const auto free_from = [&](std::uint32_t line) {
    while (next[line] != line) line = next[line] = next[next[line]];
    return line;
  };
  for (size_t i = parts.size(); i-- > 0;) {
    for (std::uint32_t line = free_from(parts[i].span.start); line <= parts[i].span.end;
         line = free_from(line)) {
      owner[line] = static_cast<std::uint32_t>(i);
      next[line] = line + 1;
    }
  }
  return owner;
}

}  // namespace

std::string_view reason_to_skip(std::string_view content) {
  if (content.substr(0, 8192).find('\0') != std::string_view::npos) return "binary";
  if (content.starts_with("version https://git-lfs.github.com/spec/")) return "lfs-pointer";
  const auto lines = static_cast<size_t>(std::ranges::count(content, '\n')) + 1;
  size_t longest = 0;
  for (size_t begin = 0; begin < content.size();) {
    const size_t end = std::min(content.find('\n', begin), content.size());
    longest = std::max(longest, end - begin);
    begin = end + 1;
  }
  if (longest > kLongestLine && content.size() / lines > kAverageMinified) return "minified";
  return {};
}

std::vector<Term> literal_words(std::string_view text, bool placeholders) {
  std::vector<Term> words;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    const size_t hole =
        placeholders && (c == '%' || c == '{' || c == '$' || c == '#')
            ? placeholder_length(text.substr(i))
            : 0;
    if (hole > 0) {
      words.push_back(kPlaceholder);
      i += hole;
    } else if (placeholders && c == '\\') {
      i += 2;
    } else if (is_identifier_part(c)) {
      const size_t begin = i;
      while (i < text.size() && is_identifier_part(text[i])) ++i;
      words.push_back(term_of(lower_ascii(text.substr(begin, i - begin)), TermKind::line));
    } else {
      ++i;
    }
  }
  return words;
}

std::optional<Term> literal_start(const std::vector<Term>& words) {
  for (size_t i = 1; i < words.size(); ++i) {
    if (words[i - 1] != kPlaceholder && words[i] != kPlaceholder)
      return pair_of(words[i - 1], words[i]);
  }
  return std::nullopt;
}

ParsedBlob parse_blob(std::string_view content, const Language& language, Chunker& chunker) {
  TermCache cache;
  return parse_blob(content, language, chunker, cache);
}

ParsedBlob parse_blob(std::string_view content, const Language& language, Chunker& chunker,
                      TermCache& cache) {
  std::string repaired;
  if (!is_valid_utf8(content)) {
    repaired = repair_utf8(content);
    content = repaired;
  }
  ParsedBlob blob;
  blob.bytes = content.size();
  for (ChunkSpan& span : chunker.chunks(content, language)) {
    blob.parts.emplace_back();
    blob.parts.back().span = std::move(span);
  }
  const std::vector<std::uint32_t> owner = owners(blob.parts);
  std::vector<std::vector<ParsedBlob::Weighted>> raw(blob.parts.size());
  std::vector<Term> terms;
  lex(content, language.lexicon, [&](const LexedSpan& span) {
    const std::uint32_t part = span.line < owner.size() ? owner[span.line] : UINT32_MAX;
    if (part == UINT32_MAX) return;
    terms.clear();
    cache.add(span.text, terms);
    blob.parts[part].length += static_cast<float>(terms.size());
    for (size_t i = 0; i < terms.size(); ++i) {
      raw[part].push_back({terms[i], 1});
      // Pairs of words only where people write prose: that is where a phrase says something.
      if (span.kind != Span::code && i > 0)
        raw[part].push_back({pair_of(terms[i - 1], terms[i]), 0.25F});
    }
    if (span.kind == Span::string) add_literal(span, part, blob);
  });
  for (size_t i = 0; i < blob.parts.size(); ++i) {
    terms.clear();
    add_terms(blob.parts[i].span.symbol, terms);
    for (const Term term : terms) raw[i].push_back({term, kSymbolWeight});
    blob.parts[i].length += kSymbolWeight * static_cast<float>(terms.size());
    terms.clear();
    add_terms(blob.parts[i].span.symbol, terms, TermKind::symbol);
    for (const Term term : terms) raw[i].push_back({term, 1});
    for (const Term term : name_roots(blob.parts[i].span.symbol)) raw[i].push_back({term, 1});
    add_part_terms(raw[i], blob.parts[i], blob);
  }
  return blob;
}

}  // namespace triage::retrieval
