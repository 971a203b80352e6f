#include "pipeline/propose/mermaid.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/lines.h"

namespace triage::propose {
namespace {

constexpr size_t kMaxBytes = 6'000;
constexpr size_t kMaxLines = 120;
constexpr size_t kMaxNodes = 40;
constexpr size_t kMaxLinks = 80;
constexpr size_t kMaxLabel = 120;
constexpr size_t kMaxId = 40;
constexpr size_t kMaxNesting = 4;

bool is_id_char(char c) { return is_word_char(c) || static_cast<unsigned char>(c) >= 0x80; }

// Text that stands in a diagram as it is: none of it could be syntax, markup or an address.
bool is_plain(std::string_view text) {
  if (text.size() > kMaxLabel || text.find("://") != std::string_view::npos) return false;
  return std::ranges::all_of(text, [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 &&
           std::string_view("<>`#;{}\"\\|[]&").find(c) == std::string_view::npos;
  });
}

// What may be written in a label that we quote; line breaks by <br> are the one piece of markup.
std::optional<std::string> label_of(std::string_view text) {
  text = trim(text);
  if (text.size() >= 2 && text.starts_with('"') && text.ends_with('"'))
    text = text.substr(1, text.size() - 2);
  std::string label(text);
  for (const std::string_view mark : {"<br>", "<br/>", "<br />", "\\n"}) {
    for (size_t at = label.find(mark); at != std::string::npos; at = label.find(mark))
      label.replace(at, mark.size(), " ");
  }
  const bool bad = label.find("://") != std::string::npos || label.find('"') != std::string::npos ||
                   std::ranges::any_of(label, [](char c) {
                     return std::string_view("<>`#;\\").find(c) != std::string_view::npos;
                   });
  if (bad || trim(label).empty()) return std::nullopt;
  return mermaid_label(label);
}

struct Shape {
  std::string_view open, close;
};
constexpr std::array kShapes{Shape{"([", "])"}, Shape{"[[", "]]"}, Shape{"[(", ")]"},
                             Shape{"((", "))"}, Shape{"{{", "}}"}, Shape{"[", "]"},
                             Shape{"(", ")"},   Shape{"{", "}"}};

// One line of a flowchart that joins nodes: a["x"] --> b & c -->|"y"| d.
class Chain {
 public:
  explicit Chain(std::string_view line) : rest_(line) {}

  // Empty where the line is none.
  std::string read(std::set<std::string>& nodes, size_t& links) {
    if (!group(nodes)) return "";
    for (rest_ = trim(rest_); !rest_.empty(); rest_ = trim(rest_)) {
      if (!link() || !group(nodes)) return "";
      ++links;
    }
    return out_;
  }

 private:
  bool group(std::set<std::string>& nodes) {
    if (!node(nodes)) return false;
    for (rest_ = trim(rest_); rest_.starts_with('&'); rest_ = trim(rest_)) {
      rest_.remove_prefix(1);
      out_ += " & ";
      if (!node(nodes)) return false;
    }
    return true;
  }

  bool node(std::set<std::string>& nodes) {
    rest_ = trim(rest_);
    size_t size = 0;
    while (size < rest_.size() && is_id_char(rest_[size])) ++size;
    const std::string id(rest_.substr(0, size));
    // "end" closes a subgraph wherever it stands.
    if (size == 0 || size > kMaxId || lower_ascii(id) == "end") return false;
    rest_.remove_prefix(size);
    nodes.insert(id);
    out_ += id;
    const auto shape =
        std::ranges::find_if(kShapes, [&](const Shape& s) { return rest_.starts_with(s.open); });
    return shape == kShapes.end() || shaped(*shape);
  }

