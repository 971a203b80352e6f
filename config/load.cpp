#include "config/load.h"

#include <algorithm>
#include <array>
#include <map>

#include "config/assign_internal.h"
#include "config/cross_check_internal.h"
#include "config/secret_internal.h"
#include "pipeline/base/nearest.h"

namespace triage::config {

namespace {

constexpr size_t kMaxBytes = (size_t{1} << 20U) + 1;
constexpr size_t kMaxProblems = 50;

// Where the walk is: the pattern that rows are declared under, and how the operator calls it.
struct Place {
  std::string pattern;  // "projects.*"
  std::string path;     // "projects.shop"
  Scope scope;

  Place child(std::string_view key) const { return {join(pattern, key), join(path, key), scope}; }
  static std::string join(const std::string& parent, std::string_view key) {
    return parent.empty() ? std::string(key) : parent + "." + std::string(key);
  }
};

const Key* key_at(std::string_view pattern) {
  const auto all = keys();
  const auto found = std::ranges::find(all, pattern, &Key::path);
  return found == all.end() ? nullptr : &*found;
}

// The names that are known directly below a pattern: of keys and of sections.
std::vector<std::string_view> names_below(std::string_view pattern) {
  std::vector<std::string_view> names;
  for (const Key& key : keys()) {
    std::string_view rest = key.path;
    if (!pattern.empty()) {
      if (!rest.starts_with(pattern) || rest.substr(pattern.size(), 1) != ".") continue;
      rest.remove_prefix(pattern.size() + 1);
    }
    const std::string_view name = rest.substr(0, rest.find('.'));
    if (names.empty() || names.back() != name) names.push_back(name);
  }
  return names;
}

// Names appear in URLs, branch names and file names.
bool is_name(std::string_view name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789-_";
  return !name.empty() && name.size() <= 64 && name.front() != '-' &&
         name.find_first_not_of(kLetters) == std::string_view::npos;
}

bool sounds_secret(std::string_view key) {
  constexpr std::array<std::string_view, 6> kEndings = {"token",   "secret",      "password",
                                                        "api_key", "private_key", "passphrase"};
  return std::ranges::any_of(kEndings, [&](auto ending) { return key.ends_with(ending); });
}

class Loader {
 public:
  Loader(std::string filename, const Environment& environment)
      : filename_(std::move(filename)), environment_(environment) {}

  Result<Settings> load(std::string_view yaml, std::vector<std::string>* warnings) {
    if (const auto root = parse_yaml(yaml, problems_)) {
      map({"", "", {&settings_, nullptr, nullptr, &settings_.model}}, *root);
      // Half-read settings would be blamed for what is only a consequence.
      if (problems_.empty()) check();
    }
    if (!problems_.empty()) return invalid_input(report(problems_));
    if (warnings != nullptr) {
      for (const Problem& warning : warnings_) warnings->push_back(line(warning));
    }
    return std::move(settings_);
  }

 private:
  void complain(Mark mark, std::string text) { problems_.push_back({mark, std::move(text)}); }

  void map(const Place& place, const Node& node) {
    marks_[place.path] = node.mark;
    if (node.kind != Node::Kind::map && node.kind != Node::Kind::null)
      return complain(node.mark, (place.path.empty() ? "the file" : place.path) +
                                     " must hold keys, like \"name: value\"");
    const auto known = names_below(place.pattern);
    for (const Node::Member& member : node.members) this->member(place, known, member);
    require(place, node);
  }

  void member(const Place& place, const std::vector<std::string_view>& known,
              const Node::Member& member) {
    const bool named = known == std::vector<std::string_view>{"*"};
    const Place below = place.child(member.key);
    marks_[below.path] = member.mark;
    if (named) {
      entry(place, member);
    } else if (std::ranges::find(known, member.key) == known.end()) {
      unknown(place, known, member);
    } else if (const Key* key = key_at(below.pattern)) {
      value(*key, below, member);
    } else {
      map(below, member.value);
      marks_[below.path] = member.mark;
    }
  }

  // One source, project or model.
  void entry(const Place& place, const Node::Member& member) {
    if (!is_name(member.key))
      return complain(member.mark, "the name " + quoted(member.key) + " in " + place.path +
                                       " may hold a-z, 0-9, - and _ only, at most 64 of them");
    Place below = place.child("*");
    below.path = Place::join(place.path, member.key);
    if (place.pattern == "projects") {
      below.scope.project = &settings_.projects[member.key];
      below.scope.project->name = member.key;
    } else if (place.pattern == "models") {
      below.scope.model = &settings_.models[member.key];
    } else {
      below.scope.source = &settings_.sources[member.key];
      below.scope.source->name = member.key;
    }
    map(below, member.value);
    marks_[below.path] = member.mark;
  }

