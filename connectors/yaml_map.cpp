#include <algorithm>
#include <charconv>

#include "connectors/suggestion.h"
#include "connectors/yaml_map_internal.h"

namespace triage::connectors {
namespace {

constexpr int kMaxDepth = 16;

bool is_plain(const YAML::Node& node) { return node.Tag() == "?"; }

std::optional<std::int64_t> to_number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

void YamlProblems::add(const YAML::Node& node, const std::string& reason) {
  list.push_back(file + ":" + std::to_string(node.Mark().line + 1) + ": " + reason);
}

YamlMap::YamlMap(YamlProblems& problems, const YAML::Node& node, std::string name)
    : problems_(problems), node_(node), name_(std::move(name)) {
  if (!node_.IsMap()) {
    problems_.add(node_, name_ + " must be a mapping (key: value)");
    node_ = YAML::Node(YAML::NodeType::Map);
  }
}

YAML::Node YamlMap::at(const std::string& key) {
  asked_.push_back(key);
  return static_cast<const YAML::Node&>(node_)[key];
}

bool YamlMap::has(const std::string& key) { return at(key).IsDefined(); }

std::string YamlMap::text(const std::string& key, const std::string& fallback) {
  const YAML::Node value = at(key);
  if (!value.IsDefined() || value.IsNull()) return fallback;
  if (!value.IsScalar()) {
    problems_.add(value, name_ + "." + key + " must be text");
    return fallback;
  }
  return value.Scalar();
}

std::string YamlMap::required_text(const std::string& key) {
  std::string value = text(key);
  if (value.empty()) problems_.add(node_, name_ + " needs \"" + key + "\"");
  return value;
}

bool YamlMap::flag(const std::string& key) {
  const std::string value = text(key, "false");
  if (value != "true" && value != "false") problem(key, key + " must be true or false");
  return value == "true";
}

std::int64_t YamlMap::number(const std::string& key, std::int64_t fallback) {
  const std::string value = text(key);
  if (value.empty()) return fallback;
  const auto number = to_number(value);
  if (!number || *number < 0) problem(key, key + " must be a whole number, 0 or more");
  return number.value_or(fallback);
}

std::vector<std::string> YamlMap::texts(const std::string& key) {
  const YAML::Node value = at(key);
  if (!value.IsDefined()) return {};
  if (value.IsScalar()) return {value.Scalar()};
  std::vector<std::string> out;
  if (!value.IsSequence()) problems_.add(value, name_ + "." + key + " must be text or a list");
  for (const YAML::Node& item : value) {
    if (item.IsScalar())
      out.push_back(item.Scalar());
    else
      problems_.add(value, name_ + "." + key + " must be a list of texts");
  }
  return out;
}

std::string YamlMap::one_of(const std::string& key, const std::string& fallback,
                            const std::vector<std::string>& allowed) {
  std::string value = text(key, fallback);
  if (std::ranges::find(allowed, value) == allowed.end())
    problem(key, "\"" + value + "\" is no " + key + suggestion(value, allowed));
  return value;
}

void YamlMap::check_pointer(const YAML::Node& node, const std::string& pointer) {
  bool good = pointer.empty() || pointer.starts_with('/');
  for (size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] != '~') continue;
    good = good && i + 1 < pointer.size() && (pointer[i + 1] == '0' || pointer[i + 1] == '1');
  }
  if (!good) problems_.add(node, "\"" + pointer + "\" is no JSON Pointer (they look like /a/0/b)");
}

std::string YamlMap::pointer(const std::string& key) {
  std::string value = text(key);
  if (!value.empty()) check_pointer(at(key), value);
  return value;
}

Field YamlMap::field(const std::string& key) {
  Field pointers = texts(key);
  for (const std::string& pointer : pointers) check_pointer(at(key), pointer);
  return pointers;
}

Template YamlMap::compile(const YAML::Node& node) {
  auto compiled = Template::compile(node.Scalar());
  if (!compiled) {
    problems_.add(node, "in \"" + node.Scalar() + "\": " + compiled.error().message);
    return {};
  }
  for (const std::string& variable : compiled->variables()) {
    if (std::ranges::find(problems_.variables, variable) == problems_.variables.end())
      problems_.add(node, "unknown variable {" + variable + "}" +
                              suggestion(variable, problems_.variables));
  }
  return std::move(*compiled);
}

