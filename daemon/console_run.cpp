// The console's page of one run: what it concluded, on what grounds, and what was done about it.
#include <algorithm>

#include "daemon/console_internal.h"
#include "daemon/outbox.h"

namespace triage::daemon::api {
namespace {

const Json& result_of(const RunDetail& detail, Stage stage) {
  static const Json none;
  for (const StageRow& row : detail.stages) {
    if (row.stage == stage) return row.result;
  }
  return none;
}

bool is_web_address(const std::string& url) {
  return url.starts_with("https://") || url.starts_with("http://");
}

std::string link_or_text(const std::string& url, const std::string& text) {
  if (!is_web_address(url)) return escape_html(text);
  return "<a rel=\"noreferrer\" href=\"" + escape_html(url) + "\">" + escape_html(text) + "</a>";
}

std::string log_block(const std::string& summary, const std::string& text) {
  return "<details>" + element("summary", summary) + element("pre", text) + "</details>";
}

std::string place_in_words(const Json& at) {
  std::string out = at["path"].as_string();
  if (at["start"].as_integer() > 0) out += ":" + std::to_string(at["start"].as_integer());
  if (at["end"].as_integer() > at["start"].as_integer())
    out += "–" + std::to_string(at["end"].as_integer());
  return out;
}

// Which commands help from here, if any.
std::string next_step(const RunDetail& detail) {
  const RunRow& run = detail.run;
  const bool unposted = std::ranges::any_of(
      detail.effects, [](const EffectRow& e) { return e.state == EffectState::failed; });
  if (run.state != RunState::failed && run.state != RunState::parked && !(is_over(run.state) && unposted))
    return {};
  return "<p>When the cause is gone, try again: " + element("code", "triaged queue --retry " + run.id) +
         "</p>";
}

std::string head(const RunDetail& detail) {
  const RunRow& run = detail.run;
  std::string out = "<p><a href=\"/\">← all runs</a></p>" + element("h1", run.subject) +
                    element("p", state_in_words(run), "answer " + std::string(tone_of(run.state))) +
                    next_step(detail) + "<p class=\"muted\">run " + element("code", run.id) +
                    " · ticket " + link_or_text(detail.ticket.url, run.ticket.str());
  out += " · project " + escape_html(run.project) + " · may go to " + escape_html(name_of(run.depth)) +
         " · received " + minute_of(run.created);
  if (run.finished) out += " · took " + escape_html(human_duration(*run.finished - run.created));
  return out + " · " + dollars(run.cost) + "</p>";
}

// The note as it was (or will be) posted.
std::string note_section(const RunDetail& detail) {
  for (const EffectRow& effect : detail.effects) {
    if (effect.kind != EffectKind::post_note) continue;
    return "<h2>Internal note</h2><div class=\"note\">" +
           markdown_to_html(with_links(effect.effect["body"].as_string(), detail.effects, detail.receipts)) + "</div>";
  }
  return {};
}

std::string coloured_diff(std::string_view diff) {
  std::string out = "<pre>";
  while (!diff.empty()) {
    const std::string_view line = diff.substr(0, diff.find('\n'));
    const bool body_line = !line.starts_with("+++") && !line.starts_with("---");
    const std::string_view tone = body_line && line.starts_with('+')   ? "add"
                                  : body_line && line.starts_with('-') ? "del"
                                                                       : "";
    out += element("span", line, tone) + "\n";
    diff.remove_prefix(std::min(line.size() + 1, diff.size()));
  }
  return out + "</pre>";
}

std::string verify_section(const Json& verify) {
  std::string out;
  if (const std::string& diff = verify["diff"].as_string(); !diff.empty()) {
    out += element("h2", "Change, proof: " + verify["proof"].as_string()) + coloured_diff(diff);
    if (!verify["why"].as_string().empty()) out += markdown_to_html(verify["why"].as_string());
  }
  for (const Json& refusal : verify["policy"].items())
    out += element("p", "policy refuses it: " + refusal.as_string(), "bad");
  if (!verify["steps"].items().empty()) out += "<h2>What was run</h2>";
  for (const Json& step : verify["steps"].items())
    out += log_block(step["name"].as_string() + " — exit " + std::to_string(step["exit"].as_integer()) +
                         ", " + human_duration(Milliseconds(step["took_ms"].as_integer())),
                     "$ " + step["command"].as_string() + "\n" + step["log"].as_string());
  return out;
}

std::string evidence_section(const RunDetail& detail) {
  const Json& draft = result_of(detail, Stage::propose);
  const Json& retrieved = result_of(detail, Stage::retrieve);
  std::string rows;
  for (const Json& evidence : draft["evidence"].items())
    rows += "<tr>" + element("td", evidence["kind"].as_string(), "tight") + "<td>" +
            (evidence["path"].as_string().empty() ? "" : element("code", place_in_words(evidence))) +
            "</td>" +
            element("td", evidence["text"].as_string()) + "</tr>";
  std::string out;
  if (!rows.empty())
    out += "<h2>Evidence</h2><table><tr><th class=\"tight\">what</th><th>where</th><th>says</th></tr>" +
           rows + "</table>";
  for (const Json& place : retrieved["places"].items())
    out += log_block(place_in_words(place) + "  " + place["symbol"].as_string(),
                     place["excerpt"].as_string());
  for (const Json& problem : draft["problems"].items())
    out += element("p", problem.as_string(), "warn");
  return out;
}

std::string posted_section(const RunDetail& detail) {
  std::string out = "<h2>What was posted</h2>";
  if (detail.effects.empty()) return out + "<p class=\"muted\">Nothing.</p>";
  out += "<table><tr><th>what</th><th>state</th><th>where</th></tr>";
  for (const EffectRow& effect : detail.effects) {
    const std::string state = std::string(name_of(effect.state)) +
                              (effect.error.empty() ? "" : ": " + effect.error);
    out += "<tr>" + element("td", name_of(effect.kind)) +
           element("td", state, effect.state == EffectState::failed ? "bad" : "") + "<td>" +
           link_or_text(effect.result.url,
                        effect.result.url.empty() ? effect.result.id : effect.result.url) +
           "</td></tr>";
  }
  return out + "</table>";
}

// Redacted, as search and models get it: nothing private is on this page.
std::string ticket_section(const RunDetail& detail) {
  const std::string& text = result_of(detail, Stage::redact)["text"].as_string();
  return text.empty() ? std::string() : log_block("The ticket, as it was searched with (redacted)", text);
}

std::string stages_section(const RunDetail& detail) {
  std::string out = "<h2>Stages</h2><table><tr><th>stage</th><th>took</th></tr>";
  for (const StageRow& stage : detail.stages)
    out += "<tr>" + element("td", name_of(stage.stage)) +
           element("td", human_duration(stage.took)) + "</tr>";
  return out + "</table>" + ticket_section(detail);
}

std::string receipts_section(const RunDetail& detail) {
  std::string out = "<h2>Receipts</h2>";
  if (detail.receipts.empty()) return out + "<p class=\"muted\">None yet.</p>";
  out += "<table><tr><th class=\"tight\">entry</th><th class=\"tight\">kind</th><th>hash</th></tr>";
  for (const ReceiptRow& row : detail.receipts)
    out += "<tr>" + element("td", std::to_string(row.seq), "tight") + element("td", row.kind, "tight") +
           "<td>" + element("code", row.hash) + "</td></tr>";
  return out + "</table>" + element("p", "In words: triaged receipt show " + detail.run.id, "muted small");
}

}  // namespace

void console_run(Call call) {
  const auto detail = call.parts.store.run(call.path[0]);
  if (!detail) {
    const HttpResponse why = problem(detail.error());
    return call.reply(console_page(why.status, "triaged",
                                   "<p><a href=\"/\">← all runs</a></p>" +
                                       element("p", detail.error().message, "answer")));
  }
  call.reply(console_page(200, detail->run.subject + " · triaged",
                          head(*detail) + note_section(*detail) +
                              verify_section(result_of(*detail, Stage::verify)) +
                              evidence_section(*detail) + posted_section(*detail) +
                              stages_section(*detail) + receipts_section(*detail),
                          !is_over(detail->run.state)));
}

}  // namespace triage::daemon::api