  void value(const Key& key, const Place& place, const Node::Member& member) {
    if (member.value.kind == Node::Kind::null) return;  // "key:" keeps the default
    const auto complaint = assign(key, key.field(place.scope), member.value, environment_);
    if (!complaint) return;
    const bool tight = complaint->starts_with(':');
    complain(member.value.mark, place.path + (tight ? "" : " ") + *complaint);
  }

  void unknown(const Place& place, const std::vector<std::string_view>& known,
               const Node::Member& member) {
    const std::string_view near = nearest(member.key, known);
    // Inside a source other keys are the connector's, but for what is one slip away from ours.
    const bool slip = !near.empty() && near.size() <= member.key.size() + 1 &&
                      member.key.size() <= near.size() + 1;
    if (place.scope.source != nullptr && !slip) return connector_setting(place, member);
    std::string text = "key " + quoted(member.key) + " is not known" +
                       (place.path.empty() ? "" : " in " + place.path);
    if (!near.empty()) text += "; did you mean \"" + std::string(near) + "\"?";
    if (member.key == "<<") text += "; merge keys are not read, write the keys out";
    complain(member.mark, std::move(text));
  }

  void connector_setting(const Place& place, const Node::Member& member) {
    const std::string path = Place::join(place.path, printable(member.key));
    const std::string& text = member.value.text;
    if (member.value.kind == Node::Kind::null) return;
    if (member.value.kind != Node::Kind::scalar)
      return complain(member.value.mark, path + " must be one value");
    if (!is_reference(text) && !sounds_secret(member.key)) {
      place.scope.source->settings[member.key] = text;
      return;
    }
    auto secret = resolve_secret(text, environment_);
    if (!secret) return complain(member.value.mark, path + ": " + secret.error().message);
    place.scope.source->secrets[member.key] = std::move(*secret);
  }

  void require(const Place& place, const Node& node) {
    for (const Key& key : keys()) {
      if (!key.required || key.section() != place.pattern) continue;
      const auto given = std::ranges::find(node.members, key.name(), &Node::Member::key);
      if (given != node.members.end() && given->value.kind != Node::Kind::null) continue;
      complain(node.mark,
               place.path + " needs " + std::string(key.name()) + ": " + std::string(key.help));
    }
  }

  void check() {
    cross_check(settings_, {.problem =
                                [this](const std::string& path, std::string text) {
                                  problems_.push_back({mark_of(path), std::move(text)});
                                },
                            .warning =
                                [this](const std::string& path, std::string text) {
                                  warnings_.push_back({mark_of(path), std::move(text)});
                                }});
  }

  // Of the key, or of what would hold it.
  Mark mark_of(std::string path) const {
    while (true) {
      const auto found = marks_.find(path);
      if (found != marks_.end()) return found->second;
      const size_t dot = path.rfind('.');
      path = dot == std::string::npos ? "" : path.substr(0, dot);
    }
  }

  std::string line(const Problem& problem) const {
    return filename_ + ":" + std::to_string(problem.mark.line) + ":" +
           std::to_string(problem.mark.column) + ": " + problem.text;
  }

  std::string report(std::vector<Problem> problems) const {
    std::ranges::stable_sort(problems, {}, &Problem::mark);
    std::string text;
    if (problems.size() > 1)
      text = std::to_string(problems.size()) + " problems in the configuration\n";
    const size_t shown = std::min(problems.size(), kMaxProblems);
    for (size_t i = 0; i < shown; ++i) text += (i == 0 ? "" : "\n") + line(problems[i]);
    if (shown < problems.size())
      text += "\nand " + std::to_string(problems.size() - shown) + " more";
    return text;
  }

  std::string filename_;
  const Environment& environment_;
  Settings settings_;
  std::map<std::string, Mark> marks_;
  std::vector<Problem> problems_;
  std::vector<Problem> warnings_;
};

}  // namespace

Result<Settings> load_file(const std::string& path, const Environment& environment,
                           std::vector<std::string>* warnings) {
  auto content = environment.read_file(path, kMaxBytes);
  if (!content) {
    Error error = std::move(content).error();
    if (error.kind == ErrorKind::not_found)
      error.message += "; write one with: triaged config example > triaged.yaml";
    return error;
  }
  return load_text(content->text, path, environment, warnings);
}

Result<Settings> load_text(std::string_view yaml, const std::string& filename,
                           const Environment& environment, std::vector<std::string>* warnings) {
  return Loader(filename, environment).load(yaml, warnings);
}

}  // namespace triage::config
