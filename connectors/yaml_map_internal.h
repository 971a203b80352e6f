// Reads one YAML mapping strictly: every key is asked for, unknown ones are problems with the
// nearest name, and each problem says file and line. The only header that sees yaml-cpp.
#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <string>
#include <vector>

#include "connectors/spec.h"

namespace triage::connectors {

struct YamlProblems {
  std::string file;
  std::vector<std::string> variables;  // what templates may name here
  std::vector<std::string> list;
  void add(const YAML::Node& node, const std::string& reason);
};

class YamlMap {
 public:
  YamlMap(YamlProblems& problems, const YAML::Node& node, std::string name);

  bool has(const std::string& key);
  std::string text(const std::string& key, const std::string& fallback = "");
  std::string required_text(const std::string& key);
  bool flag(const std::string& key);
  std::int64_t number(const std::string& key, std::int64_t fallback);
  std::vector<std::string> texts(const std::string& key);  // one or a list
  std::string one_of(const std::string& key, const std::string& fallback,
                     const std::vector<std::string>& allowed);
  std::string pointer(const std::string& key);
  Field field(const std::string& key);
  Template text_template(const std::string& key);
  std::vector<Template> templates(const std::string& key);
  std::optional<Shape> shape(const std::string& key);

  using Read = std::function<void(YamlMap&)>;
  // The mapping under key; false where there is none.
  bool section(const std::string& key, const Read& read);
  // Each mapping of a list; a single mapping is a list of one.
  void each(const std::string& key, const Read& read);
  // Each key of a mapping whose keys are names and whose values are mappings.
  void named(const std::string& key,
             const std::function<void(const std::string& name, YamlMap&)>& read);

  // A mapping of names to templates, or to pointers.
  std::vector<std::pair<std::string, Template>> named_templates(const std::string& key);
  std::vector<std::pair<std::string, Field>> named_fields(const std::string& key);

  void problem(const std::string& key, const std::string& reason);
  // Reports the keys that nobody asked for.
  void finish();
  YamlProblems& problems() { return problems_; }

 private:
  YAML::Node at(const std::string& key);
  Template compile(const YAML::Node& node);
  Shape shape_of(const YAML::Node& node, int depth);
  void check_pointer(const YAML::Node& node, const std::string& pointer);

  YamlProblems& problems_;
  YAML::Node node_;
  std::string name_;
  std::vector<std::string> asked_;
};

}  // namespace triage::connectors