  bool shaped(const Shape& shape) {
    rest_.remove_prefix(shape.open.size());
    const bool quoted = trim(rest_).starts_with('"');
    const size_t from = quoted ? rest_.find('"', rest_.find('"') + 1) : 0;
    if (from == std::string_view::npos) return false;
    const size_t end = rest_.find(shape.close, from);
    if (end == std::string_view::npos) return false;
    const std::string_view text = rest_.substr(0, end);
    const bool nested = !quoted && text.find_first_of("[](){}|") != std::string_view::npos;
    const auto label = label_of(text);
    if (!label || nested) return false;
    out_.append(shape.open).append("\"").append(*label).append("\"").append(shape.close);
    rest_.remove_prefix(end + shape.close.size());
    return true;
  }

  // "-->", "---", "-.->", "==>", with a text in bars or inside: "-- text -->".
  bool link() {
    rest_ = trim(rest_);
    const size_t run = std::min(rest_.find_first_not_of("-=.~<>"), rest_.size());
    std::string_view arrow = rest_.substr(0, run);
    rest_.remove_prefix(run);
    std::string_view text;
    if (arrow == "--" || arrow == "==" || arrow == "-.") {
      const size_t end = rest_.find(arrow == "-." ? ".-" : arrow);
      if (end == std::string_view::npos) return false;
      text = rest_.substr(0, end);
      rest_.remove_prefix(end);
      arrow = rest_.substr(0, std::min(rest_.find_first_not_of("-=.>"), rest_.size()));
      rest_.remove_prefix(arrow.size());
    } else if (trim(rest_).starts_with('|')) {
      rest_ = trim(rest_).substr(1);
      const size_t end = rest_.find('|');
      if (end == std::string_view::npos) return false;
      text = rest_.substr(0, end);
      rest_.remove_prefix(end + 1);
    }
    const bool dotted = arrow.find('.') != std::string_view::npos;
    const bool known = arrow.size() >= 3 && arrow.size() <= 6 &&
                       arrow.find_first_of("<~") == std::string_view::npos;
    if (!known) return false;
    out_ += dotted ? " -.-> " : arrow.ends_with('>') ? " --> " : " --- ";
    if (text.empty()) return true;
    const auto label = label_of(text);
    if (!label) return false;
    out_.pop_back();
    out_ += "|\"" + *label + "\"| ";
    return true;
  }

  std::string_view rest_;
  std::string out_;
};

bool is_direction(std::string_view word) {
  return word == "TD" || word == "TB" || word == "BT" || word == "LR" || word == "RL";
}

std::string_view word_of(std::string_view line) {
  return line.substr(0, line.find_first_of(" \t"));
}

// What a line of a diagram becomes; empty where it is not one that passes.
struct Reader {
  std::string kind;  // "flowchart", "sequence", "state"
  std::set<std::string> nodes;
  size_t links = 0, open = 0;

  std::string header(std::string_view line) {
    const std::string_view first = word_of(line);
    const std::string_view rest = trim(line.substr(first.size()));
    if (first == "flowchart" || first == "graph") {
      kind = "flowchart";
      return rest.empty() || is_direction(rest)
                 ? "flowchart " + std::string(rest.empty() ? "TD" : rest)
                 : "";
    }
    if (line == "sequenceDiagram") kind = "sequence";
    if (line == "stateDiagram-v2" || line == "stateDiagram") kind = "state";
    return kind.empty() ? "" : kind == "sequence" ? "sequenceDiagram" : "stateDiagram-v2";
  }

  std::string line(std::string_view text) {
    if (kind == "flowchart") return flow(text);
    return kind == "sequence" ? sequence(text) : state(text);
  }

  std::string flow(std::string_view text) {
    const std::string_view first = word_of(text);
    const std::string_view rest = trim(text.substr(first.size()));
    if (text == "end") return open-- > 0 ? "end" : "";
    if (first == "direction") return is_direction(rest) ? "direction " + std::string(rest) : "";
    if (first == "subgraph") return subgraph(rest);
    if (first == "click" || first == "style" || first == "classDef" || first == "class" ||
        first == "linkStyle" || first == "accTitle:" || first == "accDescr:")
      return "";
    return Chain(text).read(nodes, links);
  }

