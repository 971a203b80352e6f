#include "retrieval/ticket_text_internal.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "pipeline/base/ascii.h"
#include "pipeline/base/utf8.h"
#include "retrieval/parsed_internal.h"

namespace triage::retrieval {

namespace {

constexpr size_t kMostText = 128 * 1024;  // the rest of a longer ticket is log output
constexpr size_t kMostTerms = 2000;
constexpr size_t kMostMentions = 200;
constexpr size_t kMostCompounds = 256;
constexpr size_t kShortestCompound = 5, kLongestCompound = 40;

// What a word counts by where it stands.
constexpr float kTitle = 2.0F, kProse = 1.0F, kCode = 0.5F;
// What a name counts by how it is marked as one.
constexpr float kNameInTitle = 1.5F, kNameQuoted = 1.2F, kNameInCode = 0.5F, kNameByShape = 1.0F,
                kNameByPlace = 0.3F;

bool is_mention_char(char c) {
  return is_identifier_part(c) || c == '.' || c == '/' || c == '\\' || c == '-' || c == ':' ||
         c == '+' || c == '@';
}

// "<!-- … -->" out: templates hide their instructions there.
std::string without_html_comments(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t open = std::min(text.find("<!--"), text.size());
    out.append(text.substr(0, open));
    const size_t close = text.find("-->", open);
    if (open == text.size() || close == text.npos) break;
    text.remove_prefix(close + 3);
    out += ' ';
  }
  return out;
}

bool is_known_extension(std::string_view name) {
  const size_t dot = name.rfind('.');
  return dot != name.npos && dot > 0 && dot + 1 < name.size() &&
         (language_of(name).name != "text" || name.ends_with(".txt") || name.ends_with(".md"));
}

// A line of a version listing: "numpy: 1.19.4", "OS: Linux", "python-dateutil==2.8", "pip 20.1".
bool is_environment_line(std::string_view line) {
  if (line.size() > 80) return false;
  size_t words = 0;
  bool in_word = false;
  for (const char c : line) {
    const bool blank = c == ' ' || c == '\t';
    words += !blank && !in_word ? 1 : 0;
    in_word = !blank;
  }
  if (words > 4) return false;
  if (line.find_first_not_of("{}[], ") == line.npos) return true;
  const size_t colon = line.find(':');
  if (colon != line.npos && colon > 1 && line.substr(0, colon).find_first_of("({[.>") == line.npos)
    return true;
  const size_t digit = line.find_last_of("0123456789");
  return line.find("==") != line.npos ||
         (words <= 2 && digit != line.npos && line.substr(0, digit).find('.') != line.npos);
}

// What such a listing has somewhere, and a table of settings has not.
bool tells_of_versions(std::string_view line) {
  const std::string low = lower_ascii(line);
  return low.find("version") != low.npos || low.find("python") != low.npos ||
         low.starts_with("os:") || low.find("platform") != low.npos || low.find("numpy") != low.npos;
}

// The words of literal_words() as terms of code.
std::vector<Term> word_stems(std::string_view text) {
  std::vector<Term> stems;
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    while (i < text.size() && is_identifier_part(text[i])) ++i;
    if (i == begin) ++i;
    else stems.push_back(term_of(stem(joined(text.substr(begin, i - begin)))));
  }
  return stems;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(trim(text.substr(begin, end - begin), " \t\r"));
    begin = end + 1;
  }
  return lines;
}

// Which lines list versions: four or more of that look in a row, blank ones not counted.
std::vector<bool> environment_lines(const std::vector<std::string_view>& lines) {
  constexpr size_t kFewest = 4;
  std::vector<bool> out(lines.size());
  std::vector<size_t> run;
  const auto end_run = [&] {
    if (run.size() >= kFewest &&
        std::ranges::any_of(run, [&](size_t line) { return tells_of_versions(lines[line]); })) {
      for (const size_t line : run) out[line] = true;
    }
    run.clear();
  };
  for (size_t i = 1; i < lines.size(); ++i) {
    if (is_environment_line(lines[i])) run.push_back(i);
    else if (!lines[i].empty()) end_run();
  }
  end_run();
  return out;
}

