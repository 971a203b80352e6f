#include "retrieval/generic_heads_internal.h"

#include <algorithm>

#include "retrieval/chunk_spans_internal.h"
#include "retrieval/generic_chunker_internal.h"

namespace triage::retrieval {

namespace {

using Tokens = std::span<const Token>;

// Before parentheses, these are statements, not names.
constexpr std::string_view kControl =
    "if for while switch catch do else try return new sizeof when match synchronized using lock "
    "foreach with until unless elseif elif guard defer assert await yield typeof delete case "
    "function fn and or not in is as throw echo print select loop range where";
// Words with parentheses that stand beside the name.
constexpr std::string_view kBeside =
    "__attribute__ __declspec alignas decltype noexcept throw requires explicit __attribute "
    "_Alignas __printf __acquires __releases __must_hold __typeof__ typeof";

bool has(const Language& language, ShapeFeature feature) {
  return (language.shape.features & feature) != 0;
}
bool is_word(const Token& token, std::string_view text) {
  return token.kind == 'a' && token.text == text;
}
char kind_at(Tokens tokens, size_t i) { return i < tokens.size() ? tokens[i].kind : '\0'; }

size_t find(Tokens tokens, char kind, size_t from = 0) {
  for (size_t i = from; i < tokens.size(); ++i) {
    if (tokens[i].depth == 0 && tokens[i].kind == kind) return i;
  }
  return tokens.size();
}

// Past "<…>" when one begins there.
size_t skip_angles(Tokens tokens, size_t i) {
  if (kind_at(tokens, i) != '<') return i;
  const std::uint16_t within = tokens[i].depth;
  size_t depth = 0;
  for (; i < tokens.size(); ++i) {
    if (tokens[i].depth != within) continue;
    if (tokens[i].kind == '<') ++depth;
    if (tokens[i].kind == '>' && --depth == 0) return i + 1;
  }
  return i;
}

// The matching '<' of a '>' that ends there, or the place itself.
size_t skip_angles_back(Tokens tokens, size_t i) {
  size_t depth = 0;
  for (size_t j = i + 1; j-- > 0;) {
    if (tokens[j].depth != tokens[i].depth) continue;
    if (tokens[j].kind == '>') ++depth;
    if (tokens[j].kind == '<' && --depth == 0) return j;
  }
  return i;
}

// Past "template <…>", where there is one.
size_t skip_template(Tokens tokens, size_t i) {
  while (i < tokens.size() && is_word(tokens[i], "template")) i = skip_angles(tokens, i + 1);
  return i;
}

// An assignment outside of parentheses, but not in "template <class T = int>" or "operator=".
size_t find_assignment(Tokens tokens) {
  for (size_t i = find(tokens, '=', skip_template(tokens, 0)); i < tokens.size();
       i = find(tokens, '=', i + 1)) {
    if (i == 0 || !is_word(tokens[i - 1], "operator")) return i;
  }
  return tokens.size();
}

size_t skip_group(Tokens tokens, size_t i) {
  const std::uint16_t depth = tokens[i].depth;
  for (++i; i < tokens.size() && tokens[i].depth > depth;) ++i;
  return std::min(i + 1, tokens.size());
}

bool joins(const Token& a, const Token& b) { return a.text.data() + a.text.size() == b.text.data(); }

// "a.b.c", "A::B", "A\B" from there on, as written.
std::string path_from(Tokens tokens, size_t i) {
  std::string name(tokens[i].text);
  while (i + 2 < tokens.size() && tokens[i + 2].kind == 'a' &&
         (tokens[i + 1].kind == '.' || tokens[i + 1].kind == 'S' || tokens[i + 1].kind == '\\')) {
    name += tokens[i + 1].text;
    name += tokens[i + 2].text;
    i += 2;
  }
  return name;
}

// Where the qualified name that ends there begins: "A::~A", "this.total", "a<b>::c".
size_t path_begin(Tokens tokens, size_t end) {
  size_t i = end;
  if (i > 0 && tokens[i - 1].kind == '~') --i;
  while (i >= 2 && (tokens[i - 1].kind == 'S' || tokens[i - 1].kind == '.')) {
    size_t j = i - 2;
    if (tokens[j].kind == '>') j = skip_angles_back(tokens, j);
    if (j < i - 2 && j > 0) --j;
    if (tokens[j].kind != 'a') break;
    i = j;
  }
  return i;
}

std::string text_of(Tokens tokens, size_t begin, size_t end) {
  std::string text;
  for (size_t i = begin; i < end; ++i) {
    if (i > begin && tokens[i].kind == 'a' && tokens[i - 1].kind == 'a') text += ' ';
    text += tokens[i].text;
  }
  return clean_name(text);
}

// ---- name(…) -------------------------------------------------------------------------------------

// Whether the word before that parenthesis belongs to an annotation "@a.b(…)".
bool is_annotation(Tokens tokens, size_t word) {
  while (word >= 2 && tokens[word - 1].kind == '.' && tokens[word - 2].kind == 'a') word -= 2;
  return word > 0 && tokens[word - 1].kind == '@';
}

// Where "operator()", "operator==" or "operator bool" before that parenthesis begins, or the place.
size_t operator_begin(Tokens tokens, size_t group) {
  for (size_t back = 1; back <= 4 && back <= group; ++back) {
    if (is_word(tokens[group - back], "operator")) return group - back;
  }
  return group;
}

// Whether the parenthesis after that token could be that of a function's parameters.
enum class Group : std::uint8_t { name, beside, stop };
Group judge_group(Tokens tokens, size_t before, const Language& language) {
  const Token& token = tokens[before];
  if (token.kind == 'a') {
    if (is_word_of(kBeside, token.text) || is_annotation(tokens, before)) return Group::beside;
    // A method may have such a name in some languages; it stands behind its type then.
    const char type = before > 0 ? tokens[before - 1].kind : '\0';
    const bool declared = (type == 'a' || type == '>' || type == ']') &&
                          has(language, kMemberFunctions) && !has(language, kPreprocessor);
    if (is_word_of(kControl, token.text) && !declared) return Group::stop;
    return token.text.front() >= '0' && token.text.front() <= '9' ? Group::beside : Group::name;
  }
  if (operator_begin(tokens, before + 1) <= before) return Group::name;
  if (token.kind == ']' || token.kind == 's' || token.kind == '?')
    return has(language, kMemberFunctions) ? Group::name : Group::beside;
  if (token.kind == '>' && skip_angles_back(tokens, before) < before) return Group::name;
  return Group::beside;
}

}  // namespace

size_t call_group(std::span<const Token> tokens, const Language& language) {
  size_t found = tokens.size();
  for (size_t i = skip_template(tokens, 0); i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.depth > 0) continue;
    // Initialisers "A(int x) : x_(x)" and values "x = f(…)" come after the name.
    const bool is_operator = i > 0 && is_word(tokens[i - 1], "operator");
    if (!is_operator && (token.kind == '=' || token.kind == 'A' || token.kind == 'R')) break;
    if (token.kind == ':' && found < tokens.size()) break;
    if (token.kind != '(' || i == 0) continue;
    const Group group = judge_group(tokens, i - 1, language);
    if (group == Group::stop) break;
    if (group == Group::beside) continue;
    if (found == tokens.size()) {
      // "operator()(…)": the second pair holds the parameters.
      if (!is_operator) found = i;
    } else if (found == 1 && is_macro_name(tokens[0].text) && tokens[i - 1].kind == 'a') {
      found = i;  // MACRO(int) name(…)
    }
  }
  return found;
}

