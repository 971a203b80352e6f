#include "config/documents.h"

#include <algorithm>

#include "config/declaration_internal.h"
#include "config/units.h"
#include "pipeline/base/codec.h"

namespace triage::config {

namespace {

// Puts a value at a dotted path, making the objects on the way.
void put(Json& root, std::string_view path, Json value) {
  const size_t dot = path.find('.');
  if (dot == std::string_view::npos) {
    root.set(path, std::move(value));
    return;
  }
  const std::string_view head = path.substr(0, dot);
  Json below = root.contains(head) ? root[head] : Json::object();
  put(below, path.substr(dot + 1), std::move(value));
  root.set(head, std::move(below));
}

std::string default_text(const Key& key) {
  return with_default(key, [](auto* field) { return value_text(field); });
}

bool is_empty_text(std::string_view yaml) { return yaml == "\"\"" || yaml == "[]"; }

// Defaults and examples inside a Markdown cell.
std::string code(std::string_view text) {
  return text.empty() || is_empty_text(text) ? "" : "`" + std::string(text) + "`";
}

std::string_view heading(const Section& section) {
  return section.path.empty() ? std::string_view("Top level") : section.path;
}

Json described(std::string_view type, std::string_view help) {
  return Json::object().set("type", type).set("description", help);
}

std::string schema_help(const Key& key) {
  const std::string bounds = bounds_text(key);
  return std::string(key.help) + (bounds.empty() ? "" : " " + bounds + ".");
}

Json numeric(const Key& key, std::string_view type) {
  const auto number = [&](double value) {
    return type == "integer" ? Json(static_cast<std::int64_t>(value)) : Json(value);
  };
  return described(type, schema_help(key))
      .set("minimum", number(key.low))
      .set("maximum", number(key.high));
}

Json patterned(const Key& key, std::string_view pattern, Json::Array types) {
  return Json::object()
      .set("type", std::move(types))
      .set("description", schema_help(key))
      .set("pattern", pattern);
}

Json schema_of(const Key& key) {
  Json json = with_default(
      key,
      Overloaded{
          [&](bool*) { return described("boolean", key.help); },
          [&](std::uint16_t*) { return numeric(key, "integer"); },
          [&](std::uint32_t*) { return numeric(key, "integer"); },
          [&](double*) { return numeric(key, "number"); },
          [&](std::uint64_t*) {
            return patterned(key, "^[0-9]+(B|[KMGT]iB|[kMGT]B)?$", {"string", "integer"});
          },
          [&](Milliseconds*) {
            // Of bare numbers only 0 says its unit.
            return patterned(key, "^(0|[0-9]+(ms|s|m|h|d))$", {"string", "integer"})
                .set("minimum", 0)
                .set("maximum", 0);
          },
          [&](Secret*) {
            return patterned(key, R"(^\$\{(env|file|credential):[^{}$]+\}$)", {"string"});
          },
          [&](std::vector<std::string>*) {
            return described("array", key.help).set("items", Json::object().set("type", "string"));
          },
          [&](auto*) { return described("string", key.help); }});
  if (const auto choices = choices_of(key); !choices.empty()) {
    Json::Array names;
    for (const std::string_view choice : choices) names.emplace_back(choice);
    json.set("enum", std::move(names));
  }
  // The value as an editor would insert it.
  std::string fallback = default_text(key);
  if (!is_empty_text(fallback)) {
    const auto parsed = parse_json(fallback);
    json.set("default", parsed.ok() ? *parsed : Json(fallback));
  }
  return json;
}

Json object_schema(std::string_view section_path) {
  Json properties = Json::object();
  Json::Array required;
  for (const Key& key : keys()) {
    if (key.section() != section_path) continue;
    properties.set(key.name(), schema_of(key));
    if (key.required) required.emplace_back(key.name());
  }
  Json object = Json::object().set("type", "object").set("properties", std::move(properties));
  if (!required.empty()) object.set("required", std::move(required));
  // A source holds its connector's own keys as well.
  if (section_path == "sources.*") {
    object.set("additionalProperties",
               Json::object().set("type", Json::Array{"string", "number", "boolean"}));
  } else {
    object.set("additionalProperties", false);
  }
  return object;
}

bool is_map_of_entries(const Section& section) { return section.path.ends_with(".*"); }

// "projects.*" → "projects"
std::string_view container(const Section& section) {
  return section.path.substr(0, section.path.find('.'));
}

void append_comment(std::string& out, std::string_view indent, std::string_view text) {
  constexpr size_t kWidth = 96;
  std::string line = std::string(indent) + "#";
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    if (line.size() + 1 + word.size() > kWidth) {
      out += line + "\n";
      line = std::string(indent) + "#";
    }
    line.append(" ").append(word);
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  out += line + "\n";
}

std::string about(const Key& key) {
  std::string text(key.help);
  const std::string bounds = bounds_text(key);
  text += " (" + type_text(key) + (bounds.empty() ? "" : ", " + bounds) +
          (key.required ? ", required)" : ")");
  return text;
}

// In YAML a reference starts with "$", which needs no quotes but reads better with them.
std::string example_value(const Key& key) {
  std::string fallback = default_text(key);
  if (!is_empty_text(fallback) || key.example.empty()) return fallback;
  return key.example.starts_with("${") ? json_quote(key.example) : std::string(key.example);
}

void append_yaml(std::string& out, const Json& json, const std::string& indent) {
  for (const auto& [name, value] : json.members()) {
    out += indent + name + ":";
    if (value.is_object() && !value.members().empty()) {
      out += "\n";
      append_yaml(out, value, indent + "  ");
    } else {
      out += " " + value.dump() + "\n";
    }
  }
}

Json value_json(const Field& field) {
  return std::visit(
      Overloaded{[](const std::uint64_t* bytes) { return Json(format_size(*bytes)); },
                 [](const Milliseconds* span) { return Json(format_duration(*span)); },
                 [](const Secret* secret) { return Json(secret->empty() ? "(not set)" : "(set)"); },
                 [](const auto* value) { return codec::write(*value); }},
      field);
}

Json entry_json(std::string_view section_path, const Scope& scope) {
  Json entry = Json::object();
  for (const Key& key : keys()) {
    if (key.section() == section_path) entry.set(key.name(), value_json(key.field(scope)));
  }
  return entry;
}

}  // namespace

std::string reference() {
  std::string out =
      "# Settings\n\nSecrets are never written out: `${env:NAME}`, `${file:/PATH}` or "
      "`${credential:NAME}` (systemd).\nDurations are like `250ms`, `60s`, `5m`, `1h`; sizes like "
      "`512KiB`, `25MiB`, `2GiB`.\n";
  for (const Section& section : sections()) {
    out.append("\n## ").append(heading(section)).append("\n\n").append(section.help);
    out += "\n\n| key | type | default | bounds | what it is |\n|---|---|---|---|---|\n";
    for (const Key& key : keys()) {
      if (key.section() != section.path) continue;
      out.append("| `").append(key.path).append("` | ").append(type_text(key)).append(" | ");
      out += key.required ? "required" : code(default_text(key));
      out.append(" | ").append(bounds_text(key)).append(" | ").append(key.help);
      if (!key.example.empty()) out.append(" Example: `").append(key.example).append("`");
      out += " |\n";
    }
  }
  return out;
}

Json reference_json() {
  Json out = Json::array();
  for (const Key& key : keys()) {
    out.push(Json::object()
                 .set("path", key.path)
                 .set("type", type_text(key))
                 .set("default", default_text(key))
                 .set("bounds", bounds_text(key))
                 .set("required", key.required)
                 .set("example", key.example)
                 .set("help", key.help));
  }
  return out;
}

Json schema() {
  Json root = Json::object()
                  .set("$schema", "https://json-schema.org/draft/2020-12/schema")
                  .set("title", "Configuration of triaged");
  Json object = object_schema("");
  Json properties = object["properties"];
  for (const Section& section : sections()) {
    if (section.path.empty()) continue;
    Json entry = object_schema(section.path);
    if (is_map_of_entries(section)) {
      entry =
          Json::object()
              .set("type", Json::Array{"object", "null"})
              .set("propertyNames", Json::object().set("pattern", "^[a-z0-9_][a-z0-9_-]{0,63}$"))
              .set("additionalProperties", std::move(entry));
    } else {
      entry.set("type", Json::Array{"object", "null"});
    }
    properties.set(container(section), entry.set("description", section.help));
  }
  object.set("properties", std::move(properties));
  for (const auto& [name, value] : object.members()) root.set(name, value);
  return root;
}

std::string example() {
  std::string out =
      "# Configuration of triaged. Every key is here with its default: take the # before it away "
      "to\n"
      "# change it. `triaged config check` reads this file and says what is wrong with it.\n"
      "# Secrets are written as \"${env:NAME}\", \"${file:/PATH}\" or \"${credential:NAME}\" "
      "(systemd).\n";
  for (const Section& section : sections()) {
    out += "\n";
    append_comment(out, "", section.help);
    std::string indent;
    if (!section.path.empty()) {
      out.append(container(section)).append(":\n");
      indent = "  ";
    }
    if (is_map_of_entries(section)) {
      out.append(indent).append("#").append(section.example).append(":\n");
      indent += "  ";
    }
    for (const Key& key : keys()) {
      if (key.section() != section.path) continue;
      append_comment(out, indent, about(key));
      out.append(indent).append("#").append(key.name()).append(": ");
      out += example_value(key) + "\n";
    }
    if (section.path == "sources.*") {
      append_comment(out, indent, "What this connector needs besides.");
      out += indent + "#repository: acme/shop\n" + indent +
             "#token: \"${credential:github-token}\"\n" + indent +
             "#webhook_secret: \"${credential:github-webhook-secret}\"\n";
    }
  }
  return out;
}

Json effective(const Settings& settings) {
  // Fields are pointers to what may be written; nothing is written here, and only to a copy at
  // that.
  Settings copy = settings;
  Json out = Json::object();
  for (const Key& key : keys()) {
    if (key.path.find('*') == std::string_view::npos)
      put(out, key.path, value_json(key.field({&copy, nullptr, nullptr, &copy.model})));
  }
  Json models = Json::object();
  for (auto& [name, model] : copy.models)
    models.set(name, entry_json("models.*", {nullptr, nullptr, nullptr, &model}));
  Json projects = Json::object();
  for (auto& [name, project] : copy.projects)
    projects.set(name, entry_json("projects.*", {nullptr, &project, nullptr, nullptr}));
  Json sources = Json::object();
  for (auto& [name, source] : copy.sources) {
    Json entry = entry_json("sources.*", {nullptr, nullptr, &source, nullptr});
    for (const auto& [key, text] : source.settings) entry.set(key, text);
    for (const auto& [key, secret] : source.secrets) entry.set(key, "(set)");
    sources.set(name, std::move(entry));
  }
  return out.set("models", std::move(models))
      .set("projects", std::move(projects))
      .set("sources", std::move(sources));
}

std::string effective_yaml(const Settings& settings) {
  std::string out;
  append_yaml(out, effective(settings), "");
  return out;
}

}  // namespace triage::config