  std::string subgraph(std::string_view rest) {
    const size_t bracket = rest.find('[');
    const std::string_view name = trim(rest.substr(0, bracket));
    const bool titled = bracket != std::string_view::npos && rest.ends_with(']');
    const auto label =
        label_of(titled ? rest.substr(bracket + 1, rest.size() - bracket - 2) : name);
    if (++open > kMaxNesting || !label) return "";
    const bool id = !name.empty() && name.size() <= kMaxId && std::ranges::all_of(name, is_id_char);
    return "subgraph " + (id ? std::string(name) : "group_" + std::to_string(++groups_)) + "[\"" +
           *label + "\"]";
  }

  std::string sequence(std::string_view text) {
    static constexpr auto kBlocks =
        std::to_array<std::string_view>({"loop", "alt", "opt", "par", "else", "and"});
    static constexpr auto kArrows =
        std::to_array<std::string_view>({"-->>", "->>", "-->", "->", "--x", "-x", "--)", "-)"});
    const std::string_view first = word_of(text);
    const std::string_view rest = trim(text.substr(first.size()));
    if (text == "end") return open-- > 0 ? "end" : "";
    if (text == "autonumber") return std::string(text);
    if (std::ranges::find(kBlocks, first) != kBlocks.end()) {
      const bool opens = first != "else" && first != "and";
      if (opens && ++open > kMaxNesting) return "";
      return is_plain(rest) ? std::string(text) : "";
    }
    if (first == "participant" || first == "actor" || first == "activate" ||
        first == "deactivate") {
      nodes.insert(std::string(word_of(rest)));
      return is_plain(rest) && !rest.empty() ? std::string(text) : "";
    }
    if (first == "Note" || first == "note") return is_plain(rest) ? std::string(text) : "";
    for (const std::string_view arrow : kArrows) {
      const size_t at = text.find(arrow);
      const size_t colon = text.find(':');
      if (at == std::string_view::npos || colon == std::string_view::npos || colon < at) continue;
      return message(text.substr(0, at), arrow, text.substr(at + arrow.size()));
    }
    return "";
  }

  std::string message(std::string_view from, std::string_view arrow, std::string_view rest) {
    const size_t colon = rest.find(':');
    const std::string_view to = rest.substr(0, colon);
    const std::string_view text = trim(rest.substr(colon + 1));
    if (!is_plain(from) || !is_plain(to) || !is_plain(text) || trim(from).empty() ||
        trim(to).empty())
      return "";
    nodes.insert(std::string(trim(from)));
    nodes.insert(std::string(trim(to, " \t+-")));
    ++links;
    return std::string(trim(from)).append(arrow).append(trim(to)).append(": ").append(text);
  }

  std::string state(std::string_view text) {
    if (text == "}") return open-- > 0 ? "}" : "";
    const std::string_view first = word_of(text);
    if (first == "direction") return flow(text);
    if (first == "state") return named_state(trim(text.substr(first.size())));
    const size_t arrow = text.find("-->");
    const size_t colon = text.find(':');
    const std::string label(colon == std::string_view::npos ? "" : trim(text.substr(colon + 1)));
    if (!is_plain(label)) return "";
    const std::string tail = label.empty() ? "" : " : " + label;
    if (arrow == std::string_view::npos)
      return !tail.empty() && is_state(trim(text.substr(0, colon)))
                 ? std::string(trim(text.substr(0, colon))) + tail
                 : "";
    if (colon < arrow) return "";
    const std::string_view from = trim(text.substr(0, arrow));
    const std::string_view to =
        trim(text.substr(arrow + 3, std::min(colon, text.size()) - arrow - 3));
    if (!is_state(from) || !is_state(to)) return "";
    ++links;
    return std::string(from) + " --> " + std::string(to) + tail;
  }