namespace {

std::string call_name(Tokens tokens, size_t group, const Language& language) {
  const size_t op = operator_begin(tokens, group);
  if (op < group) return text_of(tokens, path_begin(tokens, op), group);
  size_t last = group - 1;
  if (tokens[last].kind == '?') last -= last > 0 ? 1 : 0;
  if (tokens[last].kind == '>') {
    const size_t open = skip_angles_back(tokens, last);
    last = open > 0 ? open - 1 : 0;
  }
  if (tokens[last].kind == ']') {
    size_t open = last;
    while (open > 0 && !(tokens[open].kind == '[' && tokens[open].depth == tokens[last].depth)) --open;
    return text_of(tokens, open, last + 1);
  }
  if (has(language, kPreprocessor) && is_macro_name(tokens[last].text)) {
    const size_t end = skip_group(tokens, group);
    if (end > group + 2) {
      const char* from = tokens[group + 1].text.data();
      const char* to = tokens[end - 1].text.data();
      std::string symbol =
          macro_symbol({from, static_cast<size_t>(to > from ? to - from : 0)}, language);
      if (!symbol.empty()) return symbol;
    }
  }
  return text_of(tokens, path_begin(tokens, last), last + 1);
}

// ---- keywords ------------------------------------------------------------------------------------

struct Keyword {
  size_t at = SIZE_MAX;
  std::string_view kind;
};

// Whether a word that opens definitions does so there: "where T : class" and "Foo.class" do not.
bool opens_definition(Tokens tokens, size_t i) {
  if (i == 0) return true;
  const Token& before = tokens[i - 1];
  switch (before.kind) {
    case '.': case ',': case '(': case '<': case 'S': case '=': case '$': case 'R': case 'A':
    case 's': case '?':
      // extern "C" struct
      return before.kind == 's' && i == 2;
    case ':': return tokens[i].first;
    case 'a': return before.text != "new" && before.text != "extends" && before.text != "friend" &&
                     before.text != "return" && before.text != "of" && before.text != "as";
    default: return true;
  }
}

Keyword find_keyword(Tokens tokens, const Language& language) {
  for (size_t i = 0; i < tokens.size(); ++i) {
    const std::string_view kind = tokens[i].opens;
    if (kind.empty() || tokens[i].depth > 0 || !opens_definition(tokens, i)) continue;
    const char next = kind_at(tokens, i + 1);
    const bool named = next == 'a' || next == 's' || next == '*' || next == '!' || next == '&' ||
                       next == '<' || next == '[' ||
                       (next == '(' && language.separator == "." && tokens[i].text == "func");
    // "init(…)" is its own name; a word such as "record" may be one too.
    const bool itself = kind == "method" && (next == '(' || next == '?' || next == '{');
    const bool symbolic = kind == "function" && next != '\0' && next != '(' && next != '=' &&
                          next != ':' && next != '.' && next != ';' && next != ',';
    const bool anonymous = (kind == "class" || kind == "module") && tokens[i].text != "record" &&
                           (next == '\0' || next == ':') && i > 0 && tokens[i - 1].kind == 'a';
    if (named || itself || symbolic || anonymous) return {i, kind};
  }
  return {};
}

// C++: the last word before the bases; macros, attributes and alignas stand before it.
std::string class_name(Tokens tokens, size_t i) {
  std::string name;
  while (i < tokens.size() && tokens[i].kind != ':' && tokens[i].kind != '<' &&
         tokens[i].kind != '{' && tokens[i].kind != '=' && tokens[i].kind != '*') {
    if (tokens[i].kind == '(' || tokens[i].kind == '[') {
      i = skip_group(tokens, i);
      continue;
    }
    const bool extra = is_word(tokens[i], "final") || is_word(tokens[i], "sealed") ||
                       is_word(tokens[i], "__attribute__");
    if (tokens[i].kind == 'a' && !extra) {
      name = path_from(tokens, i);
      while (i + 2 < tokens.size() && tokens[i + 1].kind == 'S') i += 2;
    }
    ++i;
  }
  return name;
}

// Rust: what the methods belong to, in "impl<T> Trait for a::Type<T>".
std::string impl_name(Tokens tokens, size_t i) {
  i = skip_angles(tokens, i);
  size_t begin = i, angles = 0;
  for (size_t j = i; j < tokens.size() && !is_word(tokens[j], "where"); ++j) {
    if (tokens[j].kind == '<') ++angles;
    if (tokens[j].kind == '>' && angles > 0) --angles;
    if (angles == 0 && is_word(tokens[j], "for")) begin = j + 1;
  }
  std::string name;
  for (size_t j = begin; j < tokens.size() && tokens[j].kind != '<' && !is_word(tokens[j], "where"); ++j) {
    if (tokens[j].kind == 'a' && tokens[j].text != "dyn" && tokens[j].text != "mut") name = tokens[j].text;
  }
  return name;
}

// Go: "(c *Cart[T]) Total".
std::string receiver_name(Tokens tokens, size_t group) {
  const size_t end = skip_group(tokens, group);
  std::string scope;
  for (size_t i = group + 1; i + 1 < end && tokens[i].kind != '['; ++i) {
    if (tokens[i].kind == 'a') scope = tokens[i].text;
  }
  if (kind_at(tokens, end) != 'a') return {};
  return (scope.empty() ? scope : scope + ".") + std::string(tokens[end].text);
}

struct Named {
  std::string name;
  std::string_view kind;
};

Named keyword_name(Tokens tokens, Keyword keyword, const Language& language) {
  size_t i = keyword.at + 1;
  std::string_view kind = keyword.kind;
  if (kind == "scope" && tokens[keyword.at].text == "impl") return {impl_name(tokens, i), kind};
  if (kind_at(tokens, i) == '(' && kind == "function") return {receiver_name(tokens, i), "method"};
  if (has(language, kPreprocessor) && kind != "module" && kind != "type") {
    if (kind == "enum" && i < tokens.size() && !tokens[i].opens.empty())
      ++i;
    return {class_name(tokens, i), kind};
  }
  // "enum class A", "class func f", "fun interface B": the second word says what it is.
  while (i < tokens.size() && tokens[i].kind == 'a' && i + 1 < tokens.size() &&
         tokens[i + 1].kind == 'a') {
    const std::string_view second = tokens[i].opens;
    if (second.empty()) break;
    if (kind != "enum") kind = second;
    ++i;
  }
  while (i < tokens.size() && (tokens[i].kind == '!' || tokens[i].kind == '*' || tokens[i].kind == '&'))
    ++i;
  i = skip_angles(tokens, i);
  if (i < tokens.size() && tokens[i].kind == '[') i = skip_group(tokens, i);
  if (i >= tokens.size() || tokens[i].kind == ':')
    return {is_word(tokens[keyword.at], "object") ? "Companion" : "", kind};
  if (tokens[i].kind == 's') return {clean_name(tokens[i].text), kind};
  if (tokens[i].kind != 'a') {
    if (kind == "method") return {std::string(tokens[keyword.at].text), kind};
    size_t end = i;  // func ==(…)
    while (end < tokens.size() && tokens[end].kind != '(' && tokens[end].kind != '<' && end < i + 4) ++end;
    return {text_of(tokens, i, end), kind};
  }
  if (kind != "function" && kind != "method") return {path_from(tokens, i), kind};
  // The receiver of an extension, "fun Cart<Int>.total", is not part of the name.
  const size_t group = find(tokens, '(', i);
  size_t last = i;
  for (size_t j = i; j < std::min(group, tokens.size()) && tokens[j].kind != ':' && tokens[j].kind != '='; ++j) {
    if (tokens[j].kind == '.' && kind_at(tokens, j + 1) == 'a') last = j + 1;
  }
  std::string name(tokens[last].text);
  if (kind_at(tokens, last + 1) == '=' && joins(tokens[last], tokens[last + 1])) name += "=";
  return {name, kind};
}

// ---- values --------------------------------------------------------------------------------------

// "const name: T =", "a.b.name =".
std::string assigned_name(Tokens tokens, size_t assignment, const Language& language) {
  for (size_t i = 0; i + 1 < assignment && !has(language, kPreprocessor); ++i) {
    if (tokens[i].depth == 0 && tokens[i].kind == 'a' &&
        is_word_of("const let var val", tokens[i].text) && tokens[i + 1].kind == 'a')
      return std::string(tokens[i + 1].text);
  }
  size_t end = assignment;
  while (end > 0 && tokens[end - 1].kind != 'a' ) --end;  // a[], b = {}
  if (end == 0) return {};
  return text_of(tokens, path_begin(tokens, end - 1), end);
}

// The kind of what is assigned from that token on: a function, a class, or nothing.
std::string_view value_kind(Tokens tokens, size_t i) {
  while (i < tokens.size() && (is_word(tokens[i], "async") || is_word(tokens[i], "static") ||
                               is_word(tokens[i], "packed") || is_word(tokens[i], "extern")))
    ++i;
  if (i >= tokens.size()) return {};
  const std::string_view kind = tokens[i].opens;
  if (!kind.empty() && kind != "type" && kind != "module") return kind;
  const bool arrow = tokens[i].kind == '(' || tokens[i].kind == 'a' || tokens[i].kind == '<';
  const size_t next = tokens[i].kind == '(' ? skip_group(tokens, i) : i + 1;
  if (!arrow || find(tokens, 'A', i) == tokens.size()) return {};
  if (tokens[i].kind == 'a' && kind_at(tokens, next) != 'A') return {};
  if (tokens[i].kind == '(' && kind_at(tokens, next) != 'A' && kind_at(tokens, next) != ':') return {};
  return "function";
}

Head assigned(Tokens tokens, Place place, const Language& language) {
  Head head;
  const size_t assignment = find_assignment(tokens);
  if (assignment + 1 < tokens.size() && assignment > 0) {
    head.kind = value_kind(tokens, assignment + 1);
    if (!head.kind.empty()) head.name = assigned_name(tokens, assignment, language);
  } else if (place == Place::literal && tokens.size() > 2 && tokens[1].kind == ':') {
    head.kind = value_kind(tokens, 2);
    if (!head.kind.empty()) head.name = clean_name(tokens[0].text);
    if (head.kind == "function") head.kind = "method";
  }
  if (head.kind == "function" && place == Place::type) head.kind = "method";
  if (head.name.empty()) head.kind = {};
  head.goes_on = !head.kind.empty();
  return head;
}

Place inside_of(std::string_view kind) {
  if (is_leaf_kind(kind)) return Place::leaf;
  if (kind == "module") return Place::space;
  return kind == "type" || kind == "variable" ? Place::literal : Place::type;
}

bool allows_functions(Place place, const Language& language) {
  switch (place) {
    case Place::file:
    case Place::space: return has(language, kFileFunctions);
    case Place::type: return has(language, kMemberFunctions);
    case Place::literal: return has(language, kObjectMembers);
    default: return false;
  }
}

// A block that defines nothing: what it may hold, and whether its statement goes on after it.
Head plain(Tokens tokens, size_t depth, Place place, const Language& language) {
  Head head;
  if (tokens.empty()) return head;
  const Token& last = tokens.back();
  const bool assigns = find_assignment(tokens) < tokens.size();
  const bool value = assigns || last.kind == '(' || last.kind == ',' || last.kind == '[' ||
                     last.kind == ':' || last.kind == '?' || is_word(last, "return") ||
                     is_word(last, "default");
  head.goes_on = depth > 0 || value || last.kind == 'A';
  const bool creates = std::ranges::any_of(tokens, [](const Token& t) { return is_word(t, "new"); });
  const bool runs = (last.kind == ')' && !creates) || last.kind == 'A' || last.kind == 'R';
  if ((value || creates || depth > 0) && !runs && has(language, kObjectMembers))
    head.inside = Place::literal;
  if (last.kind == 's' && is_word(tokens.front(), "extern")) head.inside = Place::space;
  if (place == Place::literal && depth == 0 && !runs && has(language, kObjectMembers))
    head.inside = Place::literal;
  return head;
}

// "A(int x) : x_{1}, y_{2} {": the braces of members before the body.
bool initialises(Tokens tokens, size_t group) {
  const size_t colon = find(tokens, ':', group);
  if (colon >= tokens.size()) return false;
  const Token& last = tokens.back();
  if (last.kind != 'a' && last.kind != '>') return false;
  const size_t begin = last.kind == '>' ? skip_angles_back(tokens, tokens.size() - 1) : tokens.size();
  const size_t word = begin - 1 == 0 || begin == 0 ? 0 : path_begin(tokens, begin - 1);
  return word > 0 && (tokens[word - 1].kind == ',' || tokens[word - 1].kind == ':');
}

Head by_keyword(Tokens tokens, const Language& language) {
  Head head;
  const Keyword keyword = find_keyword(tokens, language);
  if (keyword.at == SIZE_MAX) return head;
  if (has(language, kPreprocessor) && keyword.kind != "module") {
    // "struct point *add(int x) {" is a function, "struct point origin = {" a value.
    const size_t name = tokens.size() - keyword.at > 2 ? keyword.at + 2 : keyword.at;
    const Tokens rest = tokens.subspan(skip_angles(tokens, name));
    const size_t group = call_group(rest, language);
    if (group < rest.size() || find_assignment(tokens) < tokens.size()) return head;
  }
  // A function without a name, handed to something.
  const Named named = keyword_name(tokens, keyword, language);
  head.kind = named.kind;
  head.name = named.name;
  const bool is_type = keyword.kind == "type" && kind_at(tokens, keyword.at + 2) == 'a' &&
                       language.separator == ".";
  if (is_type) {  // Go: type Cart struct
    const std::string_view kind = tokens[keyword.at + 2].opens;
    if (!kind.empty()) head.kind = kind;
  }
  if (head.name.empty() && head.kind != "module") head.kind = {};
  return head;
}

}  // namespace