class Reader {
 public:
  TicketText read(std::string_view text) {
    const std::string clean = without_html_comments(truncate_utf8(text, kMostText));
    out_.traces = parse_traces(clean);
    out_.words = literal_words(clean, false);
    out_.stems = word_stems(clean);
    bool fenced = false, first = true;
    const std::vector<std::string_view> lines = lines_of(clean);
    const std::vector<bool> environment = environment_lines(lines);
    for (size_t i = 0; i < lines.size(); ++i) {
      const std::string_view bare = lines[i];
      if (bare.starts_with("```") || bare.starts_with("~~~")) {
        fenced = !fenced;
        continue;
      }
      if (bare.empty() || environment[i]) continue;
      // What a template asks, and quoted headings, say nothing about this ticket.
      if (!first && !fenced && bare.starts_with('#') && bare.find(' ') < 7) continue;
      read_line(bare, first ? kTitle : fenced ? kCode : kProse);
      read_import(bare);
      if (!fenced) read_compounds(bare, first ? kTitle : kProse);
      out_.has_code |= fenced;
      first = false;
    }
    finish();
    return std::move(out_);
  }

 private:
  void read_line(std::string_view line, float worth) {
    Term before = 0;
    bool quoted = false;
    for (size_t i = 0; i < line.size();) {
      const char c = line[i];
      if (c == '`') quoted = !quoted;
      if (!is_mention_char(c)) {
        ++i;
        if (c != ' ' && c != '\t' && c != '`') before = 0;
        continue;
      }
      const size_t begin = i;
      while (i < line.size() && is_mention_char(line[i])) ++i;
      const std::string_view token = trim(line.substr(begin, i - begin), ".:-/@+");
      if (token.empty()) continue;
      const std::string_view raw = line.substr(begin, i - begin);
      if (raw.find("://") != raw.npos) {
        const size_t rest = i;
        while (i < line.size() && line[i] != ' ' && line[i] != ')' && line[i] != '>') ++i;
        read_link(raw, line.substr(rest, i - rest));
        before = 0;
        continue;
      }
      // The words of a path or module count for less: the file itself is found by it.
      const bool place = read_mention(token, line);
      const bool start = begin == 0 || (begin > 1 && line[begin - 2] == '.');
      read_words(token, place ? worth * 0.5F : worth, quoted, i < line.size() && line[i] == '(',
                 start, before);
    }
  }

  // "from shop.pricing import total as t" names shop.pricing.total, and t is another word for it;
  // "import shop as s" makes "s.total" another word for "shop.total".
  void read_import(std::string_view line) {
    while (line.starts_with(">>> ") || line.starts_with("... ")) line.remove_prefix(4);
    std::string module;
    if (line.starts_with("from ")) {
      const size_t import = line.find(" import ");
      if (import == line.npos) return;
      module = trim(line.substr(5, import - 5), " ");
      line.remove_prefix(import + 8);
    } else if (line.starts_with("import ")) {
      line.remove_prefix(7);
    } else {
      return;
    }
    for (std::string_view names = line.substr(0, line.find('#')); !names.empty();) {
      const size_t comma = std::min(names.find(','), names.size());
      add_import(module, trim(names.substr(0, comma), " ()\\;"));
      names.remove_prefix(std::min(comma + 1, names.size()));
    }
  }

  void add_import(const std::string& module, std::string_view name) {
    const size_t as = name.find(" as ");
    const std::string_view alias = as == name.npos ? name : trim(name.substr(as + 4), " ");
    name = name.substr(0, as);
    if (name.empty() || alias.empty() || !is_identifier_start(name.front())) return;
    const std::string whole = module.empty() ? std::string(name) : module + "." + std::string(name);
    if (!module.empty() && out_.dotted.size() < kMostMentions) out_.dotted.push_back(whole);
    if (aliases_.size() < kMostMentions) aliases_.emplace(alias, whole);
  }