Template YamlMap::text_template(const std::string& key) {
  const YAML::Node value = at(key);
  if (!value.IsDefined()) return {};
  if (!value.IsScalar()) {
    problems_.add(value, name_ + "." + key + " must be text");
    return {};
  }
  return compile(value);
}

std::vector<Template> YamlMap::templates(const std::string& key) {
  const YAML::Node value = at(key);
  std::vector<Template> out;
  if (value.IsDefined() && value.IsScalar()) {
    out.push_back(compile(value));
  } else if (value.IsDefined()) {
    for (const YAML::Node& item : value) {
      if (item.IsScalar())
        out.push_back(compile(item));
      else
        problems_.add(value, name_ + "." + key + " must be text or a list of texts");
    }
  }
  return out;
}

Shape YamlMap::shape_of(const YAML::Node& node, int depth) {
  Shape out;
  if (depth > kMaxDepth) {
    problems_.add(node, "nested too deeply");
  } else if (node.IsMap()) {
    out.kind = Shape::Kind::object;
    for (const auto& member : node)
      out.members.push_back({member.first.Scalar(), shape_of(member.second, depth + 1)});
  } else if (node.IsSequence()) {
    out.kind = Shape::Kind::array;
    for (const YAML::Node& item : node) out.items.push_back(shape_of(item, depth + 1));
  } else if (node.IsScalar()) {
    const std::string& text = node.Scalar();
    const auto number = to_number(text);
    if (is_plain(node) && (text == "true" || text == "false")) {
      out.literal = text == "true";
    } else if (is_plain(node) && number) {
      out.literal = *number;
    } else {
      out.kind = Shape::Kind::text;
      out.text = compile(node);
    }
  }
  return out;
}

std::optional<Shape> YamlMap::shape(const std::string& key) {
  const YAML::Node value = at(key);
  if (!value.IsDefined()) return std::nullopt;
  return shape_of(value, 0);
}

bool YamlMap::section(const std::string& key, const Read& read) {
  const YAML::Node value = at(key);
  if (!value.IsDefined()) return false;
  YamlMap map(problems_, value, key);
  read(map);
  map.finish();
  return true;
}

void YamlMap::each(const std::string& key, const Read& read) {
  const YAML::Node value = at(key);
  if (!value.IsDefined()) return;
  if (!value.IsSequence()) {
    section(key, read);
    return;
  }
  for (const YAML::Node& item : value) {
    YamlMap map(problems_, item, key);
    read(map);
    map.finish();
  }
}

void YamlMap::named(const std::string& key,
                    const std::function<void(const std::string&, YamlMap&)>& read) {
  section(key, [&](YamlMap& map) {
    for (const auto& member : map.node_) {
      const std::string name = member.first.Scalar();
      map.asked_.push_back(name);
      YamlMap one(problems_, member.second, key + "." + name);
      read(name, one);
      one.finish();
    }
  });
}

std::vector<std::pair<std::string, Template>> YamlMap::named_templates(const std::string& key) {
  std::vector<std::pair<std::string, Template>> out;
  section(key, [&](YamlMap& map) {
    for (const auto& member : map.node_)
      out.emplace_back(member.first.Scalar(), map.text_template(member.first.Scalar()));
  });
  return out;
}

std::vector<std::pair<std::string, Field>> YamlMap::named_fields(const std::string& key) {
  std::vector<std::pair<std::string, Field>> out;
  section(key, [&](YamlMap& map) {
    for (const auto& member : map.node_)
      out.emplace_back(member.first.Scalar(), map.field(member.first.Scalar()));
  });
  return out;
}

void YamlMap::problem(const std::string& key, const std::string& reason) {
  const YAML::Node value = at(key);
  problems_.add(value.IsDefined() ? value : node_, reason);
}

void YamlMap::finish() {
  std::ranges::sort(asked_);
  asked_.erase(std::unique(asked_.begin(), asked_.end()), asked_.end());
  std::vector<std::string> seen;
  for (const auto& member : node_) {
    const std::string key = member.first.IsScalar() ? member.first.Scalar() : "";
    if (std::ranges::find(seen, key) != seen.end())
      problems_.add(member.first, "\"" + key + "\" appears twice in " + name_);
    seen.push_back(key);
    if (std::ranges::find(asked_, key) == asked_.end())
      problems_.add(member.first,
                    "unknown key \"" + key + "\" in " + name_ + suggestion(key, asked_));
  }
}

}  // namespace triage::connectors
