// The console: two pages, rendered here, no script. The first answers without a click: is it keeping
// up, is anything stuck, what did today cost, what waits for a person.
#include <array>
#include <cstdio>

#include "daemon/api_internal.h"
#include "pipeline/base/utf8.h"
#include "pipeline/run_json.h"

namespace triage::daemon::api {
namespace {

constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--fg:#1c2024;--muted:#63707c;--line:#d9dfe5;--bg:#fff;--card:#f6f8fa;
--ok:#1a7f4b;--warn:#9a6700;--bad:#c4302b;--link:#0b5cad}
@media(prefers-color-scheme:dark){:root{--fg:#e6e9ec;--muted:#93a1ad;--line:#333c44;--bg:#14181c;
--card:#1c2227;--ok:#4cc38a;--warn:#e2b340;--bad:#ff7b72;--link:#79b8ff}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);margin:0 auto;
max-width:70rem;padding:1.5rem}
h1{font-size:1.25rem;margin:0 0 1rem}h2{font-size:1rem;margin:1.6rem 0 .5rem}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.8rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.7rem .9rem}
.card b{display:block;font-size:1.4rem}.card span{color:var(--muted);font-size:.85rem}
.ok{color:var(--ok)}.warn{color:var(--warn)}.bad{color:var(--bad)}.muted{color:var(--muted)}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.4rem .6rem;
border-bottom:1px solid var(--line);vertical-align:top}th{color:var(--muted);font-weight:500}
code,pre{font:13px/1.45 ui-monospace,monospace}
pre{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.8rem;
overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere}
.add{color:var(--ok)}.del{color:var(--bad)}details{margin:.4rem 0}summary{cursor:pointer}
)css";