  void read_compounds(std::string_view line, float worth) {
    std::string before, last;  // the two words before, as far as only blanks lie between
    for (size_t i = 0; i < line.size();) {
      if (!is_identifier_start(line[i])) {
        if (line[i] != ' ' && line[i] != '-') before.clear(), last.clear();
        ++i;
        continue;
      }
      const size_t begin = i;
      while (i < line.size() && is_identifier_part(line[i])) ++i;
      std::string word = joined(line.substr(begin, i - begin));
      if (!last.empty() && !(is_stop_word(last) && is_stop_word(word))) {
        compound(last + word, worth);
        if (!before.empty() && !is_stop_word(before) && !is_stop_word(word))
          compound(before + last + word, worth);
      }
      before = std::move(last);
      last = std::move(word);
    }
  }

  void compound(std::string text, float worth) {
    if (text.size() < kShortestCompound || text.size() > kLongestCompound) return;
    const auto [known, fresh] = compound_index_.emplace(text, out_.compounds.size());
    if (!fresh) {
      out_.compounds[known->second].weight += worth;
    } else if (out_.compounds.size() < kMostCompounds) {
      out_.compounds.push_back({std::move(text), worth});
    } else {
      compound_index_.erase(known);
    }
  }

  // Only a link into a repository's files says something: …/blob/<revision>/<path>#L12
  void read_link(std::string_view link, std::string_view fragment) {
    const size_t blob = link.find("/blob/");
    if (blob == link.npos) return;
    const std::string_view rest = link.substr(blob + 6);
    const size_t slash = rest.find('/');
    if (slash == rest.npos) return;
    std::uint32_t line = 0;
    if (fragment.starts_with("#L"))
      std::from_chars(fragment.data() + 2, fragment.data() + fragment.size(), line);
    mention({std::string(rest.substr(slash + 1)), line, false});
  }

  void mention(PathMention path) {
    if (out_.paths.size() < kMostMentions) out_.paths.push_back(std::move(path));
  }

  // Whether the token names a place: a path, a file or something with dots.
  bool read_mention(std::string_view token, std::string_view whole_line) {
    std::string_view path = token;
    std::uint32_t line = 0;
    if (const size_t colon = token.find(':', 2); colon != token.npos) {
      const std::string_view digits = token.substr(colon + 1);
      if (std::from_chars(digits.data(), digits.data() + digits.size(), line).ec == std::errc())
        path = token.substr(0, colon);
    }
    if (is_known_extension(path) && path.find("::") == path.npos) {
      mention({std::string(path), line,
               whole_line.starts_with('#') || whole_line.starts_with("import ")});
      return true;
    }
    if (token.find('.') == token.npos && token.find("::") == token.npos) return false;
    if (out_.dotted.size() < kMostMentions && is_identifier_start(token.front()))
      out_.dotted.emplace_back(token);
    return token.find('.') != token.npos;
  }

  // Sentences begin with a capital; a word with one elsewhere may be the name of a class.
  static bool is_capitalised(std::string_view word, bool sentence_start) {
    return !sentence_start && word.size() > 3 && word[0] >= 'A' && word[0] <= 'Z' &&
           word[1] >= 'a' && word[1] <= 'z';
  }