Head read_head(std::span<const Token> tokens, size_t depth, Place place, const Language& language) {
  Head head;
  if (tokens.empty()) return head;
  if (depth == 0) {
    if (has(language, kAssigned)) head = assigned(tokens, place, language);
    if (head.kind.empty()) head = by_keyword(tokens, language);
    if (head.kind.empty() && allows_functions(place, language)) {
      const size_t group = call_group(tokens, language);
      if (group < tokens.size()) {
        if (has(language, kPreprocessor) && initialises(tokens, group)) {
          head.goes_on = true;
          return head;
        }
        head.kind = place == Place::file || place == Place::space ? "function" : "method";
        head.name = call_name(tokens, group, language);
      } else if (has(language, kProperties) && place == Place::type && tokens.size() > 1 &&
                 find_assignment(tokens) == tokens.size() &&
                 (tokens.back().kind == 'a' || tokens.back().kind == ']')) {
        head.kind = "property";
        head.name = tokens.back().kind == 'a' ? std::string(tokens.back().text) : "this";
      }
    }
    if (!head.kind.empty() && (!head.name.empty() || head.kind == "module")) {
      if (has(language, kPreprocessor) && is_word(tokens.front(), "typedef")) {
        // The name comes after the block.
        Head open;
        open.goes_on = true;
        return open;
      }
      head.inside = inside_of(head.kind);
      return head;
    }
  } else if (tokens.size() > 1 && tokens.back().kind == 'a' && tokens[tokens.size() - 2].first) {
    // Go: type ( Cart struct {
    const std::string_view kind = tokens.back().opens;
    if ((kind == "struct" || kind == "interface") && language.separator == ".") {
      head = {kind, std::string(tokens[tokens.size() - 2].text), tokens.size() - 2, Place::type, true};
      return head;
    }
  }
  head = plain(tokens, depth, place, language);
  if (is_word(tokens.front(), "typedef")) head.goes_on = true;
  return head;
}