  // `"Label" as X`, `X {`
  std::string named_state(std::string_view rest) {
    if (rest.ends_with('{')) {
      const std::string_view name = trim(rest.substr(0, rest.size() - 1));
      return ++open <= kMaxNesting && is_state(name) ? "state " + std::string(name) + " {" : "";
    }
    const size_t as = rest.rfind(" as ");
    if (as == std::string_view::npos) return is_state(rest) ? "state " + std::string(rest) : "";
    const auto label = label_of(rest.substr(0, as));
    const std::string_view name = trim(rest.substr(as + 4));
    return label && is_state(name) ? "state \"" + *label + "\" as " + std::string(name) : "";
  }

  bool is_state(std::string_view name) {
    if (name == "[*]") return true;
    nodes.insert(std::string(name));
    return !name.empty() && name.size() <= kMaxId && std::ranges::all_of(name, is_id_char);
  }

 private:
  size_t groups_ = 0;
};

Error at_line(size_t number, std::string_view what) {
  return invalid_input("line " + std::to_string(number) + " of the diagram: " + std::string(what));
}

}  // namespace

Result<std::string> check_mermaid(std::string_view text) {
  if (text.size() > kMaxBytes) return invalid_input("the diagram is longer than 6,000 bytes");
  if (text.find('`') != std::string_view::npos) return invalid_input("the diagram holds backticks");
  Reader reader;
  std::string out;
  size_t number = 0;
  for (const std::string_view raw : split_lines(text)) {
    const std::string_view line = trim(raw, " \t\r;");
    if (++number > kMaxLines) return invalid_input("the diagram has more than 120 lines");
    if (line.empty() || (line.starts_with("%%") && !line.starts_with("%%{"))) continue;
    const bool first = reader.kind.empty();
    const std::string written = first ? reader.header(line) : reader.line(line);
    if (written.empty()) {
      return at_line(number, first ? "it is not a flowchart, sequence or state diagram"
                                   : "it is not plain nodes and links");
    }
    out += (first ? "" : "  ") + written + "\n";
    if (reader.nodes.size() > kMaxNodes || reader.links > kMaxLinks)
      return invalid_input("the diagram has more than 40 nodes or 80 links");
  }
  if (reader.open != 0) return invalid_input("a block of the diagram is not closed");
  if (reader.nodes.empty()) return invalid_input("the diagram is empty");
  return out;
}

std::string mermaid_label(std::string_view text) {
  const std::string whole = repair_utf8(trim(text));
  std::string label;
  for (const char c : truncate_utf8(whole, kMaxLabel)) {
    switch (c) {
      case '"':
      case '`': label += "'"; break;
      case '<': label += "‹"; break;
      case '>': label += "›"; break;
      case '#': label += "no. "; break;
      case ';': label += ','; break;
      case '\\': label += '/'; break;
      case '\n':
      case '\r':
      case '\t': label += ' '; break;
      default: label += c;
    }
  }
  for (size_t at = label.find("://"); at != std::string::npos; at = label.find("://"))
    label.replace(at, 3, ": ");
  if (whole.size() > kMaxLabel) label += "…";
  return label;
}

std::string flowchart_of(const std::vector<Lane>& lanes) {
  std::string out;
  size_t node = 0;
  size_t group = 0;
  for (const Lane& lane : lanes) {
    if (lane.steps.empty()) continue;
    out += "  subgraph g" + std::to_string(++group) + "[\"" + mermaid_label(lane.title) + "\"]\n";
    for (size_t i = 0; i < lane.steps.size(); ++i) {
      const std::string id = "s" + std::to_string(++node);
      out += "    " + id + "[\"" + mermaid_label(lane.steps[i]) + "\"]\n";
      if (i > 0) out += "    s" + std::to_string(node - 1) + " --> " + id + "\n";
    }
    out += "  end\n";
  }
  return out.empty() ? "" : "flowchart TD\n" + out;
}

}  // namespace triage::propose