  void read_words(std::string_view token, float worth, bool quoted, bool called, bool start,
                  Term& before) {
    for (size_t i = 0; i < token.size();) {
      if (!is_identifier_start(token[i])) {
        ++i;
        continue;
      }
      const size_t begin = i;
      while (i < token.size() && is_identifier_part(token[i])) ++i;
      const std::string_view word = token.substr(begin, i - begin);
      const std::string lower = lower_ascii(word);
      const bool code_like = is_code_like(word);
      if (word.size() < 2 || (is_stop_word(lower) && !quoted)) continue;
      name(word, worth, quoted || called, code_like, is_capitalised(word, start && begin == 0));
      size_t parts = 0;
      split_identifier(word, [&](std::string_view part) {
        ++parts;
        if (part.size() < 2 || part.front() < 'A' || is_stop_word(part)) return;
        const Term term = add(stem(part), part, worth);
        if (before != 0 && out_.pairs.size() < kMostTerms && worth >= kProse)
          out_.pairs.push_back(pair_of(before, term));
        before = term;
      });
      if (parts > 1) {
        const std::string whole = joined(word);
        add(stem(whole), word, worth * 1.5F);
      }
    }
  }

  void name(std::string_view word, float worth, bool marked, bool code_like, bool capitalised) {
    if (word.size() < 3 ||
        (!marked && !code_like && !capitalised && worth != kCode && worth != kTitle))
      return;
    float weight = worth == kCode ? kNameInCode : code_like ? kNameByShape : kNameByPlace;
    if (marked && worth != kCode) weight = kNameQuoted;
    if (worth == kTitle && code_like) weight = kNameInTitle;
    const auto [known, fresh] = name_index_.emplace(word, out_.names.size());
    if (fresh && out_.names.size() < kMostMentions) out_.names.push_back({std::string(word), weight});
    else if (known->second < out_.names.size())
      out_.names[known->second].weight = std::max(out_.names[known->second].weight, weight);
  }

  Term add(std::string_view stemmed, std::string_view text, float worth) {
    const Term term = term_of(stemmed);
    const auto [known, fresh] = term_index_.emplace(term, out_.terms.size());
    if (fresh) {
      if (out_.terms.size() >= kMostTerms) {
        term_index_.erase(known);
        return term;
      }
      out_.terms.push_back({term, term_of(stemmed, TermKind::symbol),
                            term_of(root(lower_ascii(text)), TermKind::root), 0, 0, 0,
                            std::string(text)});
    }
    QueryTerm& entry = out_.terms[known->second];
    entry.weight += worth;
    if (worth == kTitle) entry.title += 1;
    if (worth == kCode) entry.code += 1;
    return term;
  }

  void resolve_aliases() {
    for (std::string& dotted : out_.dotted) {
      const size_t dot = dotted.find('.');
      const auto alias = aliases_.find(dotted.substr(0, dot));
      if (dot != dotted.npos && alias != aliases_.end())
        dotted = alias->second + dotted.substr(dot);
    }
    std::ranges::sort(out_.dotted);
    out_.dotted.erase(std::unique(out_.dotted.begin(), out_.dotted.end()), out_.dotted.end());
  }

  void finish() {
    resolve_aliases();
    out_.has_code |= !out_.traces.empty() || !out_.paths.empty() ||
                     std::ranges::any_of(out_.names, [](const NameMention& mention) {
                       return is_code_like(mention.name);
                     });
    const auto dampened = [](float weight) { return weight > 1 ? 1 + std::log(weight) : weight; };
    for (QueryTerm& term : out_.terms) {
      term.weight = dampened(term.weight);
      term.code = dampened(term.code);
    }
    for (Compound& compound : out_.compounds) compound.weight = dampened(compound.weight);
    std::ranges::sort(out_.pairs);
    out_.pairs.erase(std::unique(out_.pairs.begin(), out_.pairs.end()), out_.pairs.end());
  }

  TicketText out_;
  std::unordered_map<Term, size_t> term_index_;
  std::unordered_map<std::string, size_t> name_index_;
  std::unordered_map<std::string, size_t> compound_index_;
  std::unordered_map<std::string, std::string> aliases_;
};

}  // namespace

TicketText read_ticket_text(std::string_view text) { return Reader().read(text); }

}  // namespace triage::retrieval