namespace {

// typedef struct { … } name; typedef int (*name)(int);
std::string typedef_name(Tokens tokens) {
  for (size_t i = 0; i + 2 < tokens.size(); ++i) {
    if (tokens[i].kind == '(' && tokens[i + 1].kind == '*' && tokens[i + 2].kind == 'a')
      return std::string(tokens[i + 2].text);
  }
  for (size_t i = tokens.size(); i-- > 1;) {
    if (tokens[i].kind == 'a' && tokens[i].depth == 0 && tokens[i].text != "__attribute__")
      return std::string(tokens[i].text);
  }
  return {};
}

bool is_abstract(Tokens tokens, Place place, const Language& language) {
  if (!has(language, kDeclared) || !has(language, kMemberFunctions) || place != Place::type) return false;
  const size_t group = call_group(tokens, language);
  if (group >= tokens.size() || group == 0) return false;
  const size_t after = skip_group(tokens, group);
  return group > 1 || kind_at(tokens, after) == 'A';
}

}  // namespace

Head read_statement(std::span<const Token> tokens, Place place, const Language& language) {
  Head head;
  if (tokens.empty() || place == Place::leaf) return head;
  if (has(language, kPreprocessor) && is_word(tokens.front(), "typedef"))
    return {"type", typedef_name(tokens), 0, Place::code, false};
  if (has(language, kAssigned)) head = assigned(tokens, place, language);
  if (!head.kind.empty()) return head;
  if (!has(language, kPreprocessor) || is_word(tokens.front(), "using")) head = by_keyword(tokens, language);
  const bool is_alias = head.kind == "type" && find(tokens, '=') < tokens.size();
  if (!head.kind.empty() && head.kind != "module" && (has(language, kDeclared) || is_alias)) return head;
  head = {};
  if (place != Place::code && is_abstract(tokens, place, language))
    return {"method", call_name(tokens, call_group(tokens, language), language), 0, Place::code, false};
  const size_t arrow = find(tokens, 'A');
  if (has(language, kProperties) && place == Place::type && arrow < tokens.size() && arrow > 1 &&
      tokens[arrow - 1].kind == 'a' && find_assignment(tokens) == tokens.size())
    return {"property", std::string(tokens[arrow - 1].text), 0, Place::code, false};
  const size_t assignment = find_assignment(tokens);
  if ((place == Place::file || place == Place::space) && assignment < tokens.size() && assignment > 0)
    return {"variable", assigned_name(tokens, assignment, language), 0, Place::code, false};
  return head;
}

bool carries_on(std::span<const Token> tokens, const Token& next, const Language& language) {
  const Token& last = tokens.back();
  constexpr std::string_view kOpen = ",=+-*/%&|^<(:.~[AESR@\\";
  constexpr std::string_view kFollows = ".=?:&|+*/%,)]{AERS";
  if (kOpen.find(last.kind) != std::string_view::npos) return true;
  if (kFollows.find(next.kind) != std::string_view::npos) return true;
  if (next.kind == 'a' && is_word_of("extends implements where throws with", next.text)) return true;
  const bool assigns = find(tokens, '=') < tokens.size();
  if (assigns && has(language, kExpressionBody) && next.column > tokens.front().column) return true;
  // An annotation on a line of its own.
  return tokens.front().kind == '@' && !assigns && find(tokens, '{') == tokens.size() &&
         find_keyword(tokens, language).at == SIZE_MAX &&
         kind_of_word("val:a var:a let:a const:a", last.text).empty() &&
         (last.kind == ')' || last.kind == 'a');
}

}  // namespace triage::retrieval
