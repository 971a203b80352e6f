// The only file that sees yaml-cpp. It listens to the parser's events instead of loading its tree:
// each event comes before the parser descends, so depth and size are refused while the stack is
// still shallow, and duplicate keys, which the tree would merge silently, are seen.
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

#include "config/yaml_internal.h"
#include "pipeline/base/utf8.h"

namespace triage::config {

namespace {

constexpr size_t kMaxBytes = size_t{1} << 20U;
constexpr size_t kMaxDepth = 32;
constexpr size_t kMaxNodes = 20'000;

Mark mark_of(const YAML::Mark& mark) {
  return {std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1};
}

// Carries a refusal out of the parser to parse_yaml(); it never leaves this file.
struct Refused {
  Problem problem;
};

class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::vector<Problem>& problems) : problems_(problems) {}

  Node take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(Node(Node::Kind::null, mark_of(mark)), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) refuse(mark_of(mark), "an alias must not stand inside its anchor");
    if (open_.size() + found->second.height > kMaxDepth) refuse_depth(mark_of(mark));
    if (!open_.empty())
      open_.back().height = std::max(open_.back().height, found->second.height + 1);
    count(found->second.nodes, mark_of(mark));
    place(found->second.node);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node(Node::Kind::scalar, mark_of(mark));
    // "?" is the tag of what was written without quotes; only there does ~ mean nothing.
    if (tag == "?" && (value == "~" || value == "null" || value.empty()))
      node.kind = Node::Kind::null;
    if (tag != "?" && tag != "!") refuse(node.mark, "tags like !name are not taken");
    node.text = value;
    add(std::move(node), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node(Node::Kind::list, mark_of(mark)), anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node(Node::Kind::map, mark_of(mark)), anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Anchored {
    Node node;
    size_t nodes;
    size_t height;
  };
  struct Open {
    Node node;
    YAML::anchor_t anchor;
    std::optional<Node> key;  // of a map: read, its value is next
    size_t nodes_before;
    size_t height = 1;
  };

  [[noreturn]] static void refuse(Mark mark, std::string text) {
    throw Refused{{mark, std::move(text)}};
  }
  [[noreturn]] static void refuse_depth(Mark mark) {
    refuse(mark, "nested deeper than " + std::to_string(kMaxDepth) + " levels");
  }

  void count(size_t nodes, Mark mark) {
    nodes_ += nodes;
    if (nodes_ > kMaxNodes)
      refuse(mark, "more than " + std::to_string(kMaxNodes) + " values, aliases included");
  }

  void open(Node node, YAML::anchor_t anchor) {
    if (open_.size() >= kMaxDepth) refuse_depth(node.mark);
    count(1, node.mark);
    open_.push_back({std::move(node), anchor, std::nullopt, nodes_ - 1});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    if (!open_.empty()) open_.back().height = std::max(open_.back().height, done.height + 1);
    if (done.anchor != 0)
      anchors_[done.anchor] = {done.node, nodes_ - done.nodes_before, done.height};
    place(std::move(done.node));
  }

  void add(Node node, YAML::anchor_t anchor) {
    count(1, node.mark);
    if (anchor != 0) anchors_[anchor] = {node, 1, 0};
    place(std::move(node));
  }

  void place(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (Open& parent = open_.back(); parent.node.kind == Node::Kind::list) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      if (node.kind == Node::Kind::list || node.kind == Node::Kind::map)
        refuse(node.mark, "a key has to be a single word");
      parent.key = std::move(node);
    } else {
      place_member(parent, std::move(node));
    }
  }

  void place_member(Open& parent, Node value) {
    const Node key = std::move(*parent.key);
    parent.key.reset();
    auto& members = parent.node.members;
    const auto twin = std::ranges::find(members, key.text, &Node::Member::key);
    if (twin == members.end()) {
      members.push_back({key.text, key.mark, std::move(value)});
    } else {
      problems_.push_back({key.mark, "key " + quoted(key.text) + " is given twice, first on line " +
                                         std::to_string(twin->mark.line)});
    }
  }

  std::vector<Problem>& problems_;
  Node root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  size_t nodes_ = 0;
};

// What is refused before yaml-cpp sees a byte.
std::optional<Problem> unreadable(std::string_view text) {
  if (text.size() > kMaxBytes) return Problem{{}, "larger than 1 MiB"};
  const size_t nul = text.find('\0');
  const bool valid = is_valid_utf8(text);
  if (valid && nul == std::string_view::npos) return std::nullopt;
  return Problem{{},
                 valid ? "holds a NUL byte: this is not a text file"
                       : "is not UTF-8: save it in that encoding"};
}

}  // namespace

std::optional<Node> parse_yaml(std::string_view text, std::vector<Problem>& problems) {
  if (auto problem = unreadable(text)) {
    problems.push_back(std::move(*problem));
    return std::nullopt;
  }
  try {
    TreeBuilder builder(problems);
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    Node root = builder.take_root();
    TreeBuilder rest(problems);
    if (parser.HandleNextDocument(rest))
      problems.push_back({rest.take_root().mark, "a second document (after ---) is not read"});
    return root;
  } catch (const Refused& refused) {
    problems.push_back(refused.problem);
  } catch (const YAML::Exception& error) {
    problems.push_back({mark_of(error.mark), "not YAML: " + error.msg});
  } catch (const std::exception& error) {
    problems.push_back({{}, std::string("cannot be parsed: ") + error.what()});
  }
  return std::nullopt;
}

std::string printable(std::string_view text) {
  constexpr size_t kShown = 60;
  std::string shown(truncate_utf8(text, kShown));
  std::ranges::replace_if(
      shown, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return shown + (text.size() > kShown ? "…" : "");
}

std::string quoted(std::string_view text) { return '"' + printable(text) + '"'; }

}  // namespace triage::config
