// A YAML document as a plain tree with positions, read defensively.
//
// Configuration needs little of YAML, so this takes little: one document, at most 1 MiB, 32 levels
// and 20,000 nodes after aliases are expanded; no custom tags, no merge keys, no duplicate keys.
// Whatever is wrong comes back as problems with a position; nothing throws.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace triage::config {

struct Mark {
  int line = 1;  // both from 1
  int column = 1;
  auto operator<=>(const Mark&) const = default;
};

struct Problem {
  Mark mark;
  std::string text;
};

struct Node {
  enum class Kind { null, scalar, list, map };
  struct Member;

  Kind kind = Kind::null;
  Mark mark;
  std::string text;  // of a scalar
  std::vector<Node> items;
  std::vector<Member> members;

  Node();
  Node(Kind node_kind, Mark node_mark);
};

struct Node::Member {
  std::string key;
  Mark mark;
  Node value;
};

// Here, as they need a complete Member.
inline Node::Node() = default;
inline Node::Node(Kind node_kind, Mark node_mark) : kind(node_kind), mark(node_mark) {}

// The root, null for an empty document; nothing where it is not YAML or was refused. Duplicate keys
// are problems too, and leave the first.
std::optional<Node> parse_yaml(std::string_view text, std::vector<Problem>& problems);

// The start of outside text without control characters, for a message; and the same in quotes.
std::string printable(std::string_view text);
std::string quoted(std::string_view text);

}  // namespace triage::config