std::string escape(std::string_view text) {
  std::string out;
  for (const char c : repair_utf8(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string page(std::string_view title, const std::string& body) {
  return "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
         "<meta name=\"viewport\" content=\"width=device-width\"><title>" +
         escape(title) + "</title><style>" + std::string(kStyle) + "</style></head><body>" + body +
         "</body></html>\n";
}

std::string card(std::string_view value, std::string_view label, std::string_view tone) {
  return "<div class=\"card\"><b class=\"" + std::string(tone) + "\">" + escape(value) +
         "</b><span>" + escape(label) + "</span></div>";
}

std::string dollars(double amount) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "$%.2f", amount);
  return text.data();
}

std::string_view tone_of(RunState state) {
  switch (state) {
    case RunState::done: return "ok";
    case RunState::failed: return "bad";
    case RunState::parked:
    case RunState::needs_person: return "warn";
    default: return "muted";
  }
}

std::string state_in_words(RunState state) {
  switch (state) {
    case RunState::needs_person: return "needs a person";
    case RunState::failed: return "quarantined";
    default: return std::string(name_of(state));
  }
}

std::uint64_t count_of(const std::map<std::string, std::uint64_t>& counts, std::string_view name) {
  const auto found = counts.find(std::string(name));
  return found == counts.end() ? 0 : found->second;
}

std::string overview_cards(const Overview& overview, const config::Settings& settings) {
  const bool late = overview.oldest_waiting && *overview.oldest_waiting > Milliseconds(300'000);
  const std::uint64_t stuck = count_of(overview.runs, "failed") + count_of(overview.effects, "failed");
  const std::uint64_t people = count_of(overview.runs, "needs_person");
  const std::uint64_t active = count_of(overview.runs, "queued") +
                               count_of(overview.runs, "running") +
                               count_of(overview.runs, "delivering");
  std::string out = "<div class=\"cards\">";
  out += card(overview.oldest_waiting ? human_duration(*overview.oldest_waiting) : "nothing waits",
              "oldest waiting ticket", late ? "warn" : "ok");
  out += card(std::to_string(active), "in progress", "");
  out += card(std::to_string(stuck), "stuck or quarantined", stuck > 0 ? "bad" : "ok");
  out += card(std::to_string(people), "waiting for a person", people > 0 ? "warn" : "ok");
  out += card(dollars(overview.spent_today) + " of " + dollars(settings.budget.per_day),
              "model cost today", overview.spent_today >= settings.budget.per_day ? "bad" : "");
  return out + "</div>";
}

std::string runs_table(const std::vector<RunRow>& runs) {
  if (runs.empty())
    return "<p class=\"muted\">No tickets yet. File one: <code>triaged file TICKET</code></p>";
  std::string out = "<table><tr><th>run</th><th>ticket</th><th>project</th><th>state</th>"
                    "<th>received</th></tr>";
  for (const RunRow& run : runs) {
    out += "<tr><td><a href=\"/runs/" + escape(run.id) + "\"><code>" + escape(run.id) +
           "</code></a></td><td>" + escape(run.ticket.str()) + " <span class=\"muted\">" +
           escape(truncate_utf8(run.subject, 90)) + "</span></td><td>" + escape(run.project) +
           "</td><td class=\"" + std::string(tone_of(run.state)) + "\">" +
           escape(state_in_words(run.state)) + (run.reason.empty() ? "" : ": " + escape(run.reason)) +
           "</td><td class=\"muted\">" + escape(to_rfc3339(run.created).substr(0, 16)) + "</td></tr>";
  }
  return out + "</table>";
}

std::string coloured_diff(std::string_view diff) {
  std::string out = "<pre>";
  while (!diff.empty()) {
    const std::string_view line = diff.substr(0, diff.find('\n'));
    const bool body_line = !line.starts_with("+++") && !line.starts_with("---");
    const std::string_view tone = body_line && line.starts_with('+') ? "add"
                                  : body_line && line.starts_with('-') ? "del" : "";
    out += "<span class=\"" + std::string(tone) + "\">" + escape(line) + "</span>\n";
    diff.remove_prefix(std::min(line.size() + 1, diff.size()));
  }
  return out + "</pre>";
}

std::string stages_section(const RunDetail& detail) {
  std::string out = "<h2>Stages</h2><table><tr><th>stage</th><th>took</th></tr>";
  for (const StageRow& stage : detail.stages)
    out += "<tr><td>" + escape(name_of(stage.stage)) + "</td><td>" +
           escape(human_duration(stage.took)) + "</td></tr>";
  return out + "</table>";
}

std::string effects_section(const RunDetail& detail) {
  std::string out = "<h2>What was posted</h2>";
  if (detail.effects.empty()) return out + "<p class=\"muted\">Nothing.</p>";
  out += "<table><tr><th>what</th><th>state</th><th>where</th></tr>";
  for (const EffectRow& effect : detail.effects)
    out += "<tr><td>" + escape(name_of(effect.kind)) + "</td><td>" + escape(name_of(effect.state)) +
           (effect.error.empty() ? "" : ": " + escape(effect.error)) + "</td><td>" +
           escape(effect.result.url.empty() ? effect.result.id : effect.result.url) + "</td></tr>";
  return out + "</table>";
}

std::string verify_section(const Json& verify) {
  std::string out;
  if (const std::string& diff = verify["diff"].as_string(); !diff.empty())
    out += "<h2>Change, proof " + escape(verify["proof"].as_string()) + "</h2>" + coloured_diff(diff);
  if (!verify["steps"].items().empty()) out += "<h2>What was run</h2>";
  for (const Json& step : verify["steps"].items())
    out += "<details><summary>" + escape(step["name"].as_string()) + " — exit " +
           std::to_string(step["exit"].as_integer()) + "</summary><pre>" +
           escape(step["log"].as_string()) + "</pre></details>";
  return out;
}

// The note as it was (or will be) posted, from the run's effects.
std::string note_section(const RunDetail& detail) {
  for (const EffectRow& effect : detail.effects) {
    if (effect.kind == EffectKind::post_note)
      return "<h2>Internal note</h2><pre>" + escape(effect.effect["body"].as_string()) + "</pre>";
  }
  return {};
}

}  // namespace

void console_overview(Call call) {
  const auto overview = call.parts.store.overview();
  if (!overview) return call.reply(problem(overview.error()));
  RunFilter newest;
  newest.limit = 50;
  const auto runs = call.parts.store.runs(newest);
  if (!runs) return call.reply(problem(runs.error()));
  const auto world = call.parts.world.get();
  call.reply(html_response(page("triaged", "<h1>triaged</h1>" +
                                               overview_cards(*overview, world->settings) +
                                               "<h2>Newest runs</h2>" + runs_table(*runs))));
}

void console_run(Call call) {
  const auto detail = call.parts.store.run(call.path[0]);
  if (!detail) return call.reply(problem(detail.error()));
  const RunRow& run = detail->run;
  std::string body = "<p><a href=\"/\">← all runs</a></p><h1>Run " + escape(run.id) + " · " +
                     escape(run.ticket.str()) + "</h1><p class=\"" +
                     std::string(tone_of(run.state)) + "\">" + escape(state_in_words(run.state)) +
                     (run.reason.empty() ? "" : ": " + escape(run.reason)) + "</p>";
  body += note_section(*detail);
  for (const StageRow& stage : detail->stages) {
    if (stage.stage == Stage::verify) body += verify_section(stage.result);
  }
  body += effects_section(*detail) + stages_section(*detail);
  body += "<h2>Receipts</h2><table><tr><th>entry</th><th>kind</th><th>hash</th></tr>";
  for (const ReceiptRow& row : detail->receipts)
    body += "<tr><td>" + std::to_string(row.seq) + "</td><td>" + escape(row.kind) +
            "</td><td><code>" + escape(row.hash) + "</code></td></tr>";
  body += "</table>";
  call.reply(html_response(page("run " + run.id, body)));
}

}  // namespace triage::daemon::api
