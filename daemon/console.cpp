// The console's first page. It answers without a click: is it keeping up, is anything stuck, what did
// today cost, who waits for a person.
#include <array>
#include <cstdio>
#include <map>

#include "daemon/console_internal.h"
#include "pipeline/base/utf8.h"

namespace triage::daemon::api {
namespace {

constexpr Milliseconds kLate{300'000};  // a ticket that waits longer than this is worth a look
constexpr size_t kAttentionRows = 20;
constexpr size_t kNewestRows = 50;

constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--fg:#1c2024;--muted:#5c6873;--line:#d9dfe5;--bg:#fff;--card:#f6f8fa;
--ok:#1a7f4b;--warn:#8a5a00;--bad:#c4302b;--link:#0b5cad}
@media(prefers-color-scheme:dark){:root{--fg:#e6e9ec;--muted:#9aa7b3;--line:#333c44;--bg:#14181c;
--card:#1c2227;--ok:#4cc38a;--warn:#e2b340;--bad:#ff7b72;--link:#79b8ff}}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg);margin:0 auto;
max-width:72rem;padding:1.25rem 1.5rem 3rem;overflow-wrap:anywhere}
h1{font-size:1.3rem;margin:0 0 .6rem}h2{font-size:1rem;margin:1.8rem 0 .5rem}
p{margin:.5rem 0}a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
.answer{font-size:1.05rem;margin:0 0 1rem}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.8rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.7rem .9rem}
.card b{display:block;font-size:1.4rem}.card span{color:var(--muted);font-size:.85rem}
.ok{color:var(--ok)}.warn{color:var(--warn)}.bad{color:var(--bad)}.muted{color:var(--muted)}
.small{font-size:.85rem}.note{border:1px solid var(--line);border-left:4px solid var(--link);
border-radius:8px;padding:.4rem 1.1rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.4rem .6rem;
border-bottom:1px solid var(--line);vertical-align:top}th{color:var(--muted);font-weight:500}
td.tight,th.tight{white-space:nowrap;overflow-wrap:normal;width:1%}
code,pre{font:13px/1.45 ui-monospace,monospace}
code{background:var(--card);border-radius:4px;padding:.1em .3em}a code{color:inherit}
pre{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.8rem;
overflow:auto;white-space:pre-wrap;margin:.5rem 0}
.add{color:var(--ok)}.del{color:var(--bad)}details{margin:.4rem 0}summary{cursor:pointer}
blockquote{margin:.5rem 0;padding-left:1rem;border-left:3px solid var(--line);color:var(--muted)}
ul{padding-left:1.3rem;margin:.5rem 0}footer{margin-top:2.5rem}
)css";

std::string card(std::string_view value, std::string_view label, std::string_view tone) {
  return "<div class=\"card\">" + element("b", value, tone) + element("span", label) + "</div>";
}

std::uint64_t count_of(const std::map<std::string, std::uint64_t>& counts, std::string_view name) {
  const auto found = counts.find(std::string(name));
  return found == counts.end() ? 0 : found->second;
}

// What the cards and the sentence above them are made of.
struct Figures {
  std::string oldest;
  bool late = false, over_day = false, over_month = false;
  std::uint64_t active, parked, stuck, unposted, people;
};

Figures figures_of(const Overview& overview, const config::BudgetSettings& budget) {
  Figures f{};
  f.oldest = overview.oldest_waiting ? human_duration(*overview.oldest_waiting) : "none";
  f.late = overview.oldest_waiting && *overview.oldest_waiting > kLate;
  f.over_day = overview.spent_today >= budget.per_day && overview.spent_today > 0;
  f.over_month = overview.spent_month >= budget.per_month && overview.spent_month > 0;
  f.active = count_of(overview.runs, "queued") + count_of(overview.runs, "running") +
             count_of(overview.runs, "delivering");
  f.parked = count_of(overview.runs, "parked");
  f.stuck = count_of(overview.runs, "failed");
  f.unposted = count_of(overview.effects, "failed");
  f.people = count_of(overview.runs, "needs_person");
  return f;
}

bool nearly(double spent, double limit) { return spent > 0 && spent >= 0.8 * limit; }

std::string plural(std::uint64_t n, std::string_view one, std::string_view many) {
  return std::to_string(n) + " " + std::string(n == 1 ? one : many);
}

std::string answer_in_words(const Figures& f) {
  std::string worries;
  const auto worry = [&](bool is_so, const std::string& text) {
    if (is_so) worries += (worries.empty() ? "" : "; ") + text;
  };
  worry(f.stuck > 0, plural(f.stuck, "run was", "runs were") + " given up");
  worry(f.unposted > 0, plural(f.unposted, "write", "writes") + " could not be posted");
  worry(f.late, "the oldest ticket waits for " + f.oldest);
  worry(f.over_day, "today's budget is used up, so runs go on without a model");
  worry(f.over_month, "this month's budget is used up, so runs go on without a model");
  worry(f.people > 0, plural(f.people, "run waits", "runs wait") + " for a person");
  const bool bad = f.stuck + f.unposted > 0 || f.over_day || f.over_month;
  return "<p class=\"answer " + std::string(bad ? "bad" : worries.empty() ? "ok" : "warn") + "\">" +
         escape_html(worries.empty() ? "All well: it keeps up, nothing is stuck, nobody is waited for"
                                     : "Look here: " + worries) +
         ".</p>";
}

std::string cards(const Overview& overview, const Figures& f, const config::BudgetSettings& budget) {
  std::string out = "<div class=\"cards\">";
  out += card(f.oldest, "oldest waiting ticket", f.late ? "warn" : "ok");
  out += card(std::to_string(f.active), "in progress", "");
  out += card(std::to_string(f.parked), "parked, tried again later", f.parked > 0 ? "warn" : "");
  out += card(std::to_string(f.stuck + f.unposted), "given up (runs, writes)",
              f.stuck + f.unposted > 0 ? "bad" : "ok");
  out += card(std::to_string(f.people), "waiting for a person", f.people > 0 ? "warn" : "ok");
  out += card(dollars(overview.spent_today), "spent today, of " + dollars(budget.per_day),
              f.over_day ? "bad" : nearly(overview.spent_today, budget.per_day) ? "warn" : "");
  out += card(dollars(overview.spent_month), "spent this month, of " + dollars(budget.per_month),
              f.over_month ? "bad" : nearly(overview.spent_month, budget.per_month) ? "warn" : "");
  return out + "</div>";
}

// How much of what we offer people take.
std::string drafts_section(const std::vector<DraftRow>& drafts) {
  if (drafts.empty()) return {};
  std::map<DraftState, std::uint64_t> counts;
  for (const DraftRow& draft : drafts) ++counts[draft.state];
  std::string out = "<h2>Draft pull requests</h2><p>" + plural(drafts.size(), "made", "made") +
                    " · " + std::to_string(counts[DraftState::merged]) + " merged · " +
                    std::to_string(counts[DraftState::closed] + counts[DraftState::rejected]) +
                    " rejected · " + std::to_string(counts[DraftState::ignored]) + " ignored · " +
                    std::to_string(counts[DraftState::open]) + " waiting for a reviewer</p>";
  std::string rows;
  for (const DraftRow& draft : drafts) {
    if (draft.state != DraftState::ignored) continue;
    rows += "<tr>" + element("td", draft.project, "tight") + "<td><a href=\"/runs/" +
            escape_html(draft.run) + "\">" + escape_html("#" + draft.number) + "</a></td>" +
            element("td", draft.ticket.str()) + element("td", minute_of(draft.last_activity), "tight muted") +
            "</tr>";
  }
  if (rows.empty()) return out;
  return out + "<table><tr><th>project</th><th>ignored draft</th><th>ticket</th><th>last activity</th></tr>" +
         rows + "</table>";
}

std::string shortened(const std::string& subject) {
  const std::string_view head = truncate_utf8(subject, 140);
  return std::string(head) + (head.size() < subject.size() ? "…" : "");
}

std::string runs_table(const std::vector<RunRow>& runs, TimePoint now) {
  std::string out = "<table><tr><th class=\"tight\">run</th><th>ticket</th><th class=\"tight\">project</th>"
                    "<th>state</th><th class=\"tight\">received</th></tr>";
  for (const RunRow& run : runs) {
    out += "<tr><td class=\"tight\"><a href=\"/runs/" + escape_html(run.id) + "\">" +
           element("code", run.id) + "</a></td><td>" + escape_html(shortened(run.subject)) +
           " " + element("span", run.ticket.str(), "muted small") + "</td>" +
           element("td", run.project, "tight") + element("td", state_in_words(run), tone_of(run.state)) +
           element("td", human_duration(now - run.created) + " ago", "tight muted") + "</tr>";
  }
  return out + "</table>";
}

Result<std::vector<RunRow>> attention(const Store& store) {
  std::vector<RunRow> out;
  for (const RunState state : {RunState::failed, RunState::needs_person, RunState::parked}) {
    RunFilter filter;
    filter.state = state;
    filter.limit = kAttentionRows;
    for (RunRow& run : TRY(store.runs(filter))) out.push_back(std::move(run));
  }
  return out;
}

Result<std::string> overview_body(const Call& call) {
  const Overview overview = TRY(call.parts.store.overview());
  const auto waiting = TRY(attention(call.parts.store));
  RunFilter newest;
  newest.limit = kNewestRows;
  const auto runs = TRY(call.parts.store.runs(newest));
  const auto world = call.parts.world.get();
  const config::BudgetSettings& budget = world->settings.budget;
  const TimePoint now = call.parts.clock.now();
  const Figures figures = figures_of(overview, budget);
  std::string body = "<h1>triaged</h1>" + answer_in_words(figures) + cards(overview, figures, budget);
  if (!waiting.empty()) body += "<h2>Look at these first</h2>" + runs_table(waiting, now);
  body += drafts_section(TRY(call.parts.store.drafts(world->settings)));
  body += "<h2>Newest runs</h2>";
  body += runs.empty() ? "<p class=\"muted\">No tickets yet. File one: <code>triaged file "
                         "TICKET.txt</code></p>"
                       : runs_table(runs, now);
  return body + "<footer class=\"muted small\">" + minute_of(now) +
         " · loads itself again every 30 s · <a href=\"/metrics\">metrics</a> · "
         "<a href=\"/api/v1/overview\">JSON</a></footer>";
}

}  // namespace

HttpResponse console_page(int status, std::string_view title, const std::string& body, bool live) {
  HttpResponse response = html_response(
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\">" +
      std::string(live ? "<meta http-equiv=\"refresh\" content=\"30\">" : "") +
      element("title", title) + "<style>" + std::string(kStyle) + "</style></head><body>" + body +
      "</body></html>\n");
  response.status = status;
  return response;
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

std::string state_in_words(const RunRow& run) {
  std::string out;
  switch (run.state) {
    case RunState::needs_person: out = "needs a person"; break;
    case RunState::failed: out = "given up"; break;
    case RunState::running: out = "running, at " + run.stage; break;
    case RunState::parked:
      out = "parked" + (run.next_at ? " until " + minute_of(*run.next_at) : std::string());
      break;
    default: out = name_of(run.state);
  }
  return run.reason.empty() ? out : out + ": " + run.reason;
}

std::string dollars(double amount) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "$%.2f", amount);
  return text.data();
}

std::string element(std::string_view tag, std::string_view text, std::string_view tone) {
  const std::string name(tag);
  return "<" + name + (tone.empty() ? "" : " class=\"" + std::string(tone) + "\"") + ">" +
         escape_html(text) + "</" + name + ">";
}

std::string minute_of(TimePoint time) {
  std::string text = to_rfc3339(time).substr(0, 16) + " UTC";
  text[10] = ' ';
  return text;
}

void console_overview(Call call) {
  auto body = overview_body(call);
  if (!body) return call.reply(problem(body.error()));
  call.reply(console_page(200, "triaged", *body, true));
}

}  // namespace triage::daemon::api
