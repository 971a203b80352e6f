// From YAML to Spec, section by section, in the order in which a spec is written.
#include <algorithm>

#include "connectors/suggestion.h"
#include "connectors/plugins/plugin.h"
#include "connectors/yaml_map_internal.h"
#include "pipeline/base/effect.h"

namespace triage::connectors {
namespace {

constexpr size_t kMaxSpec = 256 * 1024;

// What an effect and the engine itself add to a spec's settings.
const std::vector<std::string> kEngineVariables{
    "base_branch", "base_commit", "body",      "branch", "labels",    "marker",
    "marker_start", "op_id",      "result.id", "cursor.since", "ticket.id", "title"};

Condition read_condition(YamlMap& map) {
  Condition out;
  out.at = map.pointer("at");
  out.negated = map.flag("not");
  out.because = map.text("because");
  using Test = Condition::Test;
  int tests = map.has("present") ? 1 : 0;
  if (tests == 1) out.negated = out.negated == map.flag("present");
  const std::vector<std::pair<std::string, Test>> with_values{
      {"equals", Test::equals}, {"contains", Test::contains}, {"starts_with", Test::starts_with}};
  for (const auto& [key, test] : with_values) {
    if (!map.has(key)) continue;
    ++tests;
    out.test = test;
    out.values = map.templates(key);
  }
  if (tests != 1)
    map.problem("at", "a condition needs one of present, equals, contains, starts_with");
  return out;
}

Conditions read_all_of(YamlMap& map, const std::string& key) {
  Conditions out;
  map.each(key, [&](YamlMap& one) { out.push_back(read_condition(one)); });
  return out;
}

// A list in which any one decides: each is a condition, or `all:` of several.
std::vector<Conditions> read_any_of(YamlMap& map, const std::string& key) {
  std::vector<Conditions> out;
  map.each(key, [&](YamlMap& one) {
    if (!one.has("all")) {
      out.push_back({read_condition(one)});
      return;
    }
    Conditions all = read_all_of(one, "all");
    if (!all.empty()) all.front().because = one.text("because");
    out.push_back(std::move(all));
  });
  return out;
}

PersonMapping read_person(YamlMap& map) {
  return {map.field("name"),    map.field("email"),   map.field("phone"),
          map.field("address"), map.field("company"), map.field("login")};
}

CommentMapping read_comments(YamlMap& map) {
  CommentMapping out;
  out.list = map.pointer("list");
  out.id = map.field("id");
  out.body = map.field("body");
  out.created_at = map.field("created_at");
  map.section("author", [&](YamlMap& author) { out.author = read_person(author); });
  out.internal = read_all_of(map, "internal");
  out.staff = read_all_of(map, "staff");
  out.command = read_all_of(map, "command");
  out.skip = read_any_of(map, "skip");
  return out;
}

TicketMapping read_ticket(YamlMap& map) {
  TicketMapping out;
  out.id = map.field("id");
  out.url = map.field("url");
  out.subject = map.field("subject");
  out.body = map.field("body");
  out.created_at = map.field("created_at");
  out.updated_at = map.field("updated_at");
  map.section("labels", [&](YamlMap& labels) {
    out.labels = labels.pointer("list");
    out.label = labels.field("value");
  });
  map.section("requester", [&](YamlMap& person) { out.requester = read_person(person); });
  map.each("people", [&](YamlMap& person) {
    const std::string list = person.pointer("list");
    out.people.emplace_back(list, read_person(person));
  });
  map.section("comments", [&](YamlMap& comments) { out.comments = read_comments(comments); });
  map.section("attachments", [&](YamlMap& attachment) {
    out.attachments = {attachment.pointer("list"), attachment.field("name"),
                       attachment.field("media_type"), attachment.field("text")};
  });
  out.open = read_all_of(map, "open");
  out.assigned = read_all_of(map, "assigned");
  out.skip = read_any_of(map, "skip");
  out.required = map.texts("required");
  for (const std::string& name : out.required) {
    if (name != "id" && name != "subject" && name != "body")
      map.problem("required", "required can name id, subject and body");
  }
  out.last_comment_only = map.one_of("revision", "all-words", {"all-words", "last-comment"}) ==
                          "last-comment";
  return out;
}

ProofSpec read_proof(YamlMap& map, const std::vector<Setting>& settings) {
  ProofSpec out;
  out.scheme = map.one_of("scheme", "", proof_schemes());
  out.header = map.text("header");
  out.prefix = map.text("prefix");
  out.secrets = map.texts("secrets");
  out.layout = map.text("signed", out.layout);
  out.timestamp_header = map.text("timestamp_header");
  out.id_header = map.text("id_header");
  out.tolerance = std::chrono::seconds(map.number("tolerance", out.tolerance.count()));
  if (out.scheme == "none") return out;
  if (out.header.empty()) map.problem("header", "a proof needs the header that holds it");
  if (out.secrets.empty()) map.problem("secrets", "a proof needs at least one secret");
  for (const std::string& name : out.secrets) {
    const auto known = std::ranges::find(settings, name, &Setting::name);
    if (known == settings.end() || !known->secret)
      map.problem("secrets", "\"" + name + "\" is not declared under secrets:");
  }
  return out;
}

EventRule read_event(YamlMap& map) {
  EventRule out;
  out.event = map.text("event");
  out.actions = map.texts("action");
  out.when = read_all_of(map, "when");
  int makes = 0;
  makes += map.section("ticket", [&](YamlMap& ticket) {
    out.makes = EventRule::Makes::ticket;
    out.item = ticket.pointer("item");
    out.comment = ticket.pointer("comment");
  });
  makes += map.section("outcome", [&](YamlMap& outcome) {
    out.makes = EventRule::Makes::outcome;
    out.what = outcome.required_text("what");
    out.ticket = outcome.field("ticket");
    out.reference = outcome.field("reference");
    out.actor = outcome.field("actor");
    out.text = outcome.field("text");
    out.comment_id = outcome.field("comment");
    out.staff = read_all_of(outcome, "staff");
  });
  out.reason = map.text("ignored");
  if (!out.reason.empty()) ++makes;
  if (makes != 1) map.problem("event", "an event makes one of ticket, outcome, ignored");
  return out;
}

WebhookSpec read_webhook(YamlMap& map, const std::vector<Setting>& settings) {
  WebhookSpec out;
  if (!map.section("proof", [&](YamlMap& proof) { out.proof = read_proof(proof, settings); }))
    map.problem("proof", "webhook needs \"proof\": how a delivery shows who sent it");
  out.delivery_headers = map.texts("delivery");
  out.event_header = map.text("event_header");
  out.action = map.field("action");
  out.plain_text = map.flag("plain_text");
  out.ignore = read_any_of(map, "ignore");
  map.each("events", [&](YamlMap& event) { out.events.push_back(read_event(event)); });
  return out;
}

RequestSpec read_request(YamlMap& map, const std::string& method = "GET") {
  RequestSpec out;
  out.method = map.one_of("method", method, {"DELETE", "GET", "PATCH", "POST", "PUT"});
  if (!map.text("path").starts_with('/')) map.problem("path", "a request needs a path (/…)");
  out.path = map.text_template("path");
  out.body = map.shape("json");
  return out;
}

std::optional<RequestSpec> read_optional_request(YamlMap& map, const std::string& key) {
  std::optional<RequestSpec> out;
  map.section(key, [&](YamlMap& request) { out = read_request(request); });
  return out;
}

ListSpec read_list(YamlMap& map) {
  ListSpec out;
  out.request = read_request(map);
  out.items = map.pointer("items");
  out.link_next = map.one_of("next", "none", {"link", "none"}) == "link";
  out.max_pages = static_cast<size_t>(map.number("max_pages", 10));
  out.match = read_all_of(map, "match");
  return out;
}

std::vector<ErrorRule> read_errors(YamlMap& map) {
  static const std::vector<std::pair<std::string, ErrorKind>> kKinds{
      {"conflict", ErrorKind::conflict},         {"denied", ErrorKind::denied},
      {"invalid_input", ErrorKind::invalid_input}, {"not_found", ErrorKind::not_found},
      {"unavailable", ErrorKind::unavailable}};
  std::vector<std::string> names;
  for (const auto& kind : kKinds) names.push_back(kind.first);
  std::vector<ErrorRule> out;
  map.each("errors", [&](YamlMap& row) {
    ErrorRule rule;
    rule.status = static_cast<int>(row.number("status", 0));
    rule.contains = row.text("contains");
    const std::string kind = row.one_of("kind", "denied", names);
    for (const auto& [name, value] : kKinds) {
      if (name == kind) rule.kind = value;
    }
    rule.say = row.required_text("say");
    out.push_back(std::move(rule));
  });
  return out;
}

PollSpec read_poll(YamlMap& map) {
  PollSpec out;
  out.list = read_list(map);
  out.page_size = static_cast<size_t>(map.number("page_size", 100));
  out.start = map.text_template("start");
  out.first_lookback = std::chrono::seconds(map.number("first_lookback", 3600));
  out.lookback = std::chrono::seconds(map.number("lookback", 60));
  out.probe = read_optional_request(map, "probe");
  map.section("comments", [&](YamlMap& comments) { out.comments = read_list(comments); });
  return out;
}

Operation read_operation(YamlMap& map) {
  Operation out;
  out.plugin = map.text("plugin");
  out.errors = read_errors(map);
  out.max_body = static_cast<size_t>(map.number("max_body", 0));
  out.internal = map.flag("internal");
  if (!out.plugin.empty()) {
    map.one_of("plugin", "", plugin_names());
    return out;
  }
  map.section("find", [&](YamlMap& find) { out.find = read_list(find); });
  if (!map.section("write", [&](YamlMap& write) { out.write = read_request(write, "POST"); }))
    map.problem("write", "an operation needs \"write\" or \"plugin\"");
  out.id = map.field("id");
  out.url = map.field("url");
  out.read_back = read_optional_request(map, "read_back");
  out.expect = read_all_of(map, "expect");
  out.undo = read_optional_request(map, "undo");
  return out;
}

std::vector<std::pair<std::string, Operation>> read_operations(YamlMap& spec) {
  std::vector<std::string> effects;
  for (const std::string_view name : names(EffectKind{})) effects.emplace_back(name);
  std::vector<std::pair<std::string, Operation>> out;
  spec.named("operations", [&](const std::string& name, YamlMap& map) {
    out.emplace_back(name, read_operation(map));
    if (std::ranges::find(effects, name) == effects.end())
      map.problem(name, "\"" + name + "\" is no operation" + suggestion(name, effects));
  });
  return out;
}

void read_check(YamlMap& spec_map, Spec& spec) {
  spec_map.section("check", [&](YamlMap& map) {
    std::vector<std::string>& variables = map.problems().variables;
    const size_t before = variables.size();
    map.each("steps", [&](YamlMap& step) {
      CheckStep out;
      out.request = read_request(step);
      out.values = step.named_fields("values");
      out.expect = read_all_of(step, "expect");
      out.optional = step.flag("optional");
      for (const auto& value : out.values) variables.push_back(value.first);
      spec.check.push_back(std::move(out));
    });
    spec.check_say = map.text_template("say");
    variables.resize(before);
  });
}

LimitSpec read_limits(YamlMap& map) {
  return {map.texts("after"), map.text("reset"), map.text("remaining"), map.texts("words"),
          std::chrono::seconds(map.number("fallback", 60))};
}

std::vector<Setting> read_settings(YamlMap& spec, const std::string& key, bool secret) {
  std::vector<Setting> out;
  spec.named(key, [&](const std::string& name, YamlMap& map) {
    Setting setting{name, map.required_text("help"), map.text("default"),
                    map.one_of("kind", "text", setting_kinds()), map.flag("required"), secret};
    const std::string wrong = problem_with_value(setting, setting.fallback);
    if (!setting.fallback.empty() && !wrong.empty()) map.problem("default", wrong);
    out.push_back(std::move(setting));
  });
  return out;
}

void declare_variables(YamlProblems& problems, const std::vector<Setting>& settings) {
  problems.variables = kEngineVariables;
  for (const Setting& setting : settings) {
    if (setting.secret) continue;
    problems.variables.push_back(setting.name);
    if (setting.kind != "owner/name") continue;
    problems.variables.push_back(setting.name + ".owner");
    problems.variables.push_back(setting.name + ".name");
  }
}

// Only headers may hold secrets: an address ends up in logs.
void read_headers(YamlMap& map, Spec& spec) {
  std::vector<std::string>& variables = map.problems().variables;
  const std::vector<std::string> without_secrets = variables;
  for (const Setting& setting : spec.settings) {
    if (setting.secret) variables.push_back(setting.name);
  }
  spec.headers = map.named_templates("headers");
  variables = without_secrets;
}

Spec read_all(YamlMap& map) {
  Spec spec;
  spec.name = map.required_text("name");
  spec.title = map.required_text("title");
  spec.description = map.required_text("description");
  spec.settings = read_settings(map, "settings", false);
  for (Setting& secret : read_settings(map, "secrets", true))
    spec.settings.push_back(std::move(secret));
  declare_variables(map.problems(), spec.settings);
  spec.base_url = map.text_template("base_url");
  read_headers(map, spec);
  spec.stored_notes = map.flag("stored_notes");
  map.section("limits", [&](YamlMap& limits) { spec.limits = read_limits(limits); });
  spec.errors = read_errors(map);
  spec.error_message = map.field("error_message");
  if (!map.section("ticket", [&](YamlMap& ticket) { spec.ticket = read_ticket(ticket); }))
    map.problem("ticket", "a spec needs \"ticket\": where the ticket's fields are found");
  map.section("webhook",
              [&](YamlMap& webhook) { spec.webhook = read_webhook(webhook, spec.settings); });
  map.section("poll", [&](YamlMap& poll) { spec.poll = read_poll(poll); });
  spec.operations = read_operations(map);
  read_check(map, spec);
  const bool calls = spec.poll || !spec.operations.empty() || !spec.check.empty();
  if (calls && spec.base_url.empty())
    map.problem("base_url", "a spec that sends requests needs \"base_url\"");
  return spec;
}

Error refused(const std::vector<std::string>& problems) {
  std::string text;
  for (const std::string& problem : problems) text += (text.empty() ? "" : "\n") + problem;
  return invalid_input(std::move(text));
}

}  // namespace

Result<std::shared_ptr<const Spec>> read_spec(std::string_view yaml, const std::string& file) {
  if (yaml.size() > kMaxSpec) return invalid_input(file + ": larger than 256 KiB");
  YamlProblems problems{file, {}, {}};
  try {
    const YAML::Node document = YAML::Load(std::string(yaml));
    if (!document.IsMap()) return invalid_input(file + ":1: a spec is a mapping (name: …)");
    YamlMap map(problems, document, "the spec");
    auto spec = std::make_shared<const Spec>(read_all(map));
    map.finish();
    if (!problems.list.empty()) return refused(problems.list);
    return std::shared_ptr<const Spec>(std::move(spec));
  } catch (const YAML::Exception& error) {
    return invalid_input(file + ":" + std::to_string(error.mark.line + 1) + ":" +
                         std::to_string(error.mark.column + 1) + ": " + error.msg);
  }
}

}  // namespace triage::connectors
